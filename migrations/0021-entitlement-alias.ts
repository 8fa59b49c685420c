import { createTable } from "./columns.js";

/**
 * What else leads to an entitlement where `contract.duplicatePending` is byCustomerAndProduct: later entitlementIds
 * of Bango's for it, and the content that a later activate may have in common with it.
 */
export const entitlementAlias = createTable("0021-entitlement-alias", "entitlement_alias", ({ word }) => {
  word("alias").notNullable().primary();
  word("identity").notNullable();
});
