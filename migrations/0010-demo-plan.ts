import { createTable } from "./columns.js";

export const demoPlan = createTable("0010-demo-plan", "demo_plan", ({ text, count }) => {
  text("plan").notNullable().primary();
  count("periodMonths").notNullable();
});
