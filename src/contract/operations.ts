/**
 * The Server API as a table (2.1), as the preset `merchant-interface` has it: one line an operation that Bango may
 * call. The configuration may say otherwise: contract.ts makes the effective one.
 */
export interface OperationRoute {
  readonly operation: OperationName;
  readonly method: "GET" | "POST" | "PATCH";
  /** As OpenAPI writes it: `{merchantEntitlementId}` is a parameter. */
  readonly path: string;
  /** Statuses of success that it may answer. */
  readonly success: readonly number[];
  readonly summary: string;
  readonly body: "required" | "optional" | "none";
  /** Whether it is kept in the journal and answered again from there. */
  readonly changes: boolean;
}

export const OPERATION_NAMES = [
  "activate",
  "activationInfo",
  "read",
  "update",
  "suspend",
  "resume",
  "cancel",
  "revoke",
  "terminate",
  "reinstate",
  "echo",
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

const BASE = "/bango/v1";
const ONE = `${BASE}/entitlement/{merchantEntitlementId}`;

const change = (
  operation: OperationName,
  method: "POST" | "PATCH",
  path: string,
  success: readonly number[],
  summary: string,
  body: "required" | "optional" = "optional",
): OperationRoute => ({ operation, method, path, success, summary, body, changes: true });

const query = (operation: OperationName, path: string, summary: string): OperationRoute => ({
  operation,
  method: "GET",
  path,
  success: [200],
  summary,
  body: "none",
  changes: false,
});

export const OPERATIONS: readonly OperationRoute[] = [
  change(
    "activate",
    "POST",
    `${BASE}/entitlement`,
    [200, 201, 202],
    "Create an entitlement: active at once, or waiting for the customer to sign up",
    "required",
  ),
  query("activationInfo", `${ONE}/activationInfo`, "A fresh sign-up link of a PENDING entitlement"),
  query("read", ONE, "The present record"),
  change(
    "update",
    "PATCH",
    `${BASE}/entitlement`,
    [200, 202],
    "Change the product or data of an entitlement; absent fields stay, null clears",
    "required",
  ),
  change("suspend", "POST", `${ONE}/suspend`, [200, 202], "Take access away for a time"),
  change("resume", "POST", `${ONE}/resume`, [200, 202], "Give access back after a suspension"),
  change("cancel", "POST", `${ONE}/cancel`, [200, 202], "End the entitlement when its paid period ends"),
  change("revoke", "POST", `${ONE}/revoke`, [200, 202], "End the entitlement now"),
  change(
    "terminate",
    "POST",
    `${ONE}/terminate`,
    [200, 202],
    "End the entitlement: now (immediate: true, a revoke) or with its paid period (a cancel)",
  ),
  change("reinstate", "POST", `${ONE}/reinstate`, [200, 202], "Take a cancel back before its end date"),
  query("echo", `${BASE}/echo/{echoRequestId}`, "Is anybody there"),
];
