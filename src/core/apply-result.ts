import type { SettledResult } from "./account-result.js";
import type { Completes } from "./completion.js";
import { withBlock, withoutBlock } from "./blocks.js";
import type { Block } from "./blocks.js";
import { reasonOf } from "./command.js";
import type { Command } from "./command.js";
import type { Entitlement, Instant, State } from "./entitlement.js";
import { advance, momentAfter } from "./fold.js";
import type { HistoryEvent, Patch } from "./fold.js";
import type { Move } from "./moves.js";
import { saysExpired } from "./reasons.js";

/** How a settled command reads to its caller; `contract/replies.ts` gives each its status and code. */
export type Answer =
  | { readonly kind: "created" }
  | { readonly kind: "ok"; readonly terminationDate?: Instant }
  | { readonly kind: "signUp" }
  | { readonly kind: "queued" }
  | { readonly kind: "declined"; readonly reason: string };

/** What a command comes to: everything that is written when it ends. */
export interface Outcome {
  /** The entitlement when the command has ended; null where it was declined before it existed. */
  readonly entitlement: Entitlement | null;
  /** Null where nothing changed. */
  readonly event: HistoryEvent | null;
  readonly answer: Answer;
}

const CANCELS: ReadonlySet<Move> = new Set<Move>(["cancel", "cancelExpired"]);

/** The row of the table that a command is in, for this entitlement. */
export function moveOf(before: Entitlement | null, command: Command): Move {
  if (command.move === "cancel" && saysExpired(command.reason)) return "cancelExpired";
  if (command.move === "activate" && before && before.contentHash !== command.activation?.contentHash)
    return "activateOther";
  return command.move;
}

/** What `command` comes to, once the account system has answered (or need not be asked). */
export function applyResult(
  before: Entitlement | null,
  command: Command,
  answered: SettledResult,
  now: Instant,
): Outcome {
  if (answered.kind === "refused")
    return { entitlement: before, event: null, answer: { kind: "declined", reason: answered.reason } };
  const result = command.completes ? completedResult(command.completes) : answered;
  if (before === null) return created(command, result, now);
  // A clock move stands: the period is over whether the account system is done now or soon.
  if (result.kind === "accepted" && command.owner !== "clock")
    return command.move === "completeSignUp"
      ? { ...moved(before, command, result, now), answer: { kind: "queued" } }
      : { entitlement: before, event: null, answer: { kind: "queued" } };
  return moved(before, command, result, now);
}

/** What was accepted has come about now, whatever the account system was asked beside it. */
const completedResult = ({ terminationDate }: Completes): Exclude<SettledResult, { kind: "refused" }> => ({
  kind: "done",
  periodEndsAt: terminationDate ?? undefined,
});

const headOf = (command: Command, name: Move): Parameters<typeof advance>[2] => ({
  merchantEntitlementId: command.merchantEntitlementId,
  operation: name === "cancelExpired" ? "cancel" : name,
  owner: command.owner,
  actor: command.actor,
  requestId: command.requestId,
  reason: reasonOf(command),
});

function created(
  command: Command,
  result: Exclude<SettledResult, { kind: "refused" }>,
  now: Instant,
): Outcome {
  const { activation } = command;
  if (activation === null) throw new Error(`${command.operation} has no entitlement and makes none`);
  const active = result.kind === "done" || result.kind === "alreadySo";
  const patch: Patch = {
    ...activation,
    identity: command.identity,
    activationRequestId: command.requestId,
    unknownFields: command.unknownFields,
    status: active ? "ACTIVE" : "PENDING",
    waitingFor: active ? null : result.kind === "accepted" ? "account" : "customer",
    dateCreated: now,
    ...(active
      ? {
          dateActivated: now,
          accountReference: result.accountReference ?? null,
          activationCode: result.activationCode ?? null,
        }
      : {}),
  };
  const { after, event } = advance(null, patch, headOf(command, "activate"), now);
  const answer: Answer =
    after.status === "ACTIVE"
      ? { kind: "created" }
      : { kind: after.waitingFor === "customer" ? "signUp" : "queued" };
  return { entitlement: after, event, answer };
}

