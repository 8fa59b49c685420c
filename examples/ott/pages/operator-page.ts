import type { AccountRow } from "../accounts.js";
import type { LedgerEntry } from "../ledger.js";
import { settingsSchema } from "../operator-switch.js";
import type { Settings } from "../operator-switch.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import type { Page } from "./layout.js";

export interface OperatorView {
  readonly settings: Settings;
  readonly effects: readonly LedgerEntry[];
  readonly people: readonly (AccountRow & { readonly notes: readonly string[] })[];
}

const choice = (name: keyof Settings, label: string, chosen: string, values: readonly string[]): Html =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${values.map((value) =>
        value === chosen
          ? html`<option value="${value}" selected>${value}</option>`
          : html`<option value="${value}">${value}</option>`,
      )}
    </select>
  </div>`;

const amount = (name: keyof Settings, label: string, value: number | undefined): Html =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" inputmode="decimal" value="${value ?? ""}" />
  </div>`;

const { mode, downAs } = settingsSchema.shape;

const switchForm = (settings: Settings): Html =>
  html`<form class="card inline" method="post" action="/operator/mode">
    <h2>Misbehave</h2>
    <div class="fields">
      ${choice("mode", "Mode", settings.mode, mode.options)}
      ${choice("downAs", "Down looks like", settings.downAs, downAs.unwrap().options)}
      ${amount("latencyMs", "Answer after, ms", settings.latencyMs)}
      ${amount("lagMs", "Reads lag by, ms", settings.lagMs)}
      ${amount("failureRate", "Share of calls, 0 to 1", settings.failureRate)}
      ${amount("times", "How many calls", settings.times)}
      ${amount("pageMax", "Most on a page", settings.pageMax)}
      ${amount("seed", "Seed of the dice", settings.seed)}
    </div>
    ${settings.only !== undefined && html`<p class="quiet">Only: ${settings.only.join(", ")}</p>`}
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

export const operatorPage = ({ settings, effects, people }: OperatorView): Page => ({
  title: "Back office",
  main: html`<h1>Back office</h1>
    <p class="quiet">How this service behaves, and what it has done. Customers do not see this page.</p>
    <section class="list">${switchForm(settings)}</section>
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
          ${effects.toReversed().map(effectRow)}
        </tbody>
      </table>
      ${effects.length === 0 && html`<p class="quiet">None yet.</p>`}
    </div>
    <h2>Latest accounts</h2>
    ${people.length === 0 && html`<p class="quiet">None yet.</p>`}
    <ul class="list">
      ${people.map(personCard)}
    </ul>`,
});
