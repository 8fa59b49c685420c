import type { MerchantChange } from "./merchant-requests.js";

export const MERCHANT_API_BASE = "/merchant/v1";

export type MerchantOperation = MerchantChange | "find" | "list";

/** The Merchant API as a table (4.3): one line an operation. Router and OpenAPI read it. */
export interface MerchantRoute {
  readonly operation: MerchantOperation;
  readonly method: "GET" | "POST";
  /** Below the base, in Express form; an id is the only parameter. */
  readonly path: string;
  /** Of the token: the lowest role that may. */
  readonly role: "view" | "operate";
  readonly success: readonly number[];
  readonly summary: string;
  readonly body: "required" | "optional" | "none";
}

const ENTITLEMENTS = "/entitlements";
const ONE = `${ENTITLEMENTS}/:merchantEntitlementId`;

const change = (
  operation: MerchantChange,
  path: string,
  success: readonly number[],
  summary: string,
  body: "required" | "optional" = "required",
): MerchantRoute => ({ operation, method: "POST", path, role: "operate", success, summary, body });

const move = (operation: MerchantChange, summary: string): MerchantRoute =>
  change(operation, `${ONE}/${operation}`, [200, 202], summary, "optional");

const query = (operation: MerchantOperation, path: string, summary: string): MerchantRoute => ({
  operation,
  method: "GET",
  path,
  role: "view",
  success: [200],
  summary,
  body: "none",
});

export const MERCHANT_OPERATIONS: readonly MerchantRoute[] = [
  query("list", ENTITLEMENTS, "Entitlements, newest first, a page at a time"),
  query("find", ONE, "One entitlement as it is now"),
  move("suspend", "Take access away for a time; Bango is told"),
  move("resume", "Give access back after a suspension; Bango is told"),
  move("cancel", "End the entitlement when its paid period ends; Bango is told"),
  move("revoke", "End the entitlement now; Bango is told"),
  move("reinstate", "Take a cancel back before its end date; Bango is told"),
  change(
    "update",
    `${ONE}/update`,
    [200, 202],
    "Change the product or data; absent fields stay, null clears",
  ),
  change("block", `${ONE}/block`, [200, 202], "Take access away whatever the state says; Bango is not told"),
  change("unblock", `${ONE}/unblock`, [200, 202], "Lift a block; Bango is not told"),
  change("notEligible", `${ONE}/not-eligible`, [200], "Tell Bango why a customer could not sign up"),
  change("relink", `${ONE}/relink`, [200, 202], "Move access to the account that should have had it"),
  change("complete", `${ONE}/complete`, [200], "Finish what the account system had accepted for later"),
  change(
    "completeSignUp",
    "/sign-ups/:signUpId/complete",
    [200, 202],
    "Finish a sign-up for an account that is known",
  ),
];
