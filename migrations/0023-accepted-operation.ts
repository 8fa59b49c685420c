import { createTable } from "./columns.js";

/** What the account system has accepted and is to complete later. */
export const acceptedOperation = createTable(
  "0023-accepted-operation",
  "accepted_operation",
  ({ word, text, long, instant, count }, table) => {
    word("acceptanceId").notNullable().primary();
    word("merchantEntitlementId").notNullable();
    long("command").notNullable();
    word("access").notNullable();
    text("requestId");
    word("idempotencyKey").notNullable();
    count("version").notNullable();
    word("state").notNullable();
    instant("acceptedAt").notNullable();
    instant("finishedAt");
    long("completion");
    instant("alarmAt");
    word("alarmedBy");
    table.index(["merchantEntitlementId"], "accepted_operation_entitlement");
    table.index(["alarmAt"], "accepted_operation_alarm");
  },
);
