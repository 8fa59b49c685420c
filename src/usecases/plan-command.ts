import { isBangoCall } from "../core/command.js";
import { applyResult } from "../core/apply-result.js";
import { decide } from "../core/decide.js";
import { bangoStateOf, messageFor } from "../core/outbox.js";
import type { Outcome } from "../core/apply-result.js";
import type { SettledResult } from "../core/account-result.js";
import type { Activation, Command, Terms } from "../core/command.js";
import { holdsSlot } from "../core/entitlement.js";
import type { Entitlement } from "../core/entitlement.js";
import type { Plan } from "../store/begin.js";
import type { Change, Now, SlotChange } from "../store/change.js";
import { contentAlias } from "./identify-activation.js";
import { newMessage } from "./deliver-messages.js";
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
    ? {
        kind: "write",
        change: changeOf(deps, {
          before,
          outcome: decision.outcome,
          terms,
          now,
          asked: false,
          heard: isBangoCall(command),
          command,
        }),
      }
    : decision;
}

/**
 * What a command comes to once the account system has answered. `heard`: Bango gets this as the answer to its call;
 * what it does not hear so, the outbox tells it (2.5.7).
 */
export function settleCommand(
  deps: Dependencies,
  call: { readonly command: Command; readonly before: Entitlement | null; readonly heard: boolean },
  result: SettledResult,
  now: Now,
): Change {
  const { command, before, heard } = call;
  const outcome = applyResult(before, command, result, now.business);
  return changeOf(deps, {
    before,
    outcome,
    terms: termsFor(deps, command, before),
    now,
    asked: true,
    heard,
    command,
  });
}

interface Ending {
  readonly command: Command;
  readonly before: Entitlement | null;
  readonly outcome: Outcome;
  readonly terms: Terms;
  readonly now: Now;
  /** Begin may have reserved a slot before the account system was asked. */
  readonly asked: boolean;
  readonly heard: boolean;
}

function changeOf(
  deps: Dependencies,
  { command, before, outcome, terms, now, asked, heard }: Ending,
): Change {
  const { answer, entitlement, event } = outcome;
  const link = answer.kind === "signUp" && entitlement ? deps.issueLink(entitlement, now.business) : null;
  const stored = link && { number: link.number, keyId: link.keyId, expiresAt: link.expiresAt };
  // Whatever Bango has ended itself, as an answer to a message, it knows.
  const isTold =
    !heard &&
    command.owner !== "outbox" &&
    !(isBangoCall(command) && deps.contract.leavesLate(command.operation));
  const message = isTold && event && entitlement ? messageFor(event, entitlement) : null;
  return {
    outcome,
    link,
    reply: { ...deps.renderAnswer(answer, entitlement), link: stored },
    slot: slotChange(before, outcome, terms, asked),
    known: heard && entitlement && answer.kind !== "declined" ? bangoStateOf(entitlement) : null,
    aliases:
      deps.contract.reusesPending && command.activation && entitlement
        ? aliasesOf(command.activation, entitlement)
        : [],
    messages: message && entitlement ? [newMessage(deps, message, entitlement)] : [],
  };
}

/** While it waits for its customer, the same content leads to it, and so does each id that Bango has given it. */
function aliasesOf(activation: Activation, entitlement: Entitlement): string[] {
  if (entitlement.waitingFor !== "customer") return [];
  const { entitlementId } = activation;
  const isNew = entitlementId !== null && entitlementId !== entitlement.identity;
  return [contentAlias(entitlement), ...(isNew ? [entitlementId] : [])];
}

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
