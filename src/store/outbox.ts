import type { Entitlement } from "../core/entitlement.js";
import type { BangoState, Goal, Message, MessageKind } from "../core/outbox.js";
import type { JsonObject } from "../core/entitlement.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { marks, numberOf, numberOrNull, run, select, textOf, textOrNull } from "./script.js";
import type { Param, Row, Script } from "./script.js";

export type MessageState = "pending" | "delivered" | "superseded" | "ended" | "dead" | "dropped";

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

const MESSAGE_COLUMNS =
  "messageId, merchantEntitlementId, version, kind, goal, body, state, attempts, createdAt, finishedAt";

const messageOf = (row: Row): StoredMessage => ({
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
    messages.map(({ merchantEntitlementId }) => merchantEntitlementId),
  );
}

/** Makes queues due now, a new one where there is none. Whoever holds one keeps it and finds the new message. */
export function* makeDue(dialect: Dialect, merchantEntitlementIds: readonly string[]): Script<void> {
  const ids = [...new Set(merchantEntitlementIds)].sort();
  yield* dialect.insertNew(
    "outbox_queue",
    ["merchantEntitlementId"],
    ["merchantEntitlementId", "dueAt", "leaseUntil"],
    ids.map((id) => [id, 0, 0]),
    { dueAt: `${dialect.nowMs} + ?` },
  );
  yield* run(
    `UPDATE outbox_queue SET dueAt = ${dialect.nowMs} WHERE merchantEntitlementId IN (${marks(ids)}) AND dueAt > ${dialect.nowMs}`,
    ids,
  );
}

/**
 * Claims up to `limit` due queues that nobody holds; the ids claimed. Works without SKIP LOCKED: the guarded UPDATE
 * is one statement, and what it changed is read back by holder.
 */
export function* claimQueues(
  dialect: Dialect,
  claim: { readonly holder: string; readonly leaseMs: number; readonly limit: number },
): Script<string[]> {
  const due = `dueAt <= ${dialect.nowMs} AND leaseUntil <= ${dialect.nowMs}`;
  const limit = String(claim.limit);
  const where =
    dialect.engine === "mysql"
      ? `${due} ORDER BY dueAt LIMIT ${limit}`
      : `merchantEntitlementId IN (SELECT merchantEntitlementId FROM outbox_queue WHERE ${due} ORDER BY dueAt LIMIT ${limit})`;
  yield* run(`UPDATE outbox_queue SET holder = ?, leaseUntil = ${dialect.nowMs} + ? WHERE ${where}`, [
    claim.holder,
    claim.leaseMs,
  ]);
  const rows = yield* select(
    `SELECT merchantEntitlementId FROM outbox_queue WHERE dueAt <= ${dialect.nowMs} AND holder = ? AND leaseUntil > ${dialect.nowMs} ORDER BY dueAt LIMIT ${limit}`,
    [claim.holder],
  );
  return rows.map((row) => textOf(row, "merchantEntitlementId"));
}

/** Claims one entitlement's queue now, due or not; false where another holds it or there is nothing to tell. */
export function* claimQueue(
  dialect: Dialect,
  claim: { readonly merchantEntitlementId: string; readonly holder: string; readonly leaseMs: number },
): Script<boolean> {
  yield* run(
    `UPDATE outbox_queue SET holder = ?, leaseUntil = ${dialect.nowMs} + ? WHERE merchantEntitlementId = ? AND leaseUntil <= ${dialect.nowMs}`,
    [claim.holder, claim.leaseMs, claim.merchantEntitlementId],
  );
  const rows = yield* select(
    "SELECT holder FROM outbox_queue WHERE merchantEntitlementId = ? AND holder = ?",
    [claim.merchantEntitlementId, claim.holder],
  );
  return rows.length > 0;
}

export interface HeldQueue {
  readonly merchantEntitlementId: string;
  readonly holder: string;
}

/** Locks a queue that is still ours; every write below begins with it. */
function* lockQueue(dialect: Dialect, held: HeldQueue): Script<boolean> {
  const rows = yield* select(
    `SELECT holder FROM outbox_queue WHERE merchantEntitlementId = ? AND holder = ?${dialect.forUpdate}`,
    [held.merchantEntitlementId, held.holder],
  );
  return rows.length > 0;
}

/** What a sender needs to know before it sends. */
export interface QueueHead {
  readonly message: StoredMessage;
  readonly entitlement: Entitlement;
  readonly known: BangoState | null;
}

/** The oldest pending message with its entitlement as it is now; ends the queue where there is none. */
export function* queueHead(dialect: Dialect, held: HeldQueue): Script<QueueHead | null> {
  if (!(yield* lockQueue(dialect, held))) return null;
  const [message] = yield* select(
    `SELECT ${MESSAGE_COLUMNS} FROM outbox WHERE merchantEntitlementId = ? AND state = 'pending' ORDER BY version, messageId LIMIT 1`,
    [held.merchantEntitlementId],
  );
  if (!message) {
    yield* run("DELETE FROM outbox_queue WHERE merchantEntitlementId = ? AND holder = ?", [
      held.merchantEntitlementId,
      held.holder,
    ]);
    return null;
  }
  const [row] = yield* select("SELECT * FROM entitlement WHERE merchantEntitlementId = ?", [
    held.merchantEntitlementId,
  ]);
  if (!row) throw new Error("a message of no entitlement is in the outbox");
  return { message: messageOf(message), entitlement: entitlementOf(row), known: bangoStateIn(row) };
}

