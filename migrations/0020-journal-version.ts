import type { Knex } from "knex";
import { columnsOf } from "./columns.js";
import type { Migration } from "./columns.js";

/** The entitlement's version once the call had ended: whether anything has happened to it since its reply. */
export const journalVersion: Migration = {
  name: "0020-journal-version",
  up: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      columnsOf(knex, table).count("version");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("journal", (table) => {
      table.dropColumn("version");
    }),
};
