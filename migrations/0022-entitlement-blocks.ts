import type { Knex } from "knex";
import { columnsOf } from "./columns.js";
import type { Migration } from "./columns.js";

/** The merchant's own blocks: which kinds hold, why and since when. */
export const entitlementBlocks: Migration = {
  name: "0022-entitlement-blocks",
  up: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      columnsOf(knex, table).long("blocks");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("entitlement", (table) => {
      table.dropColumn("blocks");
    }),
};
