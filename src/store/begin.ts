import type { Waited } from "../core/acceptance.js";
import type { Entitlement } from "../core/entitlement.js";
import { listAcceptances } from "./acceptances.js";
import { writeChanges } from "./apply-changes.js";
import type { Written } from "./apply-changes.js";
import type { Change } from "./change.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { listHistory } from "./entitlements.js";
import { nowColumns } from "./now.js";
import { marks, run, select, textOf, textOrNull } from "./script.js";
import type { Script } from "./script.js";
import { reserveSlot } from "./slots.js";
import type { BeginItem, BeginOutcome } from "./begin-call.js";
import { compare, enterJournal, holderOf, outcomeOfKept, takeOver } from "./journal-entry.js";
import type { Candidate } from "./journal-entry.js";

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
