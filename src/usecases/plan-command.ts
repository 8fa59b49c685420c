import { isBangoCall } from "../core/command.js";
import { judgeCompletion } from "../core/acceptance.js";
import type { AcceptedOperation, Waited } from "../core/acceptance.js";
import { alreadySo, applyResult } from "../core/apply-result.js";
import type { Acceptance } from "../core/completion.js";
import { decide } from "../core/decide.js";
import { bangoStateOf, messageFor, noticeMessage } from "../core/outbox.js";
import type { Message } from "../core/outbox.js";
import type { Outcome } from "../core/apply-result.js";
import type { SettledResult } from "../core/account-result.js";
import type { Activation, Command, Terms } from "../core/command.js";
import { holdsSlot } from "../core/entitlement.js";
import type { Entitlement } from "../core/entitlement.js";
import type { NewAcceptance } from "../store/acceptances.js";
import type { Plan } from "../store/begin-call.js";
import { contentAlias } from "./identify-activation.js";
import type { Change, CompletedAcceptance, Now, SlotChange } from "../store/change.js";
import { newMessage } from "./deliver-messages.js";
import { termsFor } from "./dependencies.js";
import type { Dependencies } from "./dependencies.js";

/** What is to be done about a command, as the store carries it out inside its transaction. */
export function planCommand(
  deps: Dependencies,
  command: Command,
  before: Entitlement | null,
  now: Now,
  waited: Waited | null,
): Plan {
  const terms = termsFor(deps, command, before);
  const ending = { command, before, terms, now, asked: false, heard: isBangoCall(command) };
  if (command.completes && before && waited) {
    const judged = judgeCompletion(command.completes, waited);
    if (judged.kind === "refuse") return judged;
    if (judged.kind === "recorded") {
      const outcome = alreadySo(before, command.move);
      return { kind: "write", change: changeOf(deps, { ...ending, outcome, completed: judged.acceptance }) };
    }
  }
  const decision = decide(before, command, terms, now.business);
  return decision.kind === "write"
    ? { kind: "write", change: changeOf(deps, { ...ending, outcome: decision.outcome }) }
    : decision;
}

/**
 * What a command comes to once the account system has answered. `heard`: Bango gets this as the answer to its call;
 * what it does not hear so, the outbox tells it (2.5.7).
 */
export function settleCommand(
  deps: Dependencies,
  call: {
    readonly command: Command;
    readonly before: Entitlement | null;
    readonly heard: boolean;
    /** The call's own, by which what is accepted is known later. */
    readonly asked: Pick<NewAcceptance, "acceptanceId" | "idempotencyKey" | "access">;
  },
  result: SettledResult,
  now: Now,
): Change {
  const { command, before, heard } = call;
  const outcome = applyResult(before, command, result, now.business);
  const terms = termsFor(deps, command, before);
  const accepted = outcome.answer.kind === "queued" ? acceptanceOf(deps, call, outcome, now) : null;
  return changeOf(deps, { command, before, outcome, terms, now, asked: true, heard, accepted });
}

function acceptanceOf(
  deps: Dependencies,
  { command, asked }: Parameters<typeof settleCommand>[1],
  { entitlement }: Outcome,
  now: Now,
): NewAcceptance {
  if (entitlement === null) throw new Error(`${command.operation} was accepted for no entitlement`);
  const { merchantEntitlementId, version } = entitlement;
  const alarmInMs = deps.limits.completionAlarmMs;
  return { ...asked, merchantEntitlementId, command, version, acceptedAt: now.business, alarmInMs };
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
  readonly accepted?: NewAcceptance | null;
  /** What a completion comes to, where it changes nothing; otherwise its command says it. */
  readonly completed?: AcceptedOperation;
}

function changeOf(deps: Dependencies, ending: Ending): Change {
  const { command, outcome, now, heard, accepted = null } = ending;
  const { answer, entitlement } = outcome;
  const link = answer.kind === "signUp" && entitlement ? deps.issueLink(entitlement, now.business) : null;
  const stored = link && { number: link.number, keyId: link.keyId, expiresAt: link.expiresAt };
  const message = heard ? null : messageOf(deps, command, outcome);
  const completed = ending.completed ?? completedBy(command, outcome, now);
  const acceptances = [accepted && waiting(accepted), completed].filter((one) => one !== null);
  return {
    outcome,
    link,
    reply: {
      ...deps.renderAnswer(answer, entitlement, { owner: command.owner, acceptances }),
      link: stored,
    },
    accepted,
    completed,
    slot: slotChange(ending),
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

function messageOf(
  { contract }: Dependencies,
  command: Command,
  { event, entitlement }: Outcome,
): Message | null {
  if (command.notice) return noticeMessage(command.notice);
  // Whatever Bango has ended itself, as an answer to a message, it knows.
  if (command.owner === "outbox" || (isBangoCall(command) && contract.leavesLate(command.operation)))
    return null;
  return event && entitlement ? messageFor(event, entitlement) : null;
}

const waiting = ({ command, idempotencyKey, acceptedAt }: NewAcceptance): Acceptance => ({
  requestId: command.requestId,
  idempotencyKey,
  operation: command.move,
  state: "waiting",
  acceptedAt,
  finishedAt: null,
});

/** Null for what completes nothing, and where the account system has declined what the completion needs. */
function completedBy({ completes }: Command, { answer }: Outcome, now: Now): CompletedAcceptance | null {
  if (completes === undefined || answer.kind === "declined") return null;
  const { acceptance, ...completion } = completes;
  return { ...acceptance, completion, state: completion.outcome, finishedAt: now.business };
}

function slotChange({ command, before, outcome, terms, asked }: Ending): SlotChange {
  const { event, entitlement } = outcome;
  if (!event || !entitlement) return { kind: asked ? "unreserve" : "none" };
  const { customerKey } = entitlement;
  const held = before !== null && holdsSlot(before);
  if (!holdsSlot(entitlement)) return { kind: held || asked ? "release" : "none" };
  const scope = terms.nextProduct?.slot.scope ?? "";
  if (held && terms.product?.slot.scope === scope) return { kind: "none" };
  // What was reserved for an accepted operation was given back with its 202.
  const claim = command.completes && terms.nextProduct ? { customerKey, ...terms.nextProduct.slot } : null;
  return { kind: "keep", scope, claim };
}
