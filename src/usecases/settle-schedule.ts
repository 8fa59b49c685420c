import type { Budget } from "./ask-accounts.js";

export interface SettleOptions {
  /** An activation is applied only for a caller who names it; the background waits, and in the end undoes it. */
  readonly for: "caller" | "background";
  readonly budget: Budget;
  readonly traceId: string;
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** After so many looks a person should know; see `mia unknown`. */
export const ALARM_AFTER_LOOKS = 5;

export const pauseMs = (settleCount: number): number =>
  PAUSES_MS[Math.min(settleCount, PAUSES_MS.length - 1)] ?? 60_000;
