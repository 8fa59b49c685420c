import type { AccountCall } from "../../ports/account-system.js";

export const FORCED = ["decline", "slow", "unknown", "down", "accepted"] as const;
export type Forced = (typeof FORCED)[number];

const OPERATIONS = ["activate", "suspend", "resume", "update", "cancel", "reinstate", "revoke"] as const;
export type ForcedOperation = (typeof OPERATIONS)[number];

const PREFIX = new RegExp(`^(?:(${OPERATIONS.join("|")})-)?(${FORCED.join("|")})-`);

/**
 * The result that a tester asks for by the customer's id: `decline-anna` for every operation, `suspend-unknown-anna`
 * only for that one (5.2).
 */
export function forcedResult(
  entitlement: AccountCall["entitlement"],
  operation: ForcedOperation,
): Forced | null {
  for (const id of [entitlement.sharedCustomerId, entitlement.bangoUserId, entitlement.customerIdentifier]) {
    const match = id === null ? null : PREFIX.exec(id);
    if (match && (match[1] === undefined || match[1] === operation)) return match[2] as Forced;
  }
  return null;
}
