import { createTable } from "./columns.js";

/** What happened to an entitlement, append-only, versions 1, 2, 3 … without a gap. */
export const history = createTable(
  "0004-history",
  "history",
  ({ word, text, long, instant, count }, table) => {
    word("merchantEntitlementId").notNullable();
    count("version").notNullable();
    word("operation").notNullable();
    word("owner").notNullable();
    text("actor").notNullable();
    text("requestId");
    long("reason");
    instant("at").notNullable();
    word("stateBefore");
    word("stateAfter").notNullable();
    long("changes").notNullable();
    table.primary(["merchantEntitlementId", "version"]);
  },
);
