import type { AccountResult } from "../core/account-result.js";
import type { Command } from "../core/command.js";
import type { Entitlement } from "../core/entitlement.js";
import { JOURNAL_KEPT_MS, freeReserved } from "./apply-changes.js";
import type { Holder } from "./begin-call.js";
import type { Now } from "./change.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { holderOf } from "./journal-entry.js";
import { OPEN_COLUMNS, openRowOf } from "./journal-rows.js";
import type { OpenRow } from "./journal-rows.js";
import { nowColumns, nowOf } from "./now.js";
import { run, select, textOf } from "./script.js";
import type { Script } from "./script.js";

/** A call that somebody has taken over to settle it. */
export interface ClaimedRow {
  /** As it was before it was taken over, but for the attempt token. */
  readonly row: OpenRow;
  readonly before: Entitlement | null;
  readonly now: Now;
}

/** How a row is found by whoever waits for it. */
export interface OpenRowView extends Holder {
  readonly command: Command;
}

const OPEN = "state IN ('begun', 'unknown', 'found')";

export function* viewOpenRow(dialect: Dialect, journalKey: string): Script<OpenRowView | null> {
  const [row] = yield* select(
    `SELECT journalKey, state, dueAt, command, ${nowColumns(dialect)} FROM journal WHERE journalKey = ? AND ${OPEN}`,
    [journalKey],
  );
  if (!row) return null;
  return {
    ...holderOf(journalKey, row, nowOf(row)),
    command: JSON.parse(textOf(row, "command")) as Command,
  };
}

/** The journal key of the call whose turn it is on an identity. */
export function* findTurnHolder(identity: string): Script<string | null> {
  const [row] = yield* select("SELECT holder FROM turn WHERE identity = ?", [identity]);
  return row ? textOf(row, "holder") : null;
}

/**
 * Takes over a call that nobody works on; null where somebody does or it has ended. A lease that has not run out is
 * never taken. `onlyIfDue`: also not before the row's next date, as the background wants it.
 */
export function* claimRowScript(
  dialect: Dialect,
  claim: {
    readonly journalKey: string;
    readonly attemptToken: string;
    readonly leaseMs: number;
    readonly onlyIfDue: boolean;
  },
): Script<ClaimedRow | null> {
  const [found] = yield* select(
    `SELECT ${OPEN_COLUMNS}, ${nowColumns(dialect)} FROM journal WHERE journalKey = ? AND ${OPEN}${dialect.forUpdate}`,
    [claim.journalKey],
  );
  if (!found) return null;
  const seen = openRowOf(found);
  const ours = seen.attemptToken === claim.attemptToken;
  // Whoever held it and is gone may have asked again, until its lease ended.
  const row =
    !ours && seen.state === "begun" ? { ...seen, askedAt: Math.max(seen.askedAt, seen.dueAt) } : seen;
  const now = nowOf(found);
  const leased = row.state === "begun" || claim.onlyIfDue;
  if (!ours && leased && row.dueAt > now.database) return null;
  yield* run(
    `UPDATE journal SET attemptToken = ?, state = 'begun', dueAt = ${dialect.nowMs} + ?, askedAt = ? WHERE journalKey = ?`,
    [claim.attemptToken, claim.leaseMs, row.askedAt, claim.journalKey],
  );
  const [entitlement] = yield* select("SELECT * FROM entitlement WHERE identity = ?", [row.identity]);
  return {
    row: { ...row, attemptToken: claim.attemptToken },
    before: entitlement ? entitlementOf(entitlement) : null,
    now,
  };
}

export interface Held {
  readonly journalKey: string;
  readonly attemptToken: string;
}

/** Locks a row that is begun and ours; null where it is not. */
function* lockHeld(dialect: Dialect, held: Held): Script<OpenRow | null> {
  const [found] = yield* select(
    `SELECT ${OPEN_COLUMNS} FROM journal WHERE journalKey = ? AND attemptToken = ? AND state = 'begun'${dialect.forUpdate}`,
    [held.journalKey, held.attemptToken],
  );
  return found ? openRowOf(found) : null;
}

/** Nobody knows whether the account system has done it. The row keeps turn and slot until that is settled. */
export function* postponeScript(
  dialect: Dialect,
  held: Held,
  postponed: {
    readonly dueInMs: number;
    /** What the account system was found to have done, where that is known and waits for somebody. */
    readonly found: AccountResult | null;
    /** Whether the account system was asked again just now. */
    readonly asked: boolean;
    /** Whether this look counts for the pauses of the background and for the alarm. */
    readonly counts: boolean;
  },
): Script<boolean> {
  const row = yield* lockHeld(dialect, held);
  if (!row) return false;
  yield* run(
    `UPDATE journal SET state = ?, dueAt = ${dialect.nowMs} + ?, found = ?, settleCount = settleCount + ${postponed.counts ? "1" : "0"}, askedAt = ${postponed.asked ? dialect.nowMs : "askedAt"} WHERE journalKey = ?`,
    [
      postponed.found ? "found" : "unknown",
      postponed.dueInMs,
      postponed.found ? JSON.stringify(postponed.found) : null,
      held.journalKey,
    ],
  );
  return true;
}

/** Keeps what has become known of a call while it runs, so that whoever finishes it knows it too. */
export function* noteCommandScript(dialect: Dialect, held: Held, command: Command): Script<boolean> {
  const row = yield* lockHeld(dialect, held);
  if (!row) return false;
  yield* run("UPDATE journal SET command = ? WHERE journalKey = ?", [
    JSON.stringify(command),
    held.journalKey,
  ]);
  return true;
}

