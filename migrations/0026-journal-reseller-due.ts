import type { Knex } from "knex";
import type { Migration } from "./columns.js";

/** Which resellers have calls that are due, and the oldest few of each. */
export const journalResellerDue: Migration = {
  name: "0026-journal-reseller-due",
  up: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      table.index(["state", "resellerId", "dueAt"], "journal_reseller_due");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      table.dropIndex(["state", "resellerId", "dueAt"], "journal_reseller_due");
    }),
};
