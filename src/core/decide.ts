import { accessAfter, accessOf } from "./access.js";
import type { Access } from "./access.js";
import { alreadySo, applyResult, freshLink, moveOf } from "./apply-result.js";
import type { Outcome } from "./apply-result.js";
import { BLOCKS_MAX, hasBlock, isFull } from "./blocks.js";
import { isOnSale } from "./command.js";
import type { Command, ProductTerms, Terms } from "./command.js";
import { makesEntitlement } from "./completion.js";
import type { Completes } from "./completion.js";
import { HOUR_MS } from "./dates.js";
import { holdsSlot, standingOf } from "./entitlement.js";
import type { Entitlement, Instant } from "./entitlement.js";
import { changedFields } from "./fold.js";
import { cellOf } from "./moves.js";
import type { AccountOperation, Cell, Move } from "./moves.js";
import { refusal } from "./problem.js";
import type { Refusal } from "./problem.js";

export type { Access } from "./access.js";

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
  block: "suspend",
  unblock: "resume",
  relink: "link",
};
/** What is to be done about `command`, before the account system is asked. */
export function decide(before: Entitlement | null, command: Command, terms: Terms, now: Instant): Decision {
  if (command.completes) return decideCompletion(before, command, command.completes, { terms, now });
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
    case "told":
      return write(alreadySo(requireEntitlement(before, name), name));
    case "freshUrl": {
      const pending = requireEntitlement(before, name);
      if (pending.waitingFor !== "customer")
        return write({ entitlement: pending, event: null, answer: { kind: "queued" } });
      return write(freshLink(pending, command, now));
    }
    case "move":
      return decideMove(before, command, terms, cell.ask, now);
    case "written":
      return decideWritten(requireEntitlement(before, name), command, now);
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
  const settled = decideWithin(before, command);
  if (settled) return settled;
  if ((ask === "suspend" || ask === "resume") && !changesAccess(before, command, now))
    return write(applyResult(before, command, { kind: "done" }, now));
  const operation = ask === "endAtPeriod" && !terms.accountCan("endAtPeriod") ? "revoke" : ask;
  return asking(before, command, terms, operation);
}

/**
 * What was accepted is made true as if it had been done at once; what has failed leaves the state as it is, but for an
 * activation, whose command is an end by then. Access that was asked for, and is blocked meanwhile, is taken back.
 */
function decideCompletion(
  there: Entitlement | null,
  command: Command,
  { outcome, acceptance }: Completes,
  { terms, now }: { readonly terms: Terms; readonly now: Instant },
): Decision {
  const before = requireEntitlement(there, command.move);
  if (outcome === "failed" && !makesEntitlement(acceptance.operation))
    return write(alreadySo(before, command.move));
  const done = applyResult(before, command, { kind: "done" }, now);
  const takesBack =
    acceptance.access === "full" &&
    done.entitlement !== null &&
    standingOf(done.entitlement) !== "ENDED" &&
    accessOf(done.entitlement) === "none" &&
    terms.accountCan("suspend");
  return takesBack ? { kind: "ask", operation: "suspend", access: "none", slot: null } : write(done);
}

/** What needs no account system, whatever the state: a block that is there, one too many, the same account. */
function decideWithin(before: Entitlement, { move, block, accountReference }: Command): Decision | null {
  if (move === "relink")
    return accountReference === before.accountReference ? write(alreadySo(before, move)) : null;
  if (block === undefined || (move !== "block" && move !== "unblock")) return null;
  if (hasBlock(before, block.kind) === (move === "block")) return write(alreadySo(before, move));
  return move === "block" && isFull(before)
    ? refuse("conflict", `at most ${String(BLOCKS_MAX)} kinds of block hold at once`)
    : null;
}

function decideWritten(before: Entitlement, command: Command, now: Instant): Decision {
  return decideWithin(before, command) ?? write(applyResult(before, command, { kind: "done" }, now));
}

function changesAccess(before: Entitlement, command: Command, now: Instant): boolean {
  const { entitlement } = applyResult(before, command, { kind: "done" }, now);
  return entitlement !== null && accessOf(entitlement) !== accessOf(before);
}

const NOT_SOLD = "productKey is not sold by this reseller";
const NOT_ON_SALE = "productKey is not on sale now";

function decideActivation(command: Command, terms: Terms, now: Instant): Decision {
  if (terms.product === null) return refuse("productNotSold", NOT_SOLD);
  if (!isOnSale(terms.product, now)) return refuse("productNotSold", NOT_ON_SALE);
  if (terms.product.activation === "immediate") return asking(null, command, terms, "activate");
  if (!terms.canSignUp) return notOffered(command);
  if (!terms.accountCan("eligibility"))
    return write(applyResult(null, command, { kind: "signUpRequired" }, now));
  return { kind: "ask", operation: "eligibility", access: "none", slot: null };
}

function decideUpdate(before: Entitlement, command: Command, terms: Terms, now: Instant): Decision {
  const update = command.update ?? {};
  if (Object.keys(changedFields(before, update)).length === 0) return write(alreadySo(before, "update"));
  if (update.productKey !== undefined && update.productKey !== before.productKey) {
    if (terms.nextProduct === null) return refuse("productNotSold", NOT_SOLD);
    if (!isOnSale(terms.nextProduct, now)) return refuse("productNotSold", NOT_ON_SALE);
  }
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
