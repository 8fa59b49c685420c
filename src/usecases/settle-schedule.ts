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

export const pauseMs = (settleCount: number): number =>
  PAUSES_MS[Math.min(settleCount, PAUSES_MS.length - 1)] ?? 60_000;
