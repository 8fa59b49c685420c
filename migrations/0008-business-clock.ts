import type { Knex } from "knex";
import { createTable } from "./columns.js";
import type { Migration } from "./columns.js";

const table = createTable("0008-business-clock", "business_clock", ({ word, instant }) => {
  word("clock").notNullable().primary();
  instant("offsetMs").notNullable();
});

/** How far the sandbox's business clock is ahead: one row, shared by all processes. */
export const businessClock: Migration = {
  ...table,
  async up(knex: Knex) {
    await table.up(knex);
    await knex("business_clock").insert({ clock: "business", offsetMs: 0 });
  },
};
