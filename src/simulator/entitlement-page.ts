import { isSensible } from "./bango-states.js";
import { customerOf } from "./entitlements-page.js";
import { exchangeList, lastCall } from "./exchange-view.js";
import type { Exchange } from "./exchanges.js";
import { badge, html, isWebAddress, pageText, when } from "./html.js";
import type { Html } from "./html.js";
import { isObject, textOf } from "./json.js";
import type { MerchantOutcome } from "./merchant-caller.js";
import type { EntitlementRecord } from "./records.js";
import type { Product } from "./reseller.js";

export interface EntitlementView {
  readonly record: EntitlementRecord;
  /** What the merchant says it has, read for this page. */
  readonly merchant: MerchantOutcome;
  readonly exchanges: readonly Exchange[];
  readonly products: readonly Product[];
}

export function entitlementPage({ record, merchant, exchanges, products }: EntitlementView): string {
  const base = `/entitlements/${encodeURIComponent(record.entitlementId)}`;
  return pageText({
    title: `${record.productKey} for ${customerOf(record)}`,
    here: base,
    main: html`<p class="crumb"><a href="/">All entitlements</a></p>
      <h1>${record.productKey} <span class="for">for ${customerOf(record)}</span></h1>
      ${lastCall(exchanges)} ${signUp(record, base)} ${bothSides(record, merchant)}
      <section>
        <h2>Ask as BangoTel</h2>
        ${actions(record, base, products)}
      </section>
      <section>
        <h2>What BangoTel was notified of</h2>
        ${notifications(record)}
      </section>
      ${
        record.events.length > 0 &&
        html`<section>
          <h2>What the merchant sent to /notify</h2>
          ${events(record)}
        </section>`
      }
      <section>
        <h2>Every request and reply</h2>
        ${exchangeList(exchanges)}
      </section>`,
  });
}

function signUp(record: EntitlementRecord, base: string): Html | null {
  const { status, activationUrl, urlExpiry } = record;
  if (status !== "PENDING") return null;
  return html`<section class="card sign-up">
    <h2>The customer has to sign up</h2>
    ${activationUrl === null ? html`<p>There is no link: the merchant completes this by itself.</p>` : linkTo(activationUrl)}
    ${urlExpiry !== null && html`<p class="hint">The link is good until ${when(urlExpiry)} UTC.</p>`}
    <form method="post" action="${base}/activationInfo"><button>New link</button></form>
    <p class="hint">
      Refresh this page after the sign-up: Bango is told, the state is ACTIVE and BangoTel is notified of
      ACTIVATION_SUCCESS.
    </p>
  </section>`;
}

const linkTo = (url: string): Html =>
  isWebAddress(url)
    ? html`<p>
          <a class="primary button" href="${url}" target="_blank" rel="noopener"
            >Follow the activation link<span class="hint"> (opens a new tab)</span></a
          >
        </p>
        <p class="url">${url}</p>`
    : html`<p class="notice bad">The activation link is no web address: <code>${url}</code></p>`;

function bothSides(record: EntitlementRecord, { reply, error }: MerchantOutcome): Html {
  const body = reply?.status === 200 && isObject(reply.body) ? reply.body : null;
  const theirs = textOf(body, "status");
  const differ = body !== null && theirs !== record.status;
  return html`<section>
    <h2>Where it stands</h2>
    <div class="sides">
      <div class="card">
        <h3>At Bango ${badge(record.status)}</h3>
        ${facts(bangoFacts(record))}
      </div>
      <div class="card">
        <h3>At the merchant ${body !== null && badge(theirs ?? "no status")}</h3>
        ${
          body === null
            ? html`<p>
                ${reply === null ? `The merchant cannot be read: ${error ?? "no answer"}.` : `The read was answered ${String(reply.status)} ${textOf(reply.body, "responseCode") ?? ""}.`}
              </p>`
            : facts(FACTS.map((name) => [name, textOf(body, name)]))
        }
      </div>
    </div>
    ${differ && html`<p class="notice waiting">The two do not agree at this moment.</p>`}
    <p class="hint">
      The merchant's side is read through the Server API whenever this page is shown; those reads are not
      listed below. All times are UTC.
    </p>
  </section>`;
}

const FACTS = [
  "entitlementId",
  "merchantEntitlementId",
  "resellerId",
  "productKey",
  "dateCreated",
  "dateActivated",
  "dateSuspended",
  "dateResumed",
  "dateExpiry",
  "terminationDate",
  "dateEnded",
];

const bangoFacts = (record: EntitlementRecord): [string, string | null][] => [
  ...FACTS.map((name): [string, string | null] => [name, textOf({ ...record, ...record.dates }, name)]),
  ["waits for the merchant to complete", record.queued],
];

const facts = (entries: readonly (readonly [string, string | null])[]): Html =>
  html`<dl>
    ${entries
      .filter(([, value]) => value !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${when(value ?? "")}</dd>
          </div>`,
      )}
  </dl>`;

const BUTTONS = ["suspend", "resume", "reinstate", "cancel", "revoke"] as const;

/** What fits the state first; the rest is there to see it refused. */
function actions(record: EntitlementRecord, base: string, products: readonly Product[]): Html {
  const { status, resellerId } = record;
  const own = products.filter((product) => product.resellerId === resellerId);
  const fitting = BUTTONS.filter((operation) => isSensible(status, operation));
  const others = BUTTONS.filter((operation) => !fitting.includes(operation));
  const update = own.length > 0 && updateForm(record, base, own);
  const updates = isSensible(status, "update");
  return html`${fitting.length === 0 && html`<p class="empty">${status === null ? "The merchant refused to create it, so Bango has nothing to ask about." : `Nothing more is asked of what is ${status}.`}</p>`}
    <div class="actions">${fitting.map((operation) => buttonForm(base, operation))}${updates && update}</div>
    <details class="others">
      <summary>What the merchant should refuse, or answer with “already so”</summary>
      <div class="actions">
        ${others.map((operation) => buttonForm(base, operation))}${!updates && update}${
          status !== "PENDING" && buttonForm(base, "activationInfo", "new link")
        }
      </div>
    </details>`;
}

const buttonForm = (base: string, operation: string, label: string = operation): Html =>
  html`<form method="post" action="${base}/${operation}"><button${
    operation === "revoke" && html` class="danger"`
  }>${label.slice(0, 1).toUpperCase()}${label.slice(1)}</button></form>`;

/** Suggests another product than the present one, so that pressing the button changes something. */
function updateForm(record: EntitlementRecord, base: string, products: readonly Product[]): Html {
  const other = products.find(({ productKey }) => productKey !== record.productKey);
  return html`<form class="update" method="post" action="${base}/update">
    <label for="productKey">Change to</label>
    <select id="productKey" name="productKey">
      ${products.map(
        (product) => html`<option${product === other && html` selected`}>${product.productKey}</option>`,
      )}
    </select>
    <button>Update</button>
  </form>`;
}

const notifications = ({ notifications: list }: EntitlementRecord): Html =>
  list.length === 0
    ? html`<p class="empty">Nothing yet.</p>`
    : html`<ol class="events">
        ${list.map(
          ({ notification, at, status, productKey }) =>
            html`<li>
              ${when(at)} <strong>${notification}</strong> <span class="meta">${productKey}, ${status}</span>
            </li>`,
        )}
      </ol>`;

const events = (record: EntitlementRecord): Html =>
  html`<ol class="events">
    ${record.events.map(
      ({ event, message, at }) =>
        html`<li>${when(at)} <strong>${event}</strong> <span class="meta">${message}</span></li>`,
    )}
  </ol>`;
