import { createHash } from "node:crypto";
import canonicalizeModule from "canonicalize";
import type { Activation } from "../core/command.js";
import type { JsonObject } from "../core/entitlement.js";

// The package is CommonJS and exports the function itself; its types describe an ES module.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** SHA-256 over the canonical JSON (RFC 8785) of the parts, as base64url: 43 characters. */
export function hashOf(...parts: readonly unknown[]): string {
  const text = canonicalize(parts);
  if (text === undefined) throw new TypeError("undefined has no canonical JSON");
  return createHash("sha256").update(text).digest("base64url");
}

/** Two calls of one key are the same where this is. `entitlement`: the resolved one; for activate its entitlementId. */
export const fingerprintOf = (operation: string, entitlement: string, content: JsonObject): string =>
  hashOf(operation, entitlement, content);

type Sold = Omit<Activation, "customerKey" | "contentHash">;

/** What a later activate of the same entitlementId must repeat (2.4). */
export const contentHashOf = (sold: Sold): string =>
  hashOf(
    sold.resellerId,
    sold.productKey,
    sold.offerKey,
    sold.sharedCustomerId,
    sold.bangoUserId,
    sold.customerIdentifier,
  );

/** Whose slots are counted: the first customer id that was sent, within the reseller (2.4). */
export function customerKeyOf(sold: Sold): string {
  if (sold.sharedCustomerId !== null)
    return hashOf(sold.resellerId, "sharedCustomerId", sold.sharedCustomerId);
  if (sold.bangoUserId !== null) return hashOf(sold.resellerId, "bangoUserId", sold.bangoUserId);
  return hashOf(sold.resellerId, "customerIdentifier", sold.customerIdentifier);
}
