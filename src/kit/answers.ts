import { isAccountResult } from "../core/account-result.js";
import type { AccountResult } from "../core/account-result.js";
import type { AccountEntitlement, Lookup } from "../ports/account-system.js";

export const isTaken = ({ kind }: AccountResult): boolean =>
  kind === "done" || kind === "alreadySo" || kind === "accepted";

/** What a result says beyond its kind: done and alreadySo mean the same to the service. */
export function contentOf(result: AccountResult): Readonly<Record<string, unknown>> {
  const { accountReference, periodEndsAt, activationCode } = result as Record<string, unknown>;
  return { accountReference, periodEndsAt, activationCode };
}

export const accountIn = (result: AccountResult): string | undefined =>
  "accountReference" in result ? result.accountReference : undefined;

/** The account that it chose; undefined where it did not say, or the call had named it. */
export function accountChosen(entitlement: AccountEntitlement, result: AccountResult): string | undefined {
  const account = accountIn(result);
  return account === entitlement.accountReference ? undefined : account;
}

/** As the service sends it once that is in effect. */
export const asHeld = (entitlement: AccountEntitlement, result: AccountResult): AccountEntitlement =>
  result.kind === "accepted"
    ? entitlement
    : {
        ...entitlement,
        accountReference: accountIn(result) ?? entitlement.accountReference,
        dateActivated: Date.now(),
      };

/** As the service takes it: what is no answer to `lookup` tells nothing. */
export function asLookup(answer: unknown): Lookup {
  const { kind, result } = (answer ?? {}) as { readonly kind?: unknown; readonly result?: unknown };
  if (kind === "present" && isAccountResult(result)) return { kind, result };
  return kind === "absent" ? { kind } : { kind: "unsure" };
}
