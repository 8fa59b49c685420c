import type { AccountSystem, SignUpCall } from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";
import { around } from "./around.js";
import { makePlaces } from "./places.js";
import type { Places } from "./places.js";
import { untilAborted } from "./until-aborted.js";

export interface AccountLimits {
  /** Calls of one reseller at once. */
  readonly accountCalls: (resellerId: string) => number;
  /** How long a call waits for a place at most. */
  readonly queueMs: number;
  readonly log: Logger;
}

/** So many times its limit may wait for one reseller: more could not be served in the time that they may wait. */
const QUEUE_PER_CALL = 4;
const RETRY_AFTER_MS = 1000;

/** What both kinds of calls have. */
type Limited = Pick<SignUpCall, "entitlement" | "signal" | "deadlineAt">;
type Shed = { readonly kind: "retryLater"; readonly afterMs: number };

/**
 * The same account system, asked by each reseller only so many times at once: a slow answer takes up the places of
 * one reseller, and not those of another. A call without a place is `retryLater`, and was not asked. `lookup` and
 * `health` are not limited: looking up is what ends the calls that hold everything up.
 */
export function withLimits(accounts: AccountSystem, limits: AccountLimits): AccountSystem {
  const byReseller = new Map<string, Places>();
  const placesOf = (resellerId: string): Places => {
    const known = byReseller.get(resellerId);
    if (known) return known;
    const max = (): number => limits.accountCalls(resellerId);
    const made = makePlaces(max, () => max() * QUEUE_PER_CALL);
    byReseller.set(resellerId, made);
    return made;
  };
  // Resellers under `*` are whoever calls: nothing is kept of those that are gone.
  const forgetEmpty = (resellerId: string, places: Places): void => {
    if (places.isEmpty()) byReseller.delete(resellerId);
  };
  const limited =
    <C extends Limited, R>(operation: string, inner: (call: C) => Promise<R>) =>
    async (call: C): Promise<R | Shed> => {
      const { resellerId } = call.entitlement;
      const places = placesOf(resellerId);
      const leave = await places.take(waitMs(call, limits.queueMs), call.signal);
      if (leave === null) {
        forgetEmpty(resellerId, places);
        limits.log.warn("account_call.shed", { operation, resellerId });
        return { kind: "retryLater", afterMs: RETRY_AFTER_MS };
      }
      try {
        return await untilAborted(inner(call), call.signal);
      } finally {
        leave();
        forgetEmpty(resellerId, places);
      }
    };
  return around(accounts, { step: limited, signUp: limited });
}

/** Half of what is left at most: whoever is shed must be told before its caller takes silence for an outcome. */
const waitMs = ({ deadlineAt }: Limited, queueMs: number): number =>
  Math.min(queueMs, (deadlineAt - Date.now()) / 2);
