import type { SettledResult } from "./account-result.js";
import type { Command, ProductTerms, Terms } from "./command.js";
import { HOUR_MS } from "./dates.js";
import { holdsSlot, standingOf } from "./entitlement.js";
import type { Entitlement, Instant, State } from "./entitlement.js";
import { advance, changedFields, momentAfter } from "./fold.js";
import type { HistoryEvent, Patch } from "./fold.js";
import { cellOf } from "./moves.js";
import type { AccountOperation, Cell, Move } from "./moves.js";
import { refusal } from "./problem.js";
import type { Refusal } from "./problem.js";
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

export type Access = "full" | "none";

/** A place among the customer's live entitlements that has to be free before the account system is asked. */
export interface SlotClaim {
  readonly customerKey: string;
  readonly scope: string;
  readonly max: number;
  readonly refusal: Refusal;
}

export type Decision =
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "write"; readonly outcome: Outcome }
  | {
      readonly kind: "ask";
      readonly operation: AccountOperation;
      /** The access that the account system is asked to give in the end, not only the step. */
      readonly access: Access;
      readonly slot: SlotClaim | null;
    };

/** Ending what our own clock ended is already so for this long: Bango's end of the period comes about then. */
const CLOCK_END_ALREADY_SO_MS = 48 * HOUR_MS;

const ENDS: ReadonlySet<Move> = new Set<Move>(["cancel", "cancelExpired", "revoke"]);
/** Where the account system cannot do it at all, the operation is refused in every state alike (5.1). */
const NEEDS: Partial<Record<Move, AccountOperation>> = {
  update: "change",
  suspend: "suspend",
  resume: "resume",
  reinstate: "reinstate",
};
const CANCELS: ReadonlySet<Move> = new Set<Move>(["cancel", "cancelExpired"]);

function moveOf(before: Entitlement | null, command: Command): Move {
  if (command.move === "cancel" && saysExpired(command.reason)) return "cancelExpired";
  if (command.move === "activate" && before && before.contentHash !== command.activation?.contentHash)
    return "activateOther";
  return command.move;
}

/** What is to be done about `command`, before the account system is asked. */
export function decide(before: Entitlement | null, command: Command, terms: Terms, now: Instant): Decision {
  if (terms.switchedOff)
    return refuse("switchedOff", `${command.operation} is switched off for this reseller`);
  const name = moveOf(before, command);
  const needed = NEEDS[name];
  if (needed && !terms.accountCan(needed)) return notOffered(command);
  const cell = cellOf(name, standingOf(before));
  if (before && ENDS.has(name) && endedByOurClockLately(before, now)) return write(alreadySo(before, name));
  switch (cell.kind) {
    case "never":
    case "refuse":
      return refuseCell(cell, name, before);
    case "alreadySo":
      return write(alreadySo(requireEntitlement(before, name), name));
    case "freshUrl": {
      const pending = requireEntitlement(before, name);
      const answer: Answer = pending.waitingFor === "customer" ? { kind: "signUp" } : { kind: "queued" };
      return write({ entitlement: pending, event: null, answer });
    }
    case "move":
      return decideMove(before, command, terms, cell.ask, now);
  }
}

function decideMove(
  before: Entitlement | null,
  command: Command,
  terms: Terms,
  ask: AccountOperation,
  now: Instant,
): Decision {
  if (command.move === "update")
    return decideUpdate(requireEntitlement(before, "update"), command, terms, now);
  if (before === null) return decideActivation(command, terms, now);
  if (command.move === "completeSignUp" && before.waitingFor !== "customer")
    return refuse("conflict", "no sign-up is awaited");
  if (ask === "revoke" && before.status === "PENDING" && before.waitingFor === "customer")
    return write(applyResult(before, command, { kind: "done" }, now));
  const operation = ask === "endAtPeriod" && !terms.accountCan("endAtPeriod") ? "revoke" : ask;
  return asking(before, command, terms, operation);
}

function decideActivation(command: Command, terms: Terms, now: Instant): Decision {
  if (terms.product === null) return refuse("productNotSold", "productKey is not sold by this reseller");
  if (terms.product.activation === "immediate") return asking(null, command, terms, "activate");
  if (!terms.accountCan("eligibility"))
    return write(applyResult(null, command, { kind: "signUpRequired" }, now));
  return { kind: "ask", operation: "eligibility", access: "none", slot: null };
}

function decideUpdate(before: Entitlement, command: Command, terms: Terms, now: Instant): Decision {
  const update = command.update ?? {};
  if (Object.keys(changedFields(before, update)).length === 0) return write(alreadySo(before, "update"));
  if (
    update.productKey !== undefined &&
    update.productKey !== before.productKey &&
    terms.nextProduct === null
  )
    return refuse("productNotSold", "productKey is not sold by this reseller");
  if (before.waitingFor === "customer") return write(applyResult(before, command, { kind: "done" }, now));
  return asking(before, command, terms, "change");
}

