import type { Goal, Message, MessageKind } from "../core/outbox.js";
import type { JsonObject } from "../core/entitlement.js";
import type { Dialect } from "./dialect.js";
import { marks, numberOf, numberOrNull, run, select, textOf } from "./script.js";
import type { Param, Row, Script } from "./script.js";

export const MESSAGE_STATES = [
  "pending",
  "delivered",
  "superseded",
  "ended",
  "dead",
  "dropped",
  "disabled",
] as const;
/** `disabled`: not sent, since this kind of message is switched off. */
export type MessageState = (typeof MESSAGE_STATES)[number];

/** A message and what has become of it so far. */
export interface StoredMessage extends Message {
  readonly messageId: string;
  readonly merchantEntitlementId: string;
  readonly version: number;
  readonly state: MessageState;
  /** Real ones: an attempt that was not made because the target is closed does not count. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

/** A message to be written, named by whoever decided it. */
export interface NewMessage extends Message {
  readonly messageId: string;
  readonly merchantEntitlementId: string;
  readonly resellerId: string;
  readonly version: number;
}

export interface Attempt {
  readonly messageId: string;
  readonly attempt: number;
  readonly at: number;
  readonly status: number | null;
  readonly durationMs: number;
  readonly outcome: string;
  readonly excerpt: string;
}

export const MESSAGE_COLUMNS =
  "messageId, merchantEntitlementId, version, kind, goal, body, state, attempts, createdAt, finishedAt";

export const messageOf = (row: Row): StoredMessage => ({
  messageId: textOf(row, "messageId"),
  merchantEntitlementId: textOf(row, "merchantEntitlementId"),
  version: numberOf(row, "version"),
  kind: textOf(row, "kind") as MessageKind,
  goal: JSON.parse(textOf(row, "goal")) as Goal,
  body: JSON.parse(textOf(row, "body")) as JsonObject,
  state: textOf(row, "state") as MessageState,
  attempts: numberOf(row, "attempts"),
  createdAt: numberOf(row, "createdAt"),
  finishedAt: numberOrNull(row, "finishedAt"),
});

/** Writes messages, and makes their entitlements' queues due now: in the transaction of the change they tell of. */
export function* insertMessages(dialect: Dialect, messages: readonly NewMessage[]): Script<void> {
  if (messages.length === 0) return;
  yield* dialect.insertNew(
    "outbox",
    ["messageId"],
    [
      "messageId",
      "merchantEntitlementId",
      "version",
      "kind",
      "goal",
      "body",
      "state",
      "attempts",
      "createdAt",
    ],
    [...messages]
      .sort((left, right) => (left.messageId < right.messageId ? -1 : 1))
      .map((message): Param[] => [
        message.messageId,
        message.merchantEntitlementId,
        message.version,
        message.kind,
        JSON.stringify(message.goal),
        JSON.stringify(message.body),
        "pending",
        0,
        0,
      ]),
    { createdAt: `${dialect.nowMs} + ?` },
  );
  yield* makeDue(
    dialect,
    new Map(messages.map(({ merchantEntitlementId, resellerId }) => [merchantEntitlementId, resellerId])),
  );
}

/**
 * Makes queues due now, a new one where there is none, by the entitlements and whose they are. Whoever holds one
 * keeps it and finds the new message.
 */
function* makeDue(dialect: Dialect, resellerOf: ReadonlyMap<string, string>): Script<void> {
  const ids = [...resellerOf.keys()].sort();
  yield* dialect.insertNew(
    "outbox_queue",
    ["merchantEntitlementId"],
    ["merchantEntitlementId", "resellerId", "dueAt", "leaseUntil"],
    ids.map((id) => [id, resellerOf.get(id) ?? null, 0, 0]),
    { dueAt: `${dialect.nowMs} + ?` },
  );
  yield* run(
    `UPDATE outbox_queue SET dueAt = ${dialect.nowMs} WHERE merchantEntitlementId IN (${marks(ids)}) AND dueAt > ${dialect.nowMs}`,
    ids,
  );
}

/** By a person's hand, so one look more is no matter. */
function* makeDueAgain(dialect: Dialect, merchantEntitlementId: string): Script<void> {
  const [row] = yield* select("SELECT resellerId FROM entitlement WHERE merchantEntitlementId = ?", [
    merchantEntitlementId,
  ]);
  if (!row) throw new Error("a message of no entitlement is in the outbox");
  yield* makeDue(dialect, new Map([[merchantEntitlementId, textOf(row, "resellerId")]]));
}

export interface MessageFilter {
  readonly state?: string | undefined;
  readonly merchantEntitlementId?: string | undefined;
  readonly kind?: string | undefined;
  readonly limit: number;
}

/** Newest first; over the whole table by their ids, which are made in order of time. */
export function* listMessages(filter: MessageFilter): Script<StoredMessage[]> {
  const conditions: [string, string][] = [];
  if (filter.state !== undefined) conditions.push(["state = ?", filter.state]);
  if (filter.kind !== undefined) conditions.push(["kind = ?", filter.kind]);
  if (filter.merchantEntitlementId !== undefined)
    conditions.push(["merchantEntitlementId = ?", filter.merchantEntitlementId]);
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
  const few = filter.state !== undefined || filter.merchantEntitlementId !== undefined;
  const order = few ? "createdAt DESC, messageId DESC" : "messageId DESC";
  const rows = yield* select(
    `SELECT ${MESSAGE_COLUMNS} FROM outbox${where} ORDER BY ${order} LIMIT ${String(filter.limit)}`,
    conditions.map(([, value]) => value),
  );
  return rows.map(messageOf);
}

export function* findMessage(messageId: string): Script<StoredMessage | null> {
  const [row] = yield* select(`SELECT ${MESSAGE_COLUMNS} FROM outbox WHERE messageId = ?`, [messageId]);
  return row ? messageOf(row) : null;
}

export function* listAttempts(messageId: string): Script<Attempt[]> {
  const rows = yield* select("SELECT * FROM outbox_attempt WHERE messageId = ? ORDER BY attempt", [
    messageId,
  ]);
  return rows.map((row) => ({
    messageId,
    attempt: numberOf(row, "attempt"),
    at: numberOf(row, "at"),
    status: numberOrNull(row, "status"),
    durationMs: numberOf(row, "durationMs"),
    outcome: textOf(row, "outcome"),
    excerpt: textOf(row, "excerpt"),
  }));
}

/** Lets a dead, dropped or disabled message be tried again, from the beginning of its schedule; false where it is none. */
export function* replayMessage(dialect: Dialect, messageId: string): Script<boolean> {
  const [row] = yield* select(
    `SELECT merchantEntitlementId FROM outbox WHERE messageId = ? AND state IN ('dead', 'dropped', 'disabled')${dialect.forUpdate}`,
    [messageId],
  );
  if (!row) return false;
  yield* run(
    "UPDATE outbox SET state = 'pending', attempts = 0, finishedAt = NULL, notBeforeAt = NULL WHERE messageId = ?",
    [messageId],
  );
  yield* makeDueAgain(dialect, textOf(row, "merchantEntitlementId"));
  return true;
}

/** Gives a pending or dead message up for good; false where it is neither. What waited behind it goes on now. */
export function* dropMessage(dialect: Dialect, messageId: string): Script<boolean> {
  const [row] = yield* select(
    `SELECT merchantEntitlementId FROM outbox WHERE messageId = ? AND state IN ('pending', 'dead')${dialect.forUpdate}`,
    [messageId],
  );
  if (!row) return false;
  yield* run(`UPDATE outbox SET state = 'dropped', finishedAt = ${dialect.nowMs} WHERE messageId = ?`, [
    messageId,
  ]);
  yield* makeDueAgain(dialect, textOf(row, "merchantEntitlementId"));
  return true;
}
