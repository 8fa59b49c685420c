import { settledResult } from "../core/account-matrix.js";
import type { AccountResult } from "../core/account-result.js";
import { asBegun, isBangoCall } from "../core/command.js";
import { accessAfter } from "../core/access.js";
import type { Access } from "../core/access.js";
import { decide } from "../core/decide.js";
import type { Command } from "../core/command.js";
import { standingOf } from "../core/entitlement.js";
import type { Entitlement } from "../core/entitlement.js";
import { cellOf } from "../core/moves.js";
import type { AccountOperation } from "../core/moves.js";
import { Problem } from "../core/problem.js";
import type { ClaimedRow } from "../store/open-rows.js";
import { allowForReseller, askAccounts, lookUpEffect, resellerOf } from "./ask-accounts.js";
import { compensate, settleCompensation } from "./compensate.js";
import { forReseller, termsFor } from "./dependencies.js";
import type { Dependencies } from "./dependencies.js";
import { endCall, idempotencyKeyOf } from "./finish-call.js";
import type { BegunCall } from "./finish-call.js";
import { postponeUnsure } from "./postpone-unsure.js";
import { resumeSignUp } from "./resume-sign-up.js";
import { lagLeftMs, unsure } from "./settle-schedule.js";
import type { Finding, SettleOptions } from "./settle-schedule.js";

/** True where the call has ended: its reply is stored, or nothing of it is left. */
export type SettleUnknown = (journalKey: string, options: SettleOptions) => Promise<boolean>;

/** Settles a call whose outcome nobody knows, under the idempotency key it had (2.5.6, 2.5.7). */
export function makeSettleUnknown(live: Dependencies): SettleUnknown {
  return async (journalKey, options) => {
    const deps = forReseller(live.pinned(), options.resellerId);
    const claimed = await deps.store.claimRow({
      journalKey,
      attemptToken: deps.token(),
      leaseMs: deps.limits.leaseMs,
      onlyIfDue: options.for === "background" || options.onlyIfDue === true,
    });
    if (claimed === null) return false;
    try {
      return claimed.row.command.owner === "compensation"
        ? await settleCompensation(deps, claimed, options)
        : await settleClaimed(deps, claimed, options);
    } catch (error) {
      // What could not be settled is tried again when its lease has run out; its caller hears 503.
      if (error instanceof Problem) return false;
      throw error;
    }
  };
}

async function settleClaimed(
  deps: Dependencies,
  claimed: ClaimedRow,
  options: SettleOptions,
): Promise<boolean> {
  const call = callOf(deps, claimed, options);
  if (options.for === "background") allowForReseller(deps, options.budget, resellerOf(call));
  // Before its account was known nothing has happened that the customer's repeat would not find again.
  if (call.command.move === "completeSignUp" && call.command.accountReference === undefined)
    return deps.store.abandon(call);
  const finding = await discover(deps, claimed, call, options);
  switch (finding.kind) {
    case "absent":
      return deps.store.abandon(call);
    case "unsure":
      await postponeUnsure(deps, claimed.row, finding, options);
      return false;
    case "nobodyWants":
      return waitOrUndo(deps, claimed, null, options);
    case "found":
      // What makes no sense of this call is no news of it.
      if (settledResult(call, finding.result).kind === "unknown") {
        await postponeUnsure(deps, claimed.row, unsure(claimed.row), options);
        return false;
      }
      return options.for === "background" && isActivation(claimed) && takesAccess(finding.result)
        ? waitOrUndo(deps, claimed, finding.result, options)
        : endSettled(deps, call, finding.result);
  }
}

/** An activation that nobody has come back for yet waits out its grace, and is undone then (2.5.7). */
async function waitOrUndo(
  deps: Dependencies,
  claimed: ClaimedRow,
  found: AccountResult | null,
  options: SettleOptions,
): Promise<boolean> {
  const dueInMs = claimed.row.askedAt + deps.limits.orphanGraceMs - claimed.now.database;
  if (dueInMs <= 0) return compensate(deps, claimed, options);
  await deps.store.postpone(claimed.row, {
    dueInMs,
    found,
    asked: false,
    counts: options.for === "background",
  });
  return false;
}

