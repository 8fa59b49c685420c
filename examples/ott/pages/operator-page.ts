import type { AccountRow } from "../accounts.js";
import type { LedgerEntry } from "../ledger.js";
import { LAG_MAX_MS, LATENCY_MAX_MS, PAGE_MAX, SEED_MAX, settingsSchema } from "../operator-switch.js";
import type { Settings } from "../operator-switch.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import type { Page } from "./layout.js";

/** What stands in the form: the settings, or what was typed. */
export type OperatorFields = Readonly<Record<string, unknown>>;

export interface OperatorView {
  readonly fields: OperatorFields;
  /** The names of the fields that are wrong. */
  readonly faults: readonly string[];
  readonly effects: readonly LedgerEntry[];
  readonly people: readonly (AccountRow & { readonly notes: readonly string[] })[];
}

/** The fields that are numbers: name, label, and what may stand there. */
export const AMOUNTS = [
  ["latencyMs", "Answer after, ms", `a whole number from 0 to ${String(LATENCY_MAX_MS)}`],
  ["lagMs", "Reads lag by, ms", `a whole number from 0 to ${String(LAG_MAX_MS)}`],
  ["failureRate", "Share of calls, 0 to 1", "a number from 0 to 1, like 0.3"],
  ["times", "How many calls", "a whole number from 1, or nothing"],
  ["pageMax", "Most on a page", `a whole number from 1 to ${String(PAGE_MAX)}`],
  ["seed", "Seed of the dice", `a whole number from 0 to ${String(SEED_MAX)}`],
] as const satisfies readonly (readonly [keyof Settings, string, string])[];

const textIn = (fields: OperatorFields, name: string): string => {
  const value = fields[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

const choice = (
  name: keyof Settings,
  label: string,
  { fields }: OperatorView,
  values: readonly string[],
): Html =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${values.map((value) =>
        value === textIn(fields, name)
          ? html`<option value="${value}" selected>${value}</option>`
          : html`<option value="${value}">${value}</option>`,
      )}
    </select>
  </div>`;

const amount = ([name, label]: (typeof AMOUNTS)[number], { fields, faults }: OperatorView): Html =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      inputmode="decimal"
      value="${textIn(fields, name)}"
      ${faults.includes(name) && html`aria-invalid="true"`}
    />
  </div>`;

const { mode, downAs } = settingsSchema.shape;

function problem({ faults }: OperatorView): Html | null {
  if (faults.length === 0) return null;
  const told = AMOUNTS.filter(([name]) => faults.includes(name));
  const texts = told.map(([, label, what]) => html`${label}: ${what}. `);
  return html`<p class="problem" role="alert">
    Nothing was set. ${texts.length > 0 ? texts : "There is no such setting."}
  </p>`;
}

/** Whose calls are met: set by the API alone, kept by the form unless it is unticked. */
function onlyThese({ fields }: OperatorView): Html | null {
  const { only } = fields;
  const names = [only].flat().filter((name) => typeof name === "string");
  if (names.length === 0) return null;
  return html`<p class="checks">
    Only:
    ${names.map((name) => html`<label><input type="checkbox" name="only" value="${name}" checked /> ${name}</label> `)}
  </p>`;
}

const switchForm = (view: OperatorView): Html =>
  html`<form class="card inline" method="post" action="/operator/mode">
    <h2>Misbehave</h2>
    ${problem(view)}
    <div class="fields">
      ${choice("mode", "Mode", view, mode.options)}
      ${choice("downAs", "Down looks like", view, downAs.unwrap().options)}
      ${AMOUNTS.map((one) => amount(one, view))}
    </div>
    ${onlyThese(view)}
    <button class="button">Set</button>
  </form>`;

const effectRow = (effect: LedgerEntry): Html =>
  html`<tr>
    <td>${effect.at.slice(11, 19)}</td>
    <td>${effect.operation}</td>
    <td>${effect.reference}</td>
    <td>${effect.status}</td>
    <td>${effect.changed ? "changed" : "already so"}</td>
  </tr>`;

const personCard = (person: OperatorView["people"][number]): Html =>
  html`<li class="card">
    <div class="row">
      <h3>${person.email ?? person.displayName}</h3>
      ${person.isBlocked === 1 && html`<span class="badge paused">Closed by the house</span>`}
    </div>
    <p class="quiet small">
      ${person.number}${person.customer !== null && html` · ${person.partner} ${person.customer}`}
    </p>
    ${person.notes.map((note) => html`<p class="quiet small">${note}</p>`)}
    <form
      class="inline"
      method="post"
      action="/operator/accounts/${person.number}/${person.isBlocked === 1 ? "unblock" : "block"}"
    >
      <button class="button plain minor">${person.isBlocked === 1 ? "Open again" : "Close account"}</button>
    </form>
  </li>`;

export const operatorPage = (view: OperatorView): Page => ({
  title: "Back office",
  main: html`<h1>Back office</h1>
    <p class="quiet">How this service behaves, and what it has done. Customers do not see this page.</p>
    <section class="list">${switchForm(view)}</section>
    <h2>Latest effects</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Latest effects">
      <table>
        <thead>
          <tr>
            <th>Time, UTC</th>
            <th>Operation</th>
            <th>Reference</th>
            <th>Status</th>
            <th>Effect</th>
          </tr>
        </thead>
        <tbody>
          ${view.effects.toReversed().map(effectRow)}
        </tbody>
      </table>
      ${view.effects.length === 0 && html`<p class="quiet">None yet.</p>`}
    </div>
    <h2>Latest accounts</h2>
    ${view.people.length === 0 && html`<p class="quiet">None yet.</p>`}
    <ul class="list">
      ${view.people.map(personCard)}
    </ul>`,
});
