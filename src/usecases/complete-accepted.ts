import { chooseAcceptance, presentAcceptance } from "../core/acceptance.js";
import type { AcceptedOperation } from "../core/acceptance.js";
import type { Command } from "../core/command.js";
import { makesEntitlement } from "../core/completion.js";
import type { Acceptance } from "../core/completion.js";
import type { Entitlement } from "../core/entitlement.js";
import { Problem, problem } from "../core/problem.js";
import type { CompletionRequest, MerchantApiUseCases, MerchantCall } from "../ports/merchant-api.js";
import type { Dependencies } from "./dependencies.js";
import { findOwn, merchantReply, merchantRequest } from "./merchant-call.js";
import type { RunCommand } from "./run-command.js";

/** Ends what the account system has accepted, through the journal: whether it still counts is decided there (4.3). */
export const makeCompleteAccepted =
  (deps: Dependencies, run: RunCommand): MerchantApiUseCases["complete"] =>
  async (call, completion) => {
    const entitlement = await findOwn(deps, call.merchantEntitlementId);
    const accepted = await findAccepted(deps, entitlement, completion.requestId);
    const command = completionCommand(call, entitlement, accepted, completion);
    const { resellerId } = entitlement;
    return merchantReply(await run(merchantRequest(deps, call, { command, resellerId }, { ...completion })));
  };

const PAUSE_MS = 20;

/** A quick account system may complete before its `accepted` is stored: whoever holds the turn is waited for. */
async function findAccepted(
  { store, limits, pause }: Dependencies,
  { identity, merchantEntitlementId }: Entitlement,
  name: string,
): Promise<AcceptedOperation> {
  const startedAt = performance.now();
  for (;;) {
    // In this order: what was stored when its turn was given back is found by the look that follows.
    const isHeld = (await store.findTurnHolder(identity)) !== null;
    const accepted = chooseAcceptance(await store.listAcceptances(merchantEntitlementId), name);
    if (!("code" in accepted)) return accepted;
    if (accepted.code !== "notFound" || !isHeld) throw new Problem(accepted);
    if (performance.now() - startedAt >= limits.turnWaitMs)
      throw problem("unavailable", "another call on this entitlement has not ended yet");
    await pause(PAUSE_MS);
  }
}

function completionCommand(
  call: MerchantCall,
  { identity, merchantEntitlementId }: Entitlement,
  accepted: AcceptedOperation,
  { requestId: _requestId, ...completion }: CompletionRequest,
): Command {
  const { command } = accepted;
  const givesUp = completion.outcome === "failed" && makesEntitlement(accepted.operation);
  return {
    ...command,
    ...(givesUp
      ? { move: "revoke", reason: { category: "REVOKED", code: "ERROR", description: completion.reason } }
      : {}),
    operation: "complete",
    owner: "merchant",
    actor: call.actor,
    requestId: call.idempotencyKey,
    identity,
    merchantEntitlementId,
    completes: {
      ...completion,
      acceptance: { ...acceptanceOf(accepted), acceptanceId: accepted.acceptanceId, access: accepted.access },
    },
  };
}

const acceptanceOf = (accepted: AcceptedOperation): Acceptance => {
  const { requestId, idempotencyKey, operation, state, acceptedAt, finishedAt } = accepted;
  return { requestId, idempotencyKey, operation, state, acceptedAt, finishedAt };
};

/** What was accepted for one entitlement and what has become of it, newest first. */
export async function findAcceptances(
  { store }: Pick<Dependencies, "store">,
  merchantEntitlementId: string,
): Promise<Acceptance[]> {
  const acceptances = await store.listAcceptances(merchantEntitlementId);
  const waits = acceptances.some(({ state }) => state === "waiting");
  const events = waits ? await store.listHistory(merchantEntitlementId) : [];
  return acceptances.map((one) => acceptanceOf(presentAcceptance(one, { acceptances, events })));
}
