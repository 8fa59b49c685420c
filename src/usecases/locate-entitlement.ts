import type { Entitlement } from "../core/entitlement.js";
import { problem } from "../core/problem.js";
import type { TraceContext } from "../ports/trace.js";
import type { Holder } from "../store/begin-call.js";
import type { ResellerScope } from "../store/entitlements.js";
import type { Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import { journalKeyOf } from "./run-command.js";
import { UNKNOWN_PAUSE_MS } from "./settle-schedule.js";
import type { SettleUnknown } from "./settle-unknown.js";

export interface LocateRequest {
  /** Our id, or the request id of the activating call. */
  readonly anyId: string | null;
  readonly entitlementId: string | null;
  /** Whose request ids are meant. */
  readonly owner: string;
  readonly scope: ResellerScope;
  readonly trace: TraceContext;
  /** What is left of it is for what is done then. */
  readonly budget: Budget;
}

/** Throws Problem: `notFound`; `badRequest` where ids disagree; `unavailable` where its activation is not settled yet. */
export type LocateEntitlement = (request: LocateRequest) => Promise<Entitlement>;

/**
 * Finds the entitlement that a call names (2.1). Where there is none yet but an activation that would make it is
 * under way or of unknown outcome, naming it is wanting it: the activation is settled first (2.5.7).
 */
export function makeLocateEntitlement(deps: Dependencies, settle: SettleUnknown): LocateEntitlement {
  return async (request) => {
    const found = await findBoth(deps, request);
    if (found) return found;
    if (await openActivationEnded(deps, settle, request)) {
      const settled = await findBoth(deps, request);
      if (settled) return settled;
    }
    throw problem("notFound", "no such entitlement");
  };
}

async function findBoth(
  deps: Dependencies,
  { anyId, entitlementId, scope }: LocateRequest,
): Promise<Entitlement | null> {
  const byAnyId = anyId === null ? null : await deps.store.findByAnyId(anyId, scope);
  if (entitlementId === null || (byAnyId !== null && byAnyId.entitlementId === entitlementId)) return byAnyId;
  const byEntitlementId = await findByEntitlementId(deps, entitlementId, scope);
  if (anyId === null) return byEntitlementId;
  if (byAnyId?.merchantEntitlementId === byEntitlementId?.merchantEntitlementId) return byAnyId;
  throw problem("badRequest", "merchantEntitlementId and entitlementId do not name the same entitlement");
}

/** By the id that Bango gave it first, or by one that it gave it later. */
async function findByEntitlementId(
  { store, contract }: Dependencies,
  entitlementId: string,
  scope: ResellerScope,
): Promise<Entitlement | null> {
  const first = await store.findByIdentity(entitlementId, scope);
  if (first !== null || !contract.reusesPending) return first;
  const identity = await store.findAlias(entitlementId);
  return identity === null ? null : store.findByIdentity(identity, scope);
}

const PAUSE_MS = 20;

/** Waits for the activation that the call names, if one is open; false where there is none. */
async function openActivationEnded(
  deps: Dependencies,
  settle: SettleUnknown,
  request: LocateRequest,
): Promise<boolean> {
  const startedAt = performance.now();
  const { budget } = request;
  let unsettledSince: number | null = null;
  const { turnWaitMs, unknownWaitMs } = deps.limits;
  const stopWhenOver = (): void => {
    const now = performance.now();
    if (now - startedAt >= turnWaitMs || (unsettledSince !== null && now - unsettledSince >= unknownWaitMs))
      throw problem("unavailable", "the activation of this entitlement has not ended yet");
  };
  for (let seen = false; ; seen = true) {
    const open = await findOpenActivation(deps, request);
    if (open === null) return seen;
    stopWhenOver();
    const onlyIfDue = unsettledSince !== null;
    if (open.settleable && (open.due || !onlyIfDue)) {
      const ended = await settle(open.journalKey, {
        for: "neighbour",
        resellerId: null,
        onlyIfDue,
        budget,
        trace: request.trace,
      });
      if (!ended) unsettledSince ??= performance.now();
    }
    stopWhenOver();
    await deps.pause(unsettledSince === null ? PAUSE_MS : UNKNOWN_PAUSE_MS);
  }
}

async function findOpenActivation(deps: Dependencies, request: LocateRequest): Promise<Holder | null> {
  const keys = [
    request.anyId === null
      ? null
      : journalKeyOf(
          deps.hash,
          { owner: request.owner, operation: "activate", requestId: request.anyId },
          "",
        ),
    request.entitlementId === null ? null : await deps.store.findTurnHolder(request.entitlementId),
  ];
  for (const key of keys) {
    const view = key === null ? null : await deps.store.viewOpenRow(key);
    const resellerId = view?.command.activation?.resellerId;
    if (!view || resellerId === undefined || view.command.owner === "compensation") continue;
    if (request.scope === "*" || request.scope.includes(resellerId)) return view;
  }
  return null;
}
