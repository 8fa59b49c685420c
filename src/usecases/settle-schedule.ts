import type { AccountResult } from "../core/account-result.js";
import type { TraceContext } from "../ports/trace.js";
import type { ClaimedRow } from "../store/open-rows.js";
import type { Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";

export interface SettleOptions {
  /**
   * The same call again, another call that names the entitlement, or nobody. An activation is applied only for
   * somebody; the background waits, and in the end undoes it. Only a repeat hears the call's own answer.
   */
  readonly for: "repeat" | "neighbour" | "background";
  /** Whose call it is, where that is known before the row is read. */
  readonly resellerId: string | null;
  /** True for whoever has looked once already: again when the schedule says so. The background always waits for it. */
  readonly onlyIfDue?: boolean;
  readonly budget: Budget;
  readonly trace: TraceContext;
}

/** What was found out about a call of unknown outcome. */
export type Finding =
  | { readonly kind: "found"; readonly result: AccountResult }
  | { readonly kind: "absent" }
  /** It cannot be looked up, and is not repeated for nobody. */
  | { readonly kind: "nobodyWants" }
  | { readonly kind: "unsure"; readonly dueInMs: number; readonly asked: boolean };

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** After so many looks a person should know; see `mia unknown`. */
export const ALARM_AFTER_LOOKS = 5;

/** Who waits behind an unknown outcome asks this often whether it is known: nobody looks before its date. */
export const UNKNOWN_PAUSE_MS = 250;

/** Before the background looks again. */
export const pauseMs = (settleCount: number): number =>
  PAUSES_MS[Math.min(settleCount, PAUSES_MS.length - 1)] ?? 60_000;

/** Nobody knows yet. `asked`: for the effect itself, just now, and so `lookup` may lag behind that. */
export const unsure = (
  { settleCount }: { readonly settleCount: number },
  asked = false,
): Extract<Finding, { kind: "unsure" }> => ({ kind: "unsure", dueInMs: pauseMs(settleCount), asked });

/** How long `absent` cannot be believed yet; none where it is not more than 0. */
export const lagLeftMs = ({ accounts }: Pick<Dependencies, "accounts">, { row, now }: ClaimedRow): number =>
  row.askedAt + (accounts.lagMs ?? 0) - now.database;
