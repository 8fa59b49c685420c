import { createTable } from "./columns.js";

/** Every attempt to tell Bango something. */
export const outboxAttempt = createTable(
  "0015-outbox-attempt",
  "outbox_attempt",
  ({ word, long, instant, count }, table) => {
    word("messageId").notNullable();
    count("attempt").notNullable();
    instant("at").notNullable();
    count("status");
    count("durationMs").notNullable();
    word("outcome").notNullable();
    long("excerpt").notNullable();
    table.primary(["messageId", "attempt"]);
  },
);
