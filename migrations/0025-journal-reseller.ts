import type { Knex } from "knex";
import { columnsOf } from "./columns.js";
import type { Migration } from "./columns.js";

/** Whose entitlement a call is about, so that no reseller's calls wait behind another's (ADR 19). Null in older rows. */
export const journalReseller: Migration = {
  name: "0025-journal-reseller",
  up: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      columnsOf(knex, table).text("resellerId");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      table.dropColumn("resellerId");
    }),
};
