import type { Knex } from "knex";
import { ENTITLEMENT_COLUMNS, HISTORY_COLUMNS, entitlementParams } from "../../src/store/entitlement-rows.js";
import type { Entitlement, State } from "../../src/core/entitlement.js";
import { ACTIVE, DAY, commandOf } from "../core/values.js";

export const LOADED = 4000;
const now = Date.now();
const label = (prefix: string, index: number): string => `${prefix}-${String(index).padStart(6, "0")}`;
export const idAt = (index: number): string => label("m", index);
export const identityAt = (index: number): string => label("e", index);
export const keyAt = (index: number): string => label("k", index);
export const requestAt = (index: number): string => label("request", index);
export const customerKeyAt = (index: number): string => label("customer-key", index);

/** Mostly quiet, as a grown table is: few are due, few are open. */
const statusAt = (index: number): State =>
  index % 40 === 0
    ? "PENDING"
    : index % 30 === 0
      ? "ACTIVE-ENDING"
      : index % 4 === 0
        ? "CANCELLED"
        : "ACTIVE";

export function entitlementAt(index: number): Entitlement {
  const status = statusAt(index);
  return {
    ...ACTIVE,
    merchantEntitlementId: idAt(index),
    identity: identityAt(index),
    entitlementId: identityAt(index),
    activationRequestId: requestAt(index),
    resellerId: index % 3 === 0 ? "OTHERTEL" : index % 100 === 1 ? "RARETEL" : "BANGOTEL",
    sharedCustomerId: label("customer", index),
    bangoUserId: label("user", index),
    customerIdentifier: label("name", index),
    customerKey: customerKeyAt(index),
    status,
    waitingFor: status === "PENDING" ? "customer" : null,
    endsAt: status === "ACTIVE-ENDING" ? now + (index - LOADED / 10) * 1000 : null,
    dateCreated: now - (LOADED - index) * 60_000,
    dateExpiry: index % 2 === 0 ? now + (index - LOADED / 10) * 60_000 : null,
    version: 2,
  };
}

const stateAt = (index: number): string =>
  index % 100 === 0
    ? "unknown"
    : index % 100 === 1
      ? "begun"
      : index % 100 === 2
        ? "found"
        : index % 20 === 3
          ? "lapsed"
          : "done";
export const isOpen = (index: number): boolean => ["unknown", "begun", "found"].includes(stateAt(index));
/** Whole tables whose rows came in any order, of which a few are due. */
const dueAt = (index: number): number => now + ((index % 50) - 1) * DAY + (index % 7) * 1000 - 1000;

/** Some are of a release that did not note whose they are. */
const journalAt = (index: number): object => ({
  journalKey: keyAt(index),
  owner: "bango",
  operation: "suspend",
  requestId: requestAt(index),
  rowId: label("row", index),
  identity: identityAt(index),
  merchantEntitlementId: idAt(index),
  resellerId: index % 11 === 0 ? null : entitlementAt(index).resellerId,
  fingerprint: label("fingerprint", index),
  attemptToken: label("token", index),
  state: stateAt(index),
  dueAt: dueAt(index),
  askedAt: null,
  settleCount: 0,
  compensations: stateAt(index) === "lapsed" ? 1 : 0,
  command: JSON.stringify(
    commandOf("suspend", { identity: identityAt(index), merchantEntitlementId: idAt(index) }),
  ),
  replyStatus: stateAt(index) === "done" ? 200 : null,
  replyBody: stateAt(index) === "done" ? "{}" : null,
  createdAt: now - index * 1000,
});

const historyAt = (index: number): object =>
  Object.fromEntries(
    HISTORY_COLUMNS.map((name) => [
      name,
      {
        merchantEntitlementId: idAt(Math.floor(index / 2)),
        version: (index % 2) + 1,
        operation: "activate",
        owner: "bango",
        actor: "bango-1",
        requestId: requestAt(index),
        reason: null,
        at: now,
        stateBefore: null,
        stateAfter: "ACTIVE",
        changes: "{}",
      }[name],
    ]),
  );

