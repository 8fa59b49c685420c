import { Problem, problem } from "../core/problem.js";
import type { Command } from "../core/command.js";
import { ownTrace } from "../ports/trace.js";
import type { DueBefore, DueEntitlement } from "../store/due-entitlements.js";
import { allOf } from "./all-of.js";
import type { Dependencies } from "./dependencies.js";
import type { RunCommand } from "./run-command.js";

const BATCH_MAX = 200;
/** Of one reseller, in this process. */
const AT_ONCE = 8;
const BACK_OFF_MS = { first: 1000, most: 60_000 };

/** Ends what our clock has to end, of each reseller a few at a time (ADR 19). */
export interface EndDue {
  /** The resellers that have any. */
  readonly resellersToEnd: () => Promise<readonly string[]>;
  /** Ends those of one reseller; the number that it ended. After the signal it begins no more. */
  readonly endOf: (resellerId: string, signal?: AbortSignal) => Promise<number>;
  /** One pass over all resellers, side by side; the number that it ended. */
  readonly endDue: () => Promise<number>;
}

/**
 * What is due (4.4): end dates reached and, where switched on, PENDING too old and Bango's expiry passed. Found by
 * query, so it survives restarts; each goes through the journal, so two replicas end it once.
 */
export function makeEndDue(deps: Dependencies, run: RunCommand): EndDue {
  const restingOf = new Map<string, Resting>();
  const resellersToEnd = async (): Promise<string[]> => {
    const resellers = await deps.store.listDueResellers(await dueBefore(deps));
    for (const resellerId of restingOf.keys())
      if (!resellers.includes(resellerId)) restingOf.delete(resellerId);
    return resellers;
  };
  const endOf: EndDue["endOf"] = async (resellerId, signal) => {
    const resting = restingOf.get(resellerId) ?? new Map<string, Rest>();
    restingOf.set(resellerId, resting);
    // Those that rest stand first in the list: they must not hide the others.
    const limit = BATCH_MAX + resting.size;
    const due = await deps.store.listDueEntitlements(await dueBefore(deps), resellerId, limit);
    const dueIds = new Set(due.map(({ entitlement }) => entitlement.merchantEntitlementId));
    for (const id of resting.keys()) if (!dueIds.has(id)) resting.delete(id);
    const awake = due.filter(
      ({ entitlement }) => (resting.get(entitlement.merchantEntitlementId)?.until ?? 0) <= performance.now(),
    );
    let ended = 0;
    for (let start = 0; start < awake.length && signal?.aborted !== true; start += AT_ONCE) {
      const batch = awake.slice(start, start + AT_ONCE);
      const results = await allOf(batch.map((item) => endOne(deps, run, item, resting)));
      ended += results.filter(Boolean).length;
    }
    return ended;
  };
  const endDue = async (): Promise<number> => {
    const ended = await allOf((await resellersToEnd()).map((resellerId) => endOf(resellerId)));
    return ended.reduce((sum, count) => sum + count, 0);
  };
  return { resellersToEnd, endOf, endDue };
}

interface Rest {
  readonly until: number;
  readonly pauseMs: number;
}

/** Ends that did not succeed, by entitlement: when they are tried again. */
type Resting = Map<string, Rest>;

async function dueBefore({ store, limits }: Dependencies): Promise<DueBefore> {
  const { business } = await store.now();
  const { pendingMaxAgeMs, expiryGraceMs } = limits;
  return {
    endsAt: business,
    pendingCreatedAt: pendingMaxAgeMs === 0 ? null : business - pendingMaxAgeMs,
    expiryAt: expiryGraceMs === 0 ? null : business - expiryGraceMs,
  };
}

async function endOne(
  deps: Dependencies,
  run: RunCommand,
  item: DueEntitlement,
  resting: Resting,
): Promise<boolean> {
  const id = item.entitlement.merchantEntitlementId;
  try {
    await run(requestFor(deps, item));
    resting.delete(id);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const pauseMs = Math.min(BACK_OFF_MS.most, (resting.get(id)?.pauseMs ?? BACK_OFF_MS.first / 2) * 2);
    resting.set(id, { until: performance.now() + pauseMs, pauseMs });
    deps.log.warn("clock.end_postponed", { merchantEntitlementId: id, cause: error.refusal.code });
    return false;
  }
}

function requestFor(deps: Dependencies, { entitlement, move }: DueEntitlement): Parameters<RunCommand>[0] {
  // The same for every pass and replica until the entitlement changes.
  const requestId = `${entitlement.merchantEntitlementId}:${String(entitlement.version)}`;
  const command: Command = {
    operation: move,
    move,
    owner: "clock",
    actor: "clock",
    requestId,
    identity: entitlement.identity,
    merchantEntitlementId: entitlement.merchantEntitlementId,
    reason:
      move === "expiryPassed" ? { category: "CUSTOMER_CANCELLED", code: "EXPIRED", description: null } : null,
    activation: null,
    update: null,
    unknownFields: null,
  };
  return {
    command,
    resellerId: entitlement.resellerId,
    fingerprint: deps.hash(move, entitlement.merchantEntitlementId),
    trace: ownTrace(requestId),
    onlyVersion: entitlement.version,
  };
}

/** Moves the sandbox's clock; Problem `badRequest` where that would be backward. */
export type MoveClock = (move: { readonly to: number } | { readonly advanceMs: number }) => Promise<number>;

export function makeMoveClock(deps: Dependencies, endDue: EndDue["endDue"]): MoveClock {
  return async (move) => {
    const to = "to" in move ? move.to : (await deps.store.now()).business + move.advanceMs;
    const moved = await deps.store.moveClock(to);
    // Time has passed since it was read: so far, or farther, the clock has gone already.
    if (moved === null && "to" in move) throw problem("badRequest", "now: the clock moves forward only");
    await endDue();
    return moved?.business ?? to;
  };
}
