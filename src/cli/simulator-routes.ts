import type { Contract, ContractOperation } from "../contract/contract.js";
import type { MerchantRoutes } from "../simulator/merchant-routes.js";

/** What the simulated Bango needs to know of the contract: where each operation is. */
export function routesOf({ operations }: Contract): MerchantRoutes {
  return operations;
}

/**
 * The keys of the contract that the simulated Bango does not follow: it speaks the default contract's words, on
 * whatever routes there are.
 */
export function unspokenBy({ operations, statusNames, idempotency }: Contract): string[] {
  return [
    ...Object.values(operations)
      .filter(({ path }) => path !== null)
      .flatMap((operation) => keysOf(operation).map((key) => `operations.${operation.operation}.${key}`)),
    ...(Object.keys(statusNames).length > 0 ? ["statusNames"] : []),
    ...(idempotency.source === "header" && idempotency.header.toLowerCase() !== "x-requestidentifier"
      ? ["idempotency.header"]
      : []),
  ].map((key) => `contract.${key}`);
}

function keysOf({ request, reply, path, body }: ContractOperation): string[] {
  const isRenamed = Object.entries(request).some(([name, places]) => !places.includes(name));
  return [
    ...(isRenamed ? ["request"] : []),
    ...(Object.keys(reply).length > 0 ? ["reply"] : []),
    // Without a body and without a place in the path there is only the query, where it puts nothing.
    ...(body === "none" && path?.includes("{") === false ? ["path"] : []),
  ];
}