export const acceptanceIdAt = (index: number): string => label("acceptance", index);
/** Most have come to their end, and raise no alarm any more. */
const acceptanceAt = (index: number): object => ({
  acceptanceId: acceptanceIdAt(index),
  merchantEntitlementId: idAt(index),
  command: JSON.stringify(commandOf("suspend", { identity: identityAt(index), requestId: requestAt(index) })),
  access: "none",
  requestId: requestAt(index),
  idempotencyKey: label("effect", index),
  version: 2,
  state: index % 50 === 0 ? "waiting" : "done",
  acceptedAt: now - index * 1000,
  alarmAt: index % 50 === 0 ? now + ((index % 200) - 50) * DAY : null,
});

export const messageIdAt = (index: number): string => label("message", index);
export const aliasAt = (index: number): string => label("alias", index);
export const linkHashAt = (index: number): string => label("hash", index);
const suspendGoal = JSON.stringify({ kind: "status", status: "SUSPENDED" });
const messageStateAt = (index: number): string =>
  index % 4 === 0 ? "pending" : index % 40 === 1 ? "dead" : "delivered";

const messageAt = (index: number): object => ({
  messageId: messageIdAt(index),
  merchantEntitlementId: idAt(index),
  version: 2,
  kind: "suspend",
  goal: suspendGoal,
  body: "{}",
  state: messageStateAt(index),
  attempts: 1,
  createdAt: now - (LOADED - index) * 1000,
  finishedAt: messageStateAt(index) === "pending" ? null : now,
});

const attemptAt = (index: number): object => ({
  messageId: messageIdAt(Math.floor(index / 2)),
  attempt: (index % 2) + 1,
  at: now,
  status: 503,
  durationMs: 12,
  outcome: "retry",
  excerpt: "{}",
});

/** A few thousand rows in every table that grows, and statistics about them. */
export async function loadTables(knex: Knex): Promise<void> {
  const indexes = Array.from({ length: LOADED }, (_, index) => index);
  const insert = async (table: string, rows: readonly object[]): Promise<void> => {
    await knex.batchInsert(table, rows, 200);
  };
  await insert(
    "entitlement",
    indexes.map((index) => {
      const params = entitlementParams(entitlementAt(index));
      return Object.fromEntries(ENTITLEMENT_COLUMNS.map((name, column) => [name, params[column]]));
    }),
  );
  await insert("journal", indexes.map(journalAt));
  await insert(
    "turn",
    indexes.filter(isOpen).map((index) => ({ identity: identityAt(index), holder: keyAt(index) })),
  );
  await insert("history", [...indexes, ...indexes.map((index) => index + LOADED)].map(historyAt));
  await insert(
    "slot",
    indexes.map((index) => ({
      customerKey: customerKeyAt(index),
      scope: "",
      slotNumber: 0,
      merchantEntitlementId: idAt(index),
      reservedBy: isOpen(index) ? keyAt(index) : null,
    })),
  );
  await insert(
    "entitlement_alias",
    indexes.map((index) => ({ alias: aliasAt(index), identity: identityAt(index) })),
  );
  await insert(
    "activation_link",
    indexes.map((index) => ({
      tokenHash: linkHashAt(index),
      merchantEntitlementId: idAt(index),
      linkNumber: now,
      keyId: "link-1",
      expiresAt: now + DAY,
    })),
  );
  await insert("accepted_operation", indexes.map(acceptanceAt));
  await insert("outbox", indexes.map(messageAt));
  await insert("outbox_attempt", [...indexes, ...indexes.map((index) => index + LOADED)].map(attemptAt));
  await insert(
    "outbox_queue",
    indexes
      .filter((index) => messageStateAt(index) === "pending")
      .map((index) => ({
        merchantEntitlementId: idAt(index),
        resellerId: index % 11 === 0 ? null : entitlementAt(index).resellerId,
        dueAt: dueAt(index),
        holder: null,
        leaseUntil: 0,
      })),
  );
}
