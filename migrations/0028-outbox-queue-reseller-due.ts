import type { Knex } from "knex";
import type { Migration } from "./columns.js";

/** Which resellers have queues that are due, and the oldest few of each. */
export const outboxQueueResellerDue: Migration = {
  name: "0028-outbox-queue-reseller-due",
  up: (knex: Knex) =>
    knex.schema.alterTable("outbox_queue", (table) => {
      table.index(["resellerId", "dueAt"], "outbox_queue_reseller_due");
    }),
  down: (knex: Knex) =>
    knex.schema.alterTable("outbox_queue", (table) => {
      table.dropIndex(["resellerId", "dueAt"], "outbox_queue_reseller_due");
    }),
};
