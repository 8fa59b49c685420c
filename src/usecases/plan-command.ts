import { applyResult, decide } from "../core/decide.js";
import type { Outcome } from "../core/decide.js";
import type { SettledResult } from "../core/account-result.js";
import type { Command, Terms } from "../core/command.js";
import { holdsSlot } from "../core/entitlement.js";
import type { Entitlement } from "../core/entitlement.js";
import type { Plan } from "../store/begin.js";
import type { Change, Now, SlotChange } from "../store/change.js";
import { termsFor } from "./dependencies.js";
import type { Dependencies } from "./dependencies.js";

/** What is to be done about a command, as the store carries it out inside its transaction. */
export function planCommand(
  deps: Dependencies,
  command: Command,
  before: Entitlement | null,
  now: Now,
): Plan {
  const terms = termsFor(deps, command, before);
  const decision = decide(before, command, terms, now.business);
  return decision.kind === "write"
    ? { kind: "write", change: changeOf(deps, before, decision.outcome, terms, now, false) }
    : decision;
}

/** What a command comes to once the account system has answered. */
export function settleCommand(
  deps: Dependencies,
  command: Command,
  before: Entitlement | null,
  result: SettledResult,
  now: Now,
): Change {
  const outcome = applyResult(before, command, result, now.business);
  return changeOf(deps, before, outcome, termsFor(deps, command, before), now, true);
}

function changeOf(
  deps: Dependencies,
  before: Entitlement | null,
  outcome: Outcome,
  terms: Terms,
  now: Now,
  asked: boolean,
): Change {
  const { answer, entitlement } = outcome;
  const link =
    answer.kind === "signUp" && entitlement
      ? deps.issueLink(entitlement.merchantEntitlementId, now.business)
      : null;
  const stored = link && { number: link.number, keyId: link.keyId, expiresAt: link.expiresAt };
  return {
    outcome,
    link,
    reply: { ...deps.renderAnswer(answer, entitlement), link: stored },
    slot: slotChange(before, outcome, terms, asked),
  };
}

/** `asked`: begin may have reserved a slot before the account system was asked. */
function slotChange(
  before: Entitlement | null,
  { event, entitlement }: Outcome,
  terms: Terms,
  asked: boolean,
): SlotChange {
  if (!event || !entitlement) return { kind: asked ? "unreserve" : "none" };
  const held = before !== null && holdsSlot(before);
  if (!holdsSlot(entitlement)) return { kind: held || asked ? "release" : "none" };
  const scope = terms.nextProduct?.slot.scope ?? "";
  return held && terms.product?.slot.scope === scope ? { kind: "none" } : { kind: "keep", scope };
}