function moved(before: Entitlement, command: Command, result: SettledResult, now: Instant): Outcome {
  const name = moveOf(before, command);
  const at = momentAfter(before, now);
  const { after, event } = advance(
    before,
    patchOf(before, command, name, result, at),
    headOf(command, name),
    now,
  );
  return { entitlement: after, event, answer: okAnswer(after, name) };
}

function patchOf(
  before: Entitlement,
  command: Command,
  name: Move,
  result: SettledResult,
  at: Instant,
): Patch {
  const reference =
    "accountReference" in result && result.accountReference !== undefined
      ? { accountReference: result.accountReference }
      : {};
  const ended = (status: State): Patch => ({
    ...reference,
    status,
    waitingFor: null,
    endsAt: null,
    endedBy: command.owner,
    dateEnded: at,
  });
  switch (name) {
    case "activate":
    case "completeSignUp":
      // Accepted, it waits for the account system from now on, and no longer for its customer.
      if (result.kind === "accepted")
        return { accountReference: command.accountReference ?? null, waitingFor: "account" };
      return {
        accountReference: command.accountReference ?? before.accountReference,
        ...reference,
        ...("activationCode" in result && result.activationCode !== undefined
          ? { activationCode: result.activationCode }
          : {}),
        status: "ACTIVE",
        waitingFor: null,
        dateActivated: at,
      };
    case "update":
      return { ...reference, ...command.update };
    case "suspend":
      return { ...reference, status: "SUSPENDED", dateSuspended: at };
    case "resume":
      return { ...reference, status: before.endsAt === null ? "ACTIVE" : "ACTIVE-ENDING", dateResumed: at };
    case "reinstate":
      return {
        ...reference,
        endsAt: null,
        ...(before.status === "ACTIVE-ENDING" ? { status: "ACTIVE" } : {}),
      };
    case "block":
      return { ...reference, blocks: withBlock(before, blockOf(command), at) };
    case "unblock":
      return { ...reference, blocks: withoutBlock(before, blockOf(command).kind) };
    case "relink":
      return { accountReference: command.accountReference ?? before.accountReference, ...reference };
    case "revoke":
      return ended("REVOKED");
    case "cancel": {
      const endsAt = periodEnd(before, result, at);
      return endsAt === null ? ended("CANCELLED") : { ...reference, status: "ACTIVE-ENDING", endsAt };
    }
    default:
      return ended("CANCELLED");
  }
}

function blockOf({ block, operation }: Command): Block {
  if (block === undefined) throw new Error(`${operation} names no block`);
  return block;
}

/** The earlier of the account system's period end and Bango's `dateExpiry`; null where access ends now. */
function periodEnd(before: Entitlement, result: SettledResult, at: Instant): Instant | null {
  if (before.status !== "ACTIVE" || !("periodEndsAt" in result) || result.periodEndsAt === undefined)
    return null;
  return Math.max(at, Math.min(result.periodEndsAt, before.dateExpiry ?? result.periodEndsAt));
}

/**
 * One more link to the sign-up. Where Bango has given the same customer and product another entitlementId meanwhile
 * (contract.duplicatePending), that one counts from now on.
 */
export function freshLink(pending: Entitlement, command: Command, now: Instant): Outcome {
  const entitlementId = command.activation?.entitlementId ?? null;
  const answer: Answer = { kind: "signUp" };
  if (entitlementId === null || entitlementId === pending.entitlementId)
    return { entitlement: pending, event: null, answer };
  const patch = { entitlementId, activationRequestId: command.requestId };
  const head = { ...headOf(command, "activate"), merchantEntitlementId: pending.merchantEntitlementId };
  const { after, event } = advance(pending, patch, head, now);
  return { entitlement: after, event, answer };
}

/** Success without a change. */
export function alreadySo(entitlement: Entitlement, name: Move): Outcome {
  return { entitlement, event: null, answer: okAnswer(entitlement, name) };
}

function okAnswer(entitlement: Entitlement, name: Move): Answer {
  const terminationDate = entitlement.endsAt ?? entitlement.dateEnded;
  return CANCELS.has(name) && terminationDate !== null ? { kind: "ok", terminationDate } : { kind: "ok" };
}
