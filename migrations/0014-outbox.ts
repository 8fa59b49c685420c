import { createTable } from "./columns.js";

/** What Bango has to be told, and what became of it. Ordered within an entitlement by version. */
export const outbox = createTable("0014-outbox", "outbox", ({ word, long, instant, count }, table) => {
  word("messageId").notNullable().primary();
  word("merchantEntitlementId").notNullable();
  count("version").notNullable();
  word("kind").notNullable();
  long("goal").notNullable();
  long("body").notNullable();
  word("state").notNullable();
  count("attempts").notNullable();
  instant("createdAt").notNullable();
  instant("notBeforeAt");
  instant("finishedAt");
  table.index(["merchantEntitlementId", "state", "version"], "outbox_entitlement");
  table.index(["state", "createdAt"], "outbox_state");
});