/**
 * Nothing was done: turn and slot are given back, and no row is left but for the count of its compensations, or the
 * note of the person who said so.
 */
export function* abandonScript(dialect: Dialect, held: Held, note?: string): Script<boolean> {
  const row = yield* lockHeld(dialect, held);
  if (!row) return false;
  yield* freeReserved(row.merchantEntitlementId, row.journalKey);
  yield* run("DELETE FROM turn WHERE identity = ? AND holder = ?", [row.identity, row.journalKey]);
  if (note !== undefined)
    yield* run("UPDATE journal SET note = ? WHERE journalKey = ?", [note, row.journalKey]);
  if (row.compensations === 0 && note === undefined)
    yield* run("DELETE FROM journal WHERE journalKey = ?", [row.journalKey]);
  else yield* lapse(dialect, row.journalKey, row.compensations);
  return true;
}

const lapse = (dialect: Dialect, journalKey: string, compensations: number): Script<number> =>
  run(
    `UPDATE journal SET state = 'lapsed', compensations = ?, found = NULL, dueAt = ${dialect.nowMs} + ? WHERE journalKey = ?`,
    [compensations, JOURNAL_KEPT_MS, journalKey],
  );

/**
 * Hands turn and slot of an activation that nobody came back for to the call that undoes it. The activation's row
 * stays, with one compensation more, so that a later repeat begins under another idempotency key.
 */
export function* startCompensationScript(
  dialect: Dialect,
  held: Held,
  compensation: {
    readonly journalKey: string;
    readonly rowId: string;
    readonly attemptToken: string;
    readonly leaseMs: number;
    readonly command: Command;
  },
): Script<boolean> {
  const row = yield* lockHeld(dialect, held);
  // Run again after a lost COMMIT, the row has lapsed already and the compensation is there with our token.
  if (!row) {
    const [there] = yield* select(
      "SELECT 1 AS there FROM journal WHERE journalKey = ? AND attemptToken = ?",
      [compensation.journalKey, compensation.attemptToken],
    );
    return there !== undefined;
  }
  const { command } = compensation;
  yield* run(
    `INSERT INTO journal (journalKey, owner, operation, requestId, rowId, identity, merchantEntitlementId, resellerId, fingerprint, attemptToken, state, dueAt, settleCount, compensations, command, createdAt) VALUES (?,?,?,?,?,?,?,?,?,?,'begun',${dialect.nowMs} + ?,0,0,?,${dialect.nowMs})`,
    [
      compensation.journalKey,
      command.owner,
      command.operation,
      command.requestId,
      compensation.rowId,
      row.identity,
      row.merchantEntitlementId,
      row.resellerId,
      compensation.journalKey,
      compensation.attemptToken,
      compensation.leaseMs,
      JSON.stringify(command),
    ],
  );
  yield* run("UPDATE turn SET holder = ? WHERE identity = ? AND holder = ?", [
    compensation.journalKey,
    row.identity,
    row.journalKey,
  ]);
  yield* run("UPDATE slot SET reservedBy = ? WHERE merchantEntitlementId = ? AND reservedBy = ?", [
    compensation.journalKey,
    row.merchantEntitlementId,
    row.journalKey,
  ]);
  yield* lapse(dialect, row.journalKey, row.compensations + 1);
  return true;
}

/** The compensation has taken effect: turn and slot are given back, and its row is kept as a record. */
export function* finishCompensationScript(dialect: Dialect, held: Held, note?: string): Script<boolean> {
  const row = yield* lockHeld(dialect, held);
  if (!row) return false;
  yield* freeReserved(row.merchantEntitlementId, row.journalKey);
  yield* run("DELETE FROM turn WHERE identity = ? AND holder = ?", [row.identity, row.journalKey]);
  yield* run(
    `UPDATE journal SET state = 'done', replyStatus = 200, replyBody = '{}', note = ?, dueAt = ${dialect.nowMs} + ? WHERE journalKey = ?`,
    [note ?? null, JOURNAL_KEPT_MS, row.journalKey],
  );
  return true;
}

/** Calls whose outcome is not known, for a person: state unknown or found, or begun with a lease that ran out. */
export function* listUnknownRows(dialect: Dialect, limit: number): Script<OpenRow[]> {
  const rows = yield* select(
    `SELECT ${OPEN_COLUMNS} FROM journal WHERE (state IN ('unknown', 'found') OR (state = 'begun' AND dueAt <= ${dialect.nowMs})) ORDER BY createdAt LIMIT ${String(limit)}`,
    [],
  );
  return rows.map(openRowOf);
}

/** Deletes one batch of rows that have been kept long enough; the number deleted. */
export function* pruneScript(dialect: Dialect, limit: number): Script<number> {
  let pruned = 0;
  for (const state of ["done", "lapsed"]) {
    const rows = yield* select(
      `SELECT journalKey FROM journal WHERE state = ? AND dueAt <= ${dialect.nowMs} ORDER BY dueAt LIMIT ${String(limit)}`,
      [state],
    );
    const keys = rows.map((row) => textOf(row, "journalKey")).sort();
    for (const key of keys)
      pruned += yield* run("DELETE FROM journal WHERE journalKey = ? AND state = ?", [key, state]);
  }
  return pruned;
}

/** Ends every lease now. Only for the one process that holds a SQLite file: all others are dead. */
export function* voidLeasesScript(dialect: Dialect): Script<number> {
  return yield* run(
    `UPDATE journal SET dueAt = ${dialect.nowMs}, askedAt = COALESCE(askedAt, ${dialect.nowMs}) WHERE state = 'begun' AND dueAt > ${dialect.nowMs}`,
    [],
  );
}
