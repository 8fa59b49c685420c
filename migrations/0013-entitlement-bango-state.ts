import type { Knex } from "knex";
import { columnsOf } from "./columns.js";
import type { Migration } from "./columns.js";

/** What Bango knows of an entitlement; beside its history, since knowing is no change of it. */
export const entitlementBangoState: Migration = {
  name: "0013-entitlement-bango-state",
  up: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      columnsOf(knex, table).long("bangoState");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      table.dropColumn("bangoState");
    }),
};
