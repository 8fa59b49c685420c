import { createTable } from "./columns.js";

/** Whose turn it is on an entitlement: the journal row that may change it. Its lease is that row's. */
export const turn = createTable("0002-turn", "turn", ({ word }) => {
  word("identity").notNullable().primary();
  word("holder").notNullable();
});
