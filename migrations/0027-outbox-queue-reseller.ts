import type { Knex } from "knex";
import { columnsOf } from "./columns.js";
import type { Migration } from "./columns.js";

/** Whose entitlement a queue is, so that no Bango's messages wait behind another's (ADR 8). Null in older rows. */
export const outboxQueueReseller: Migration = {
  name: "0027-outbox-queue-reseller",
  up: (knex: Knex) =>
    knex.schema.alterTable("outbox_queue", (table) => {
      columnsOf(knex, table).text("resellerId");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("outbox_queue", (table) => {
      table.dropColumn("resellerId");
    }),
};
