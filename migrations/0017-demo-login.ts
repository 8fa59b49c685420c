import { createTable } from "./columns.js";

/** How customers of the demo sign in. `registerKey`: the idempotency key that made it. */
export const demoLogin = createTable("0017-demo-login", "demo_login", ({ word, text, instant }, table) => {
  text("email").notNullable().primary();
  word("accountId").notNullable();
  text("passwordHash").notNullable();
  word("registerKey").notNullable();
  instant("createdAt").notNullable();
  table.unique(["registerKey"], { indexName: "demo_login_register_key" });
});
