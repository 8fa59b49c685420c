import { createTable } from "./columns.js";

/** The demo's own ledger: every effect it was asked for, by key. Tests compare it with our history. */
export const demoEffect = createTable("0012-demo-effect", "demo_effect", ({ word, long, instant }, table) => {
  word("idempotencyKey").notNullable().primary();
  word("merchantEntitlementId").notNullable();
  word("entitlementId");
  word("operation").notNullable();
  long("result").notNullable();
  instant("at").notNullable();
  table.index(["entitlementId", "at"], "demo_effect_entitlement");
});
