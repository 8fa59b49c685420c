import type { Budget } from "./ask-accounts.js";

export interface SettleOptions {
  /**
   * The same call again, another call that names the entitlement, or nobody. An activation is applied only for
   * somebody; the background waits, and in the end undoes it. Only a repeat hears the call's own answer.
   */
  readonly for: "repeat" | "neighbour" | "background";
  readonly budget: Budget;
  readonly traceId: string;
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** After so many looks a person should know; see `mia unknown`. */
export const ALARM_AFTER_LOOKS = 5;

const WAITER_PAUSES_MS = [100, 250, 500];

/**
 * When a call that waits behind a row of unknown outcome looks itself: at once, then after pauses that it has waited
 * through. An account system that is in trouble must not be asked at every turn of the wait.
 */
export interface WaiterLooks {
  readonly isDue: (journalKey: string) => boolean;
  readonly waited: (ms: number) => void;
}

export function makeWaiterLooks(): WaiterLooks {
  let behind: string | null = null;
  let looks = 0;
  let waitedMs = 0;
  return {
    isDue(journalKey) {
      if (behind !== journalKey) [behind, looks] = [journalKey, 0];
      else if (waitedMs < (WAITER_PAUSES_MS[Math.min(looks, WAITER_PAUSES_MS.length) - 1] ?? 0)) return false;
      looks += 1;
      waitedMs = 0;
      return true;
    },
    waited(ms) {
      waitedMs += ms;
    },
  };
}

/** Before the background looks again. */
export const pauseMs = (settleCount: number): number =>
  PAUSES_MS[Math.min(settleCount, PAUSES_MS.length - 1)] ?? 60_000;
