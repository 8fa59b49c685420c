import type { Knex } from "knex";
import type { Migration } from "./columns.js";

const INDEXES = {
  entitlement_reseller: "resellerId",
  entitlement_shared_customer: "sharedCustomerId",
  entitlement_bango_user: "bangoUserId",
  entitlement_customer: "customerIdentifier",
};

/**
 * For the merchant's lists: of one reseller, and of one customer by any of the three ids, newest first. Only inserts
 * pay for them, and an update of customerIdentifier.
 */
export const entitlementLists: Migration = {
  name: "0024-entitlement-lists",
  up: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      for (const [name, column] of Object.entries(INDEXES))
        table.index([column, "merchantEntitlementId"], name);
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      for (const [name, column] of Object.entries(INDEXES))
        table.dropIndex([column, "merchantEntitlementId"], name);
    }),
};