function asking(
  before: Entitlement | null,
  command: Command,
  terms: Terms,
  operation: AccountOperation,
): Decision {
  if (!terms.accountCan(operation)) return notOffered(command);
  return {
    kind: "ask",
    operation,
    access: accessAfter(before, operation),
    slot: slotFor(before, command, terms),
  };
}

function accessAfter(before: Entitlement | null, operation: AccountOperation): Access {
  switch (operation) {
    case "activate":
    case "resume":
    case "endAtPeriod":
      return "full";
    case "change":
    case "reinstate":
      return before?.status === "ACTIVE" || before?.status === "ACTIVE-ENDING" ? "full" : "none";
    case "eligibility":
    case "link":
    case "suspend":
    case "revoke":
      return "none";
  }
}

/** A slot is claimed by the moves that may need one that is not held yet (2.4). */
function slotFor(before: Entitlement | null, command: Command, terms: Terms): SlotClaim | null {
  const claim = (product: ProductTerms | null, key: string | undefined, no: Refusal): SlotClaim | null =>
    product && key !== undefined ? { customerKey: key, ...product.slot, refusal: no } : null;
  const full = "the customer already has as many live entitlements as allowed";
  switch (command.move) {
    case "activate":
      return claim(terms.product, command.activation?.customerKey, refusal("alreadyExists", full));
    case "completeSignUp":
      return claim(terms.product, before?.customerKey, refusal("alreadyExists", full));
    case "reinstate":
      return claim(terms.product, before?.customerKey, refusal("conflict", full));
    case "update":
      return before && holdsSlot(before) && terms.nextProduct?.slot.scope !== terms.product?.slot.scope
        ? claim(terms.nextProduct, before.customerKey, refusal("conflict", full))
        : null;
    default:
      return null;
  }
}

/** What `command` comes to, once the account system has answered (or need not be asked). */
export function applyResult(
  before: Entitlement | null,
  command: Command,
  result: SettledResult,
  now: Instant,
): Outcome {
  if (result.kind === "refused")
    return { entitlement: before, event: null, answer: { kind: "declined", reason: result.reason } };
  if (before === null) return created(command, result, now);
  // A clock move stands: the period is over whether the account system is done now or soon.
  if (result.kind === "accepted" && command.owner !== "clock")
    return { entitlement: before, event: null, answer: { kind: "queued" } };
  return moved(before, command, result, now);
}

const headOf = (command: Command, name: Move): Parameters<typeof advance>[2] => ({
  merchantEntitlementId: command.merchantEntitlementId,
  operation: name === "cancelExpired" ? "cancel" : name,
  owner: command.owner,
  actor: command.actor,
  requestId: command.requestId,
  reason: command.reason,
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
    case "completeSignUp":
      return {
        accountReference: command.accountReference ?? null,
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

/** The earlier of the account system's period end and Bango's `dateExpiry`; null where access ends now. */
function periodEnd(before: Entitlement, result: SettledResult, at: Instant): Instant | null {
  if (before.status !== "ACTIVE" || !("periodEndsAt" in result) || result.periodEndsAt === undefined)
    return null;
  return Math.max(at, Math.min(result.periodEndsAt, before.dateExpiry ?? result.periodEndsAt));
}

function alreadySo(entitlement: Entitlement, name: Move): Outcome {
  return { entitlement, event: null, answer: okAnswer(entitlement, name) };
}

function okAnswer(entitlement: Entitlement, name: Move): Answer {
  const terminationDate = entitlement.endsAt ?? entitlement.dateEnded;
  return CANCELS.has(name) && terminationDate !== null ? { kind: "ok", terminationDate } : { kind: "ok" };
}

const endedByOurClockLately = (entitlement: Entitlement, now: Instant): boolean =>
  entitlement.endedBy === "clock" &&
  entitlement.dateEnded !== null &&
  now - entitlement.dateEnded <= CLOCK_END_ALREADY_SO_MS;

function refuseCell(
  cell: Extract<Cell, { kind: "never" | "refuse" }>,
  name: Move,
  before: Entitlement | null,
): Decision {
  const code = cell.kind === "refuse" ? cell.code : before === null ? "notFound" : "conflict";
  switch (code) {
    case "notFound":
      return refuse(code, "no such entitlement");
    case "alreadyExists":
      return refuse(
        code,
        name === "activateOther"
          ? "this entitlementId is known with other content"
          : "this entitlementId belongs to an entitlement that has ended",
      );
    default:
      return refuse(code, `not possible while the entitlement is ${before?.status ?? "unknown"}`);
  }
}

const refuse = (code: Refusal["code"], text: string): Decision => ({
  kind: "refuse",
  refusal: refusal(code, text),
});
const notOffered = ({ operation }: Command): Decision =>
  refuse("switchedOff", `${operation} is not offered by this merchant`);
const write = (outcome: Outcome): Decision => ({ kind: "write", outcome });

function requireEntitlement(entitlement: Entitlement | null, name: Move): Entitlement {
  if (entitlement === null) throw new Error(`the table of moves lets ${name} happen to nothing`);
  return entitlement;
}
