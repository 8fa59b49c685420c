import type { Waited } from "../core/acceptance.js";
import type { Command } from "../core/command.js";
import type { Decision } from "../core/decide.js";
import type { Entitlement } from "../core/entitlement.js";
import type { Refusal } from "../core/problem.js";
import { listAcceptances } from "./acceptances.js";
import { writeChanges } from "./apply-changes.js";
import type { Written } from "./apply-changes.js";
import type { Change, Now, StoredReply } from "./change.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { listHistory } from "./entitlements.js";
import { replyOf, stateOf } from "./journal-rows.js";
import type { JournalState } from "./journal-rows.js";
import { nowColumns, nowOf } from "./now.js";
import { marks, numberOf, numberOrNull, run, select, textOf, textOrNull } from "./script.js";
import type { Row, Script } from "./script.js";
import { reserveSlot } from "./slots.js";

/** What is to be done about a call, once its entitlement is known: written at once, or the account system asked. */
export type Plan =
  Extract<Decision, { kind: "refuse" | "ask" }> | { readonly kind: "write"; readonly change: Change };

export type Replay = "always" | "untilNextMove";

export interface BeginItem {
  readonly journalKey: string;
  /** Stands for the request id where there is none. */
  readonly rowId: string;
  readonly attemptToken: string;
  readonly fingerprint: string;
  readonly leaseMs: number;
  readonly command: Command;
  /** How long a stored reply answers its request id: always, or until the entitlement has moved on (2.5.5). */
  readonly replay: Replay;
  /**
   * Called inside the transaction. Pure: a transaction that is run again calls it again. `waited`: of a command that
   * completes an accepted operation, what has happened since.
   */
  readonly plan: (before: Entitlement | null, now: Now, waited: Waited | null) => Plan;
}

/** The journal row that somebody else has open. `settleable`: nobody works on it now. */
export interface Holder {
  readonly journalKey: string;
  readonly settleable: boolean;
  readonly state: JournalState;
}

