import { makeBreaker } from "./breaker.js";
import type { Breaker } from "./breaker.js";
import type { HttpAccountsOptions } from "./options.js";
import { KEEP_ALIVE_MS, openPool } from "./send.js";
import type { Send } from "./send.js";

/** A way to the API with connections and a breaker of its own: what goes wrong in one keeps nobody in another waiting. */
export interface Lane {
  readonly send: Send;
  readonly breaker: Breaker;
}

export interface Lanes {
  /** Acts in the lane of this name, which is there as long as anybody is in it, and for a while after. */
  readonly within: <T>(name: string, act: (lane: Lane) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** The effects of one reseller. */
export const laneOfEffects = (resellerId: string): string => `effects:${resellerId}`;
/** Not that of its effects: a look-up is what ends the calls that have taken up all connections there. */
export const laneOfLookups = (resellerId: string | null): string => `lookups:${resellerId ?? ""}`;
export const LANE_OF_QUESTIONS = "questions";
export const LANE_OF_TOKENS = "tokens";

interface OpenLane extends Lane {
  readonly close: () => Promise<void>;
  inside: number;
  leftAt: number;
}

export function makeLanes(
  options: Pick<HttpAccountsOptions, "connections" | "tls" | "breaker">,
  now: () => number,
): Lanes {
  // Whoever was left last stands last, but for those that somebody is in.
  const lanes = new Map<string, OpenLane>();
  // By then its connections have been closed for having nothing to do, and its breaker has rested.
  const keptMs = Math.max(KEEP_ALIVE_MS, options.breaker.restMs);
  let isClosed = false;

  const open = (name: string): OpenLane => {
    const lane = {
      ...openPool(options),
      breaker: makeBreaker(options.breaker, now),
      inside: 0,
      leftAt: now(),
    };
    // What comes after the end finds its connections closed, as all others do.
    if (isClosed) void lane.close();
    else lanes.set(name, lane);
    return lane;
  };
  // Resellers under `*` are whoever calls: nothing is kept of those that are gone.
  const closeIdle = (): void => {
    for (const [name, lane] of lanes) {
      if (lane.inside > 0) continue;
      if (now() - lane.leftAt < keptMs) return;
      lanes.delete(name);
      void lane.close();
    }
  };
  return {
    async within(name, act) {
      let lane = lanes.get(name);
      if (!lane) {
        closeIdle();
        lane = open(name);
      }
      lane.inside += 1;
      try {
        return await act(lane);
      } finally {
        lane.inside -= 1;
        lane.leftAt = now();
        if (lanes.delete(name)) lanes.set(name, lane);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
