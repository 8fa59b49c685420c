import { createTable } from "./columns.js";

export const demoSubscription = createTable(
  "0011-demo-subscription",
  "demo_subscription",
  ({ word, text, instant }) => {
    word("merchantEntitlementId").notNullable().primary();
    word("accountId").notNullable();
    text("plan").notNullable();
    word("status").notNullable();
    instant("startedAt").notNullable();
    instant("endsAt");
    instant("endedAt");
  },
);
