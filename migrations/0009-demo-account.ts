import { createTable } from "./columns.js";

export const demoAccount = createTable(
  "0009-demo-account",
  "demo_account",
  ({ word, text, instant }, table) => {
    word("accountId").notNullable().primary();
    text("resellerId").notNullable();
    text("customer").notNullable();
    instant("createdAt").notNullable();
    table.unique(["resellerId", "customer"], { indexName: "demo_account_customer" });
  },
);
