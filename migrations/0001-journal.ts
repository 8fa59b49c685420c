import { createTable } from "./columns.js";

/** Every call that changes something, from the moment it begins; see docs/adr/0005. */
export const journal = createTable(
  "0001-journal",
  "journal",
  ({ word, text, long, instant, count }, table) => {
    word("journalKey").notNullable().primary();
    word("owner").notNullable();
    word("operation").notNullable();
    text("requestId");
    word("rowId").notNullable();
    word("identity").notNullable();
    word("merchantEntitlementId").notNullable();
    word("fingerprint").notNullable();
    word("attemptToken").notNullable();
    word("state").notNullable();
    instant("dueAt").notNullable();
    instant("askedAt");
    count("settleCount").notNullable();
    count("compensations").notNullable();
    long("command").notNullable();
    long("found");
    count("replyStatus");
    long("replyBody");
    instant("linkNumber");
    word("linkKeyId");
    instant("linkExpiresAt");
    text("note");
    instant("createdAt").notNullable();
    table.index(["state", "dueAt"], "journal_due");
  },
);
