import type { Entitlement } from "../core/entitlement.js";
import type { Now, StoredReply } from "./change.js";
import type { Dialect } from "./dialect.js";
import { replyOf, stateOf } from "./journal-rows.js";
import { nowColumns, nowOf } from "./now.js";
import { marks, numberOf, numberOrNull, run, select, textOf, textOrNull } from "./script.js";
import type { Row, Script } from "./script.js";
import type { BeginItem, BeginOutcome, Holder, Replay } from "./begin-call.js";

export interface Kept {
  readonly reply: StoredReply;
  /** Whether it answered the same content. */
  readonly sameCall: boolean;
  /** The entitlement's when it was given; null in rows of a release that did not note it. */
  readonly version: number | null;
  readonly linkExpired: boolean;
  /** Whether its first caller was answered 5xx. */
  readonly late: boolean;
}

export interface Candidate {
  readonly item: BeginItem;
  readonly now: Now;
  /** False where a row of an earlier call is taken over: it stays as it is unless this call goes through. */
  readonly fresh: boolean;
  readonly rowId: string;
  readonly compensations: number;
  /** A stored reply that may answer the call still: that depends on how the entitlement stands now. */
  readonly kept: Kept | null;
}

const JOURNAL_COLUMNS = [
  "journalKey",
  "owner",
  "operation",
  "requestId",
  "rowId",
  "identity",
  "merchantEntitlementId",
  "fingerprint",
  "attemptToken",
  "state",
  "dueAt",
  "settleCount",
  "compensations",
  "command",
  "resellerId",
  "createdAt",
] as const;

export function* enterJournal(
  dialect: Dialect,
  items: readonly BeginItem[],
  outcomes: Map<BeginItem, BeginOutcome>,
): Script<Candidate[]> {
  const sorted = [...items].sort(byJournalKey);
  yield* dialect.insertNew(
    "journal",
    ["journalKey"],
    JOURNAL_COLUMNS,
    sorted.map(({ journalKey, rowId, fingerprint, attemptToken, command, resellerId, leaseMs }) => [
      journalKey,
      command.owner,
      command.operation,
      command.requestId,
      rowId,
      command.identity,
      command.merchantEntitlementId,
      fingerprint,
      attemptToken,
      "begun",
      leaseMs,
      0,
      0,
      JSON.stringify(command),
      resellerId,
      0,
    ]),
    { dueAt: `${dialect.nowMs} + ?`, createdAt: `${dialect.nowMs} + ?` },
  );
  const keys = sorted.map(({ journalKey }) => journalKey);
  const rows = yield* select(
    `SELECT journalKey, requestId, rowId, fingerprint, attemptToken, state, dueAt, compensations, version, askedAt, replyStatus, replyBody, linkNumber, linkKeyId, linkExpiresAt, ${nowColumns(dialect)} FROM journal WHERE journalKey IN (${marks(keys)})`,
    keys,
  );
  const byKey = new Map(rows.map((row) => [textOf(row, "journalKey"), row]));
  const candidates: Candidate[] = [];
  for (const item of items) {
    const row = byKey.get(item.journalKey);
    if (!row) throw new Error("a journal row that was just written is missing");
    const entry = entryOf(item, row);
    if ("kind" in entry) outcomes.set(item, entry);
    else candidates.push(entry);
  }
  return candidates;
}

/** What the row found under a call's key means for it. */
function entryOf(item: BeginItem, row: Row): Candidate | BeginOutcome {
  const now = nowOf(row);
  const state = stateOf(row);
  const reply = replyOf(row);
  const candidate = { item, now, rowId: item.rowId, compensations: 0, kept: null };
  if (textOf(row, "attemptToken") === item.attemptToken)
    return reply ? { kind: "answered", reply, replayed: false } : { ...candidate, fresh: true };
  if (state === "lapsed")
    return { ...candidate, fresh: false, compensations: numberOf(row, "compensations") };
  // Without a request id nothing is replayed: the finished row makes way for the next equal call.
  if (state === "done" && textOrNull(row, "requestId") === null) return { ...candidate, fresh: false };
  const sameCall = textOf(row, "fingerprint") === item.fingerprint;
  const mayBeAnew = reply !== null && item.replay === "untilNextMove";
  if (!sameCall && !mayBeAnew) return { kind: "otherCall" };
  if (!reply) return { kind: "wait", for: "call", holder: holderOf(item.journalKey, row, now) };
  const expiresAt = numberOrNull(row, "linkExpiresAt");
  const late = numberOrNull(row, "askedAt") !== null;
  const linkExpired = expiresAt !== null && expiresAt <= now.business;
  return linkExpired || mayBeAnew
    ? {
        ...candidate,
        fresh: false,
        kept: { reply, sameCall, linkExpired, late, version: numberOrNull(row, "version") },
      }
    : { kind: "answered", reply, replayed: true, late };
}

export function holderOf(journalKey: string, row: Row, now: Now): Holder {
  const state = stateOf(row);
  const due = numberOf(row, "dueAt") <= now.database;
  return { journalKey, state, due, settleable: state !== "begun" || due };
}

/** Null where the call is to be decided anew. */
export function outcomeOfKept(kept: Kept, replay: Replay, before: Entitlement | null): BeginOutcome | null {
  const hasMoved = kept.version !== null && kept.version !== (before?.version ?? 0);
  if (replay === "untilNextMove" && hasMoved) return null;
  if (!kept.sameCall) return { kind: "otherCall" };
  if (kept.linkExpired && before?.status === "PENDING") return null;
  return { kind: "answered", reply: kept.reply, replayed: true, late: kept.late };
}

/** Of an earlier call's row makes this call's: whatever that call was about, it is about this entitlement now. */
export function* takeOver(dialect: Dialect, { item, rowId }: Candidate): Script<void> {
  yield* run(
    `UPDATE journal SET attemptToken = ?, rowId = ?, fingerprint = ?, command = ?, identity = ?, merchantEntitlementId = ?, resellerId = ?, state = 'begun', dueAt = ${dialect.nowMs} + ?, createdAt = ${dialect.nowMs}, askedAt = NULL, settleCount = 0, found = NULL, replyStatus = NULL, replyBody = NULL, linkNumber = NULL, linkKeyId = NULL, linkExpiresAt = NULL WHERE journalKey = ?`,
    [
      item.attemptToken,
      rowId,
      item.fingerprint,
      JSON.stringify(item.command),
      item.command.identity,
      item.command.merchantEntitlementId,
      item.resellerId,
      item.leaseMs,
      item.journalKey,
    ],
  );
}

export const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const byJournalKey = (left: BeginItem, right: BeginItem): number =>
  compare(left.journalKey, right.journalKey);