export function bangoStateIn(row: Row): BangoState | null {
  const text = textOrNull(row, "bangoState");
  return text === null ? null : (JSON.parse(text) as BangoState);
}

/** What one look at a message came to. */
export interface Delivery {
  readonly messageId: string;
  /** Null where nothing was sent: superseded, or the target is closed. */
  readonly attempt: Omit<Attempt, "messageId" | "attempt" | "at"> | null;
  /** Whether the attempt is one of the retry schedule. */
  readonly counts: boolean;
  /** `pending` where it is to be tried again. */
  readonly state: MessageState;
  /** When the queue is looked at again; null: now, by the same holder. */
  readonly pauseMs: number | null;
  /**
   * What Bango knows now, and what it has to be told next; null where nothing has changed in that. Called inside the
   * transaction with what is so by then: a call of Bango's may have come while the message was on its way.
   */
  readonly settle: ((entitlement: Entitlement, known: BangoState | null) => Settled) | null;
}

export interface Settled {
  readonly known: BangoState | null;
  readonly followUp: NewMessage | null;
}

/** Writes what became of one message; false where the queue is no longer ours. One write after a send. */
export function* recordDelivery(
  dialect: Dialect,
  held: HeldQueue,
  delivery: Delivery,
  leaseMs: number,
): Script<boolean> {
  if (!(yield* lockQueue(dialect, held))) return false;
  const { messageId, attempt, state } = delivery;
  const finishedAt = state === "pending" ? "NULL" : dialect.nowMs;
  yield* run(
    `UPDATE outbox SET state = ?, attempts = attempts + ?, finishedAt = ${finishedAt} WHERE messageId = ? AND state = 'pending'`,
    [state, delivery.counts ? 1 : 0, messageId],
  );
  if (attempt) yield* insertAttempt(dialect, messageId, attempt);
  // Also where a person has dropped the message meanwhile: Bango was told.
  if (delivery.settle) yield* settleKnown(dialect, held, delivery.settle);
  if (delivery.pauseMs === null)
    yield* run(`UPDATE outbox_queue SET leaseUntil = ${dialect.nowMs} + ? WHERE merchantEntitlementId = ?`, [
      leaseMs,
      held.merchantEntitlementId,
    ]);
  else
    yield* run(
      `UPDATE outbox_queue SET holder = NULL, leaseUntil = 0, dueAt = ${dialect.nowMs} + ? WHERE merchantEntitlementId = ?`,
      [Math.round(delivery.pauseMs), held.merchantEntitlementId],
    );
  return true;
}

function* settleKnown(
  dialect: Dialect,
  { merchantEntitlementId }: HeldQueue,
  settle: NonNullable<Delivery["settle"]>,
): Script<void> {
  const [row] = yield* select(
    `SELECT * FROM entitlement WHERE merchantEntitlementId = ?${dialect.forUpdate}`,
    [merchantEntitlementId],
  );
  if (!row) throw new Error("a message of no entitlement is in the outbox");
  const { known, followUp } = settle(entitlementOf(row), bangoStateIn(row));
  if (known)
    yield* run("UPDATE entitlement SET bangoState = ? WHERE merchantEntitlementId = ?", [
      JSON.stringify(known),
      merchantEntitlementId,
    ]);
  if (!followUp) return;
  const waiting = yield* select(
    "SELECT goal FROM outbox WHERE merchantEntitlementId = ? AND state = 'pending'",
    [merchantEntitlementId],
  );
  const goal = JSON.stringify(followUp.goal);
  if (!waiting.some((one) => textOf(one, "goal") === goal)) yield* insertMessages(dialect, [followUp]);
}

const insertAttempt = (
  dialect: Dialect,
  messageId: string,
  attempt: NonNullable<Delivery["attempt"]>,
): Script<number> =>
  run(
    `INSERT INTO outbox_attempt (messageId, attempt, at, status, durationMs, outcome, excerpt) SELECT ?, COUNT(*) + 1, ${dialect.nowMs}, ?, ?, ?, ? FROM outbox_attempt WHERE messageId = ?`,
    [messageId, attempt.status, attempt.durationMs, attempt.outcome, attempt.excerpt, messageId],
  );

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

/** Lets a dead or dropped message be tried again, from the beginning of its schedule; false where it is neither. */
export function* replayMessage(dialect: Dialect, messageId: string): Script<boolean> {
  const [row] = yield* select(
    `SELECT merchantEntitlementId FROM outbox WHERE messageId = ? AND state IN ('dead', 'dropped')${dialect.forUpdate}`,
    [messageId],
  );
  if (!row) return false;
  yield* run("UPDATE outbox SET state = 'pending', attempts = 0, finishedAt = NULL WHERE messageId = ?", [
    messageId,
  ]);
  yield* makeDue(dialect, [textOf(row, "merchantEntitlementId")]);
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
  yield* makeDue(dialect, [textOf(row, "merchantEntitlementId")]);
  return true;
}
