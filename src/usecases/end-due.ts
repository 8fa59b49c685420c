import { Problem, problem } from "../core/problem.js";
import type { Command } from "../core/command.js";
import type { DueEntitlement } from "../store/entitlements.js";
import type { Dependencies } from "./dependencies.js";
import type { RunCommand } from "./run-command.js";

const BATCH_MAX = 200;
const AT_ONCE = 8;
const BACK_OFF_MS = { first: 1000, most: 60_000 };

/** One pass over what our clock has to end; the number that it ended. */
export type EndDue = () => Promise<number>;

/**
 * Ends what is due (4.4): end dates reached and, where switched on, PENDING too old and Bango's expiry passed. Found
 * by query, so it survives restarts; each goes through the journal, so two replicas end it once.
 */
export function makeEndDue(deps: Dependencies, run: RunCommand): EndDue {
  const resting = new Map<string, { readonly until: number; readonly pauseMs: number }>();
  return async () => {
    const { business } = await deps.store.now();
    const { pendingMaxAgeMs, expiryGraceMs } = deps.limits;
    const due = await deps.store.listDueEntitlements(
      {
        endsAt: business,
        pendingCreatedAt: pendingMaxAgeMs === 0 ? null : business - pendingMaxAgeMs,
        expiryAt: expiryGraceMs === 0 ? null : business - expiryGraceMs,
      },
      // Those that rest stand first in the list: they must not hide the others.
      BATCH_MAX + resting.size,
    );
    const dueIds = new Set(due.map(({ entitlement }) => entitlement.merchantEntitlementId));
    for (const id of resting.keys()) if (!dueIds.has(id)) resting.delete(id);
    const end = async (item: DueEntitlement): Promise<boolean> => {
      const id = item.entitlement.merchantEntitlementId;
      const rest = resting.get(id);
      if (rest && rest.until > performance.now()) return false;
      try {
        await run(requestFor(deps, item));
        resting.delete(id);
        return true;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const pauseMs = Math.min(BACK_OFF_MS.most, (rest?.pauseMs ?? BACK_OFF_MS.first / 2) * 2);
        resting.set(id, { until: performance.now() + pauseMs, pauseMs });
        deps.log.warn("clock.end_postponed", { merchantEntitlementId: id, cause: error.refusal.code });
        return false;
      }
    };
    let ended = 0;
    for (let start = 0; start < due.length; start += AT_ONCE) {
      const results = await Promise.all(due.slice(start, start + AT_ONCE).map(end));
      ended += results.filter(Boolean).length;
    }
    return ended;
  };
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
    fingerprint: deps.hash(move, entitlement.merchantEntitlementId),
    traceId: requestId,
    onlyVersion: entitlement.version,
  };
}

/** Moves the sandbox's clock; Problem `badRequest` where that would be backward. */
export type MoveClock = (move: { readonly to: number } | { readonly advanceMs: number }) => Promise<number>;

export function makeMoveClock(deps: Dependencies, endDue: EndDue): MoveClock {
  return async (move) => {
    const to = "to" in move ? move.to : (await deps.store.now()).business + move.advanceMs;
    const moved = await deps.store.moveClock(to);
    // Time has passed since it was read: so far, or farther, the clock has gone already.
    if (moved === null && "to" in move) throw problem("badRequest", "now: the clock moves forward only");
    await endDue();
    return moved?.business ?? to;
  };
}
