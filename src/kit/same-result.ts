import type { AccountResult } from "../core/account-result.js";

/** What a result says beyond its kind: done and alreadySo mean the same to the service. */
export function contentOf(result: AccountResult): Readonly<Record<string, unknown>> {
  const { accountReference, periodEndsAt, activationCode } = result as Record<string, unknown>;
  return { accountReference, periodEndsAt, activationCode };
}

export const json = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