export type BeginOutcome =
  | {
      readonly kind: "ask";
      readonly before: Entitlement | null;
      readonly plan: Extract<Plan, { kind: "ask" }>;
      readonly rowId: string;
      readonly compensations: number;
      readonly now: Now;
    }
  /** `late`: it was settled when its first caller had been told that nobody knows. */
  | {
      readonly kind: "answered";
      readonly reply: StoredReply;
      readonly replayed: boolean;
      readonly late?: boolean;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** The same request id came with another content. */
  | { readonly kind: "otherCall" }
  /** The same call, or another call's turn on the entitlement, is under way. */
  | { readonly kind: "wait"; readonly for: "call" | "turn"; readonly holder: Holder };

interface Kept {
  readonly reply: StoredReply;
  /** Whether it answered the same content. */
  readonly sameCall: boolean;
  /** The entitlement's when it was given; null in rows of a release that did not note it. */
  readonly version: number | null;
  readonly linkExpired: boolean;
  /** Whether its first caller was answered 5xx. */
  readonly late: boolean;
}

interface Candidate {
  readonly item: BeginItem;
  readonly now: Now;
  /** False where a row of an earlier call is taken over: it stays as it is unless this call goes through. */
  readonly fresh: boolean;
  readonly rowId: string;
  readonly compensations: number;
  /** A stored reply that may answer the call still: that depends on how the entitlement stands now. */
  readonly kept: Kept | null;
}

/**
 * Begins calls: each gets its journal row, its entitlement's turn and its slot, or none of them. What needs no
 * account system is decided and written here. One transaction for the whole list; safe to run again (2.5.2).
 */
export function* beginScript(dialect: Dialect, items: readonly BeginItem[]): Script<BeginOutcome[]> {
  const outcomes = new Map<BeginItem, BeginOutcome>();
  const entered = yield* enterJournal(dialect, items, outcomes);
  const turned = yield* takeTurns(dialect, entered, outcomes);
  const entitlements = yield* readEntitlements(turned);
  const writes: Written[] = [];
  const turnless = entered.filter((candidate) => !turned.includes(candidate));
  const dropped: Candidate[] = [];
  for (const candidate of turned) {
    const present = entitlements.get(candidate.item.command.identity) ?? null;
    const outcome = yield* carryOut(dialect, candidate, present, writes);
    outcomes.set(candidate.item, outcome);
    if (outcome.kind !== "ask" && !writes.some((write) => write.journalKey === candidate.item.journalKey))
      dropped.push(candidate);
  }
  yield* writeChanges(dialect, writes);
  yield* leave(dropped, turnless);
  return items.map((item) => {
    const outcome = outcomes.get(item);
    if (!outcome) throw new Error("a call was neither begun nor refused");
    return outcome;
  });
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
  "createdAt",
] as const;

function* enterJournal(
  dialect: Dialect,
  items: readonly BeginItem[],
  outcomes: Map<BeginItem, BeginOutcome>,
): Script<Candidate[]> {
  const sorted = [...items].sort(byJournalKey);
  yield* dialect.insertNew(
    "journal",
    ["journalKey"],
    JOURNAL_COLUMNS,
    sorted.map(({ journalKey, rowId, fingerprint, attemptToken, command, leaseMs }) => [
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

function holderOf(journalKey: string, row: Row, now: Now): Holder {
  const state = stateOf(row);
  return { journalKey, state, settleable: state !== "begun" || numberOf(row, "dueAt") <= now.database };
}

function* takeTurns(
  dialect: Dialect,
  candidates: readonly Candidate[],
  outcomes: Map<BeginItem, BeginOutcome>,
): Script<Candidate[]> {
  if (candidates.length === 0) return [];
  const wanted = [...candidates].sort((a, b) => compare(a.item.command.identity, b.item.command.identity));
  yield* dialect.insertNew(
    "turn",
    ["identity"],
    ["identity", "holder"],
    wanted.map(({ item }) => [item.command.identity, item.journalKey]),
  );
  const identities = [...new Set(wanted.map(({ item }) => item.command.identity))];
  const rows = yield* select(
    `SELECT turn.identity AS turnIdentity, turn.holder, journal.state, journal.dueAt, ${nowColumns(dialect)} FROM turn JOIN journal ON journal.journalKey = turn.holder WHERE turn.identity IN (${marks(identities)})`,
    identities,
  );
  const byIdentity = new Map(rows.map((row) => [textOf(row, "turnIdentity"), row]));
  return candidates.filter((candidate) => {
    const row = byIdentity.get(candidate.item.command.identity);
    if (!row) throw new Error("a turn is held by a call that is not in the journal");
    const holder = textOf(row, "holder");
    if (holder === candidate.item.journalKey) return true;
    outcomes.set(candidate.item, {
      kind: "wait",
      for: "turn",
      holder: holderOf(holder, row, candidate.now),
    });
    return false;
  });
}

interface Present {
  readonly entitlement: Entitlement;
  /** What Bango knows of it, as stored. */
  readonly bangoState: string | null;
}

function* readEntitlements(candidates: readonly Candidate[]): Script<Map<string, Present>> {
  if (candidates.length === 0) return new Map();
  const identities = candidates.map(({ item }) => item.command.identity).sort();
  const rows = yield* select(
    `SELECT * FROM entitlement WHERE identity IN (${marks(identities)})`,
    identities,
  );
  return new Map(
    rows.map((row) => [
      textOf(row, "identity"),
      { entitlement: entitlementOf(row), bangoState: textOrNull(row, "bangoState") },
    ]),
  );
}

function* carryOut(
  dialect: Dialect,
  candidate: Candidate,
  present: Present | null,
  writes: Written[],
): Script<BeginOutcome> {
  const { item, now, rowId, compensations, kept } = candidate;
  const before = present?.entitlement ?? null;
  const old = kept && outcomeOfKept(kept, item.replay, before);
  if (old) return old;
  const { command, journalKey } = item;
  const merchantEntitlementId = before?.merchantEntitlementId ?? command.merchantEntitlementId;
  const plan = item.plan(before, now, command.completes ? yield* readWaited(merchantEntitlementId) : null);
  if (plan.kind === "refuse") return { kind: "refused", refusal: plan.refusal };
  if (plan.kind === "ask" && plan.slot) {
    const reserved = yield* reserveSlot(dialect, plan.slot, merchantEntitlementId, journalKey);
    if (!reserved) return { kind: "refused", refusal: plan.slot.refusal };
  }
  if (!candidate.fresh) yield* takeOver(dialect, candidate);
  if (plan.kind === "ask") return { kind: "ask", before, plan, rowId, compensations, now };
  const change = withoutOldNews(plan.change, present);
  writes.push({ journalKey, identity: command.identity, merchantEntitlementId, change });
  return { kind: "answered", reply: plan.change.reply, replayed: false };
}

/** Null where the call is to be decided anew. */
function outcomeOfKept(kept: Kept, replay: Replay, before: Entitlement | null): BeginOutcome | null {
  const hasMoved = kept.version !== null && kept.version !== (before?.version ?? 0);
  if (replay === "untilNextMove" && hasMoved) return null;
  if (!kept.sameCall) return { kind: "otherCall" };
  if (kept.linkExpired && before?.status === "PENDING") return null;
  return { kind: "answered", reply: kept.reply, replayed: true, late: kept.late };
}

function* readWaited(merchantEntitlementId: string): Script<Waited> {
  return {
    acceptances: yield* listAcceptances(merchantEntitlementId),
    events: yield* listHistory(merchantEntitlementId),
  };
}

/** What Bango knows already is not written again: most calls that change nothing tell nothing new. */
function withoutOldNews(change: Change, present: Present | null): Change {
  const isNews = change.outcome.event !== null || JSON.stringify(change.known) !== present?.bangoState;
  return isNews ? change : { ...change, known: null };
}

function* takeOver(dialect: Dialect, { item, rowId }: Candidate): Script<void> {
  yield* run(
    `UPDATE journal SET attemptToken = ?, rowId = ?, fingerprint = ?, command = ?, merchantEntitlementId = ?, state = 'begun', dueAt = ${dialect.nowMs} + ?, createdAt = ${dialect.nowMs}, askedAt = NULL, settleCount = 0, found = NULL, replyStatus = NULL, replyBody = NULL, linkNumber = NULL, linkKeyId = NULL, linkExpiresAt = NULL WHERE journalKey = ?`,
    [
      item.attemptToken,
      rowId,
      item.fingerprint,
      JSON.stringify(item.command),
      item.command.merchantEntitlementId,
      item.leaseMs,
      item.journalKey,
    ],
  );
}

/** Takes back what calls have entered that do not go through: `dropped` had their turn, `turnless` had not. */
function* leave(dropped: readonly Candidate[], turnless: readonly Candidate[]): Script<void> {
  if (dropped.length > 0) {
    const identities = dropped.map(({ item }) => item.command.identity).sort();
    const holders = dropped.map(({ item }) => item.journalKey);
    yield* run(
      `DELETE FROM turn WHERE identity IN (${marks(identities)}) AND holder IN (${marks(holders)})`,
      [...identities, ...holders],
    );
  }
  const fresh = [...dropped, ...turnless].filter((candidate) => candidate.fresh);
  const keys = fresh.map(({ item }) => item.journalKey).sort();
  if (keys.length > 0) yield* run(`DELETE FROM journal WHERE journalKey IN (${marks(keys)})`, keys);
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const byJournalKey = (left: BeginItem, right: BeginItem): number =>
  compare(left.journalKey, right.journalKey);
