import { OPERATIONS } from "../contract/operations.js";
import type { OperationName } from "../contract/operations.js";
import type { JsonObject } from "./json.js";

/** Where the merchant takes each operation; a path of null: it has no such route. */
export type MerchantRoutes = Readonly<
  Record<OperationName, { readonly method: string; readonly path: string | null }>
>;

export const DEFAULT_ROUTES: MerchantRoutes = Object.fromEntries(
  OPERATIONS.map(({ operation, method, path }) => [operation, { method, path }]),
  // The table has a line for every operation.
) as unknown as MerchantRoutes;

interface Sendable {
  readonly operation: OperationName;
  readonly body: JsonObject | null;
}

/** A merchant without cancel and revoke is told to terminate, and whether at once. */
export function sentAs<Call extends Sendable>(routes: MerchantRoutes, call: Call): Call {
  const { operation } = call;
  const isEnd = operation === "cancel" || operation === "revoke";
  return isEnd && routes[operation].path === null && routes.terminate.path !== null
    ? { ...call, operation: "terminate", body: { ...call.body, immediate: operation === "revoke" } }
    : call;
}
