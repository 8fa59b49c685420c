import type { QueueReseller } from "../store/due-queues.js";
import { allOf } from "./all-of.js";
import { forReseller } from "./dependencies.js";
import { LEASE_MS, drainQueue } from "./deliver-messages.js";
import type { DeliveryDependencies } from "./deliver-messages.js";

/** Of one line in this process: as many connections as it has. */
const QUEUES_AT_ONCE = 16;
/** The line of those for whom no Bango is configured. */
const NO_LINE = "none";

/** One Bango under one user; null: queues of a release that did not note whose they are, whatever their Bango is. */
export type Line = string | null;

/** Tells each Bango what is due, at its own pace (ADR 8). */
export interface DeliverDue {
  /** The lines that have something to be told. */
  readonly linesToTell: () => Promise<readonly Line[]>;
  /** Tries all queues of one line that are due; the number of messages delivered. After the signal it sends no more. */
  readonly tellLine: (line: Line, signal?: AbortSignal) => Promise<number>;
  /** One pass over all lines, side by side; the number of messages delivered. */
  readonly deliverDue: () => Promise<number>;
}

export function makeDeliverDue(deps: DeliveryDependencies): DeliverDue {
  const { store, targetOf } = deps;
  const lineOf = (resellerId: QueueReseller): Line =>
    resellerId === null ? null : (targetOf(resellerId)?.line ?? NO_LINE);
  const linesToTell = async (): Promise<Line[]> => [
    ...new Set((await store.listResellersToTell()).map(lineOf)),
  ];
  const tellLine: DeliverDue["tellLine"] = async (line, signal) => {
    let delivered = 0;
    for (let isMore = true; isMore;) {
      isMore = false;
      const resellers = (await store.listResellersToTell()).filter((one) => lineOf(one) === line);
      for (let start = 0; start < resellers.length; start += QUEUES_AT_ONCE) {
        if (signal?.aborted === true) return delivered;
        const some = resellers.slice(start, start + QUEUES_AT_ONCE);
        // A reseller with much to tell leaves room for those who share its line.
        const limit = Math.floor(QUEUES_AT_ONCE / some.length);
        const told = await allOf(some.map((resellerId) => tellSome(deps, { resellerId, limit }, signal)));
        delivered += told.reduce((sum, one) => sum + one.delivered, 0);
        isMore ||= told.some(({ claimed }) => claimed === limit);
      }
    }
    return delivered;
  };
  return {
    linesToTell,
    tellLine,
    deliverDue: async () => {
      const counts = await allOf((await linesToTell()).map((line) => tellLine(line)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** The oldest few queues of one reseller, side by side. */
async function tellSome(
  anybody: DeliveryDependencies,
  of: { readonly resellerId: QueueReseller; readonly limit: number },
  signal: AbortSignal | undefined,
): Promise<{ readonly claimed: number; readonly delivered: number }> {
  const deps = forReseller(anybody, of.resellerId);
  const holder = deps.token();
  const ids = await deps.store.claimQueues({ ...of, holder, leaseMs: LEASE_MS });
  const counts = await allOf(
    ids.map((merchantEntitlementId) => drainQueue(deps, { merchantEntitlementId, holder }, signal)),
  );
  return { claimed: ids.length, delivered: counts.reduce((sum, count) => sum + count, 0) };
}
