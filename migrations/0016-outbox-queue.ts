import { createTable } from "./columns.js";

/** Entitlements that have something to tell: what a sender claims, so that order holds within each. */
export const outboxQueue = createTable("0016-outbox-queue", "outbox_queue", ({ word, instant }, table) => {
  word("merchantEntitlementId").notNullable().primary();
  instant("dueAt").notNullable();
  word("holder");
  instant("leaseUntil").notNullable();
  table.index(["dueAt"], "outbox_queue_due");
});
