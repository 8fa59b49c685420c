import type { Entitlement } from "../core/entitlement.js";
import type { BangoState } from "../core/outbox.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { MESSAGE_COLUMNS, insertMessages, messageOf } from "./outbox.js";
import type { Attempt, MessageState, NewMessage, StoredMessage } from "./outbox.js";
import { numberOrNull, run, select, textOf, textOrNull } from "./script.js";
import type { Row, Script } from "./script.js";

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
  /** How long this message must not be sent yet; 0 where it may. It may be superseded at any time. */
  readonly restMs: number;
}

/** The oldest pending message with its entitlement as it is now; ends the queue where there is none. */
export function* queueHead(dialect: Dialect, held: HeldQueue): Script<QueueHead | null> {
  if (!(yield* lockQueue(dialect, held))) return null;
  const [message] = yield* select(
    `SELECT ${MESSAGE_COLUMNS}, notBeforeAt - ${dialect.nowMs} AS restMs FROM outbox WHERE merchantEntitlementId = ? AND state = 'pending' ORDER BY version, messageId LIMIT 1`,
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
  return {
    message: messageOf(message),
    entitlement: entitlementOf(row),
    known: bangoStateIn(row),
    restMs: Math.max(0, numberOrNull(message, "restMs") ?? 0),
  };
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
  readonly settle: Settle | null;
}

export type Settle = (entitlement: Entitlement, known: BangoState | null) => Settled;

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
    `UPDATE outbox SET state = ?, attempts = attempts + ?, finishedAt = ${finishedAt}, notBeforeAt = ${dialect.nowMs} + ? WHERE messageId = ? AND state = 'pending'`,
    [state, delivery.counts ? 1 : 0, Math.round(delivery.pauseMs ?? 0), messageId],
  );
  if (attempt) yield* insertAttempt(dialect, messageId, attempt);
  // Also where a person has dropped the message meanwhile: Bango was told.
  if (delivery.settle) yield* settleKnown(dialect, held.merchantEntitlementId, delivery.settle);
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

/** Writes what Bango has come to know, and what it has to be told then. */
export function* settleKnown(dialect: Dialect, merchantEntitlementId: string, settle: Settle): Script<void> {
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
