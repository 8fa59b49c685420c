import { badge, html, pageText, when } from "./html.js";
import type { Html } from "./html.js";
import type { EntitlementRecord } from "./records.js";
import { suggestedCustomerId } from "./reseller.js";
import type { Product } from "./reseller.js";

const SHOWN_MAX = 50;

/** The front page: sell something, and what has been sold. */
export function entitlementsPage(
  records: readonly EntitlementRecord[],
  products: readonly Product[],
  fault: string | null = null,
): string {
  const more = records.length - SHOWN_MAX;
  return pageText({
    title: "Entitlements",
    here: "/",
    main: html`<h1>Sell as BangoTel</h1>
      <p class="lead">
        BangoTel sells a product of yours; Bango calls your Server API; you see every call. All of it is in
        memory and gone with this process.
      </p>
      ${fault !== null && html`<p class="notice bad" role="alert">${fault}</p>`} ${createForm(products)}
      <h2>Entitlements</h2>
      ${
        records.length === 0
          ? html`<p class="empty">None yet. Create the first one above.</p>`
          : html`<ul class="list">
              ${records.slice(0, SHOWN_MAX).map(lineOf)}
            </ul>`
      }
      ${more > 0 && html`<p>${more} older ones are not shown; they are under /api/entitlements.</p>`}`,
  });
}

const createForm = (products: readonly Product[]): Html =>
  html`<form class="card create" method="post" action="/entitlements">
    <div class="field">
      <label for="product">Product</label>
      <select id="product" name="product">
        ${productOptions(products)}
      </select>
    </div>
    <div class="field">
      <label for="sharedCustomerId">Customer id</label>
      <input
        id="sharedCustomerId"
        name="sharedCustomerId"
        required
        maxlength="255"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        value="${suggestedCustomerId()}"
        aria-describedby="customer-hint"
      />
    </div>
    <button class="primary">Create entitlement</button>
    <p id="customer-hint" class="hint">
      An id that begins <code>decline-</code>, <code>slow-</code>, <code>down-</code>,
      <code>unknown-</code> or <code>accepted-</code> has that result; <code>suspend-down-</code> only for
      suspend.
    </p>
  </form>`;

/** Names the reseller only where there are several: phones have little room. */
function productOptions(products: readonly Product[]): Html[] {
  const several = new Set(products.map(({ resellerId }) => resellerId)).size > 1;
  return products.map(
    ({ productKey, resellerId, activation }, index) =>
      html`<option value="${index}">
        ${several && `${resellerId} `}${productKey},
        ${activation === "immediate" ? "active at once" : "customer signs up"}
      </option>`,
  );
}

const lineOf = (record: EntitlementRecord): Html =>
  html`<li>
    <a href="/entitlements/${encodeURIComponent(record.entitlementId)}">
      <span class="what"><strong>${record.productKey}</strong> ${customerOf(record)}</span>
      ${badge(record.status)}
      <span class="meta"><span>${record.entitlementId}</span> ${when(record.dates.dateCreated)}</span>
    </a>
  </li>`;

/** The customer as BangoTel named it. */
export function customerOf({ activation }: EntitlementRecord): string {
  const { sharedCustomerId, bangoUserId, customerIdentifier } = activation;
  const id = sharedCustomerId ?? bangoUserId ?? customerIdentifier;
  return typeof id === "string" || typeof id === "number" ? String(id) : "no customer id";
}