/** Every end but "still unknown" settles the row, also one that its caller hears as 503. */
async function endSettled(deps: Dependencies, call: BegunCall, result: AccountResult): Promise<boolean> {
  try {
    await endCall(deps, call, result);
    deps.log.info("outcome.settled", { operation: call.command.operation, result: result.kind });
    return true;
  } catch (error) {
    if (error instanceof Problem && result.kind !== "unknown") return true;
    throw error;
  }
}

const isActivation = ({ row }: ClaimedRow): boolean => row.command.move === "activate";
const takesAccess = ({ kind }: AccountResult): boolean =>
  kind === "done" || kind === "alreadySo" || kind === "accepted";

async function discover(
  deps: Dependencies,
  claimed: ClaimedRow,
  call: BegunCall,
  options: SettleOptions,
): Promise<Finding> {
  const { row } = claimed;
  const { move, signUpStep } = call.command;
  if (row.found) return { kind: "found", result: row.found };
  // Before it was tied to its account, no activation was asked for.
  if (move === "completeSignUp" && signUpStep === "identified")
    return resumeSignUp(deps, claimed, call, options.budget);
  const idempotencyKey = idempotencyKeyOf(deps, call);
  const found = await lookUpEffect(deps, { idempotencyKey, resellerId: resellerOf(call) }, options.budget);
  if (found.kind === "present") return { kind: "found", result: found.result };
  // A question has no effect: there is nothing to find.
  if (call.operation === "eligibility") return { kind: "absent" };
  if (found.kind === "absent") {
    const dueInMs = lagLeftMs(deps, claimed);
    if (dueInMs > 0) return { kind: "unsure", dueInMs, asked: false };
    return signUpStep === "linked" ? resumeSignUp(deps, claimed, call, options.budget) : { kind: "absent" };
  }
  const nobodyWants = options.for === "background" && isActivation(claimed);
  if (nobodyWants && !deps.accounts.lookup) return { kind: "nobodyWants" };
  if (deps.accounts.idempotent !== true || nobodyWants) return unsure(row);
  const result = await askAccounts(deps, { ...call, idempotencyKey, repeat: true }, options.budget);
  // That this repeat did nothing says nothing of the call that went before it.
  return result.kind === "unknown" || result.kind === "retryLater"
    ? unsure(row, true)
    : { kind: "found", result };
}

/**
 * The call as it was begun, from its journal row. What is asked follows from the decision once more, since our turn
 * kept the state; where the configuration has changed meanwhile, from the table alone.
 */
function callOf(deps: Dependencies, claimed: ClaimedRow, options: SettleOptions): BegunCall {
  const { row, before, now } = claimed;
  const { command } = row;
  const terms = asBegun(termsFor(deps, command, before));
  const decision = decide(before, command, terms, now.business);
  const ask = decision.kind === "ask" ? decision : tableAsk(before, command);
  return {
    journalKey: row.journalKey,
    attemptToken: row.attemptToken,
    rowId: row.rowId,
    compensations: row.compensations,
    command,
    before,
    operation: ask.operation,
    access: ask.access,
    now,
    trace: options.trace,
    heard: isBangoCall(command) && isHeard(claimed, options),
  };
}

/** Whoever names an activation is answered with what it made. */
const isHeard = (claimed: ClaimedRow, options: SettleOptions): boolean =>
  options.for === "repeat" || (options.for === "neighbour" && isActivation(claimed));

function tableAsk(
  before: Entitlement | null,
  command: Command,
): { readonly operation: AccountOperation; readonly access: Access } {
  if (command.completes) return { operation: "suspend", access: "none" };
  const cell = cellOf(command.move, standingOf(before));
  const operation = cell.kind === "move" ? cell.ask : "activate";
  return { operation, access: accessAfter(before, operation) };
}
