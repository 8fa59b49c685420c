import { sameJson } from "../core/fold.js";
import type { Json, JsonObject } from "../core/entitlement.js";
import type { ContractOperation } from "./contract.js";
import { readAt, removeAt } from "./pointer.js";
import { FIELDS } from "./request-schemas.js";

/** A call as it came, taken apart by HTTP. */
export interface RawRequest {
  /** What stood in the path, by the names of the route's parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: JsonObject;
  /** What the header that carries the request id says. */
  readonly requestIdentifier: string | undefined;
}

export interface Fault {
  readonly field: string;
  readonly message: string;
}

interface Found {
  readonly in: "path" | "query" | "body";
  /** The name under which it came. */
  readonly as: string;
  readonly value: Json;
}

export interface Gathered {
  /** By our names. */
  readonly known: Readonly<Record<string, Json>>;
  /** What the contract does not know, as received; null where there is none. */
  readonly unknownFields: JsonObject | null;
}

/**
 * Collects each of our fields from wherever the contract lets it stand, drops what counts as absent, and keeps the
 * rest apart. A field that comes from two places has to be equal in both.
 */
export function gatherFields(
  operation: ContractOperation,
  raw: RawRequest,
  fields: readonly string[],
  faults: Fault[],
): Gathered {
  const used: string[] = [];
  const known: Record<string, Json> = {};
  for (const name of fields) {
    const found = findEverywhere(operation, raw, name);
    used.push(...found.flatMap((one) => (one.in === "body" ? [one.as] : [])));
    const present = found.filter(
      ({ value, ...place }) => place.in === "path" || !isAbsent(operation, value, name),
    );
    const [first] = present;
    if (first === undefined) continue;
    const others = present.filter((other) => !agree(name, first.value, other.value));
    if (others.length > 0) faults.push({ field: name, message: disagreement(first, others, present) });
    known[name] = first.value;
  }
  const rest = removeAll(raw.body, used);
  return { known, unknownFields: Object.keys(rest).length === 0 ? null : rest };
}

function findEverywhere(operation: ContractOperation, raw: RawRequest, name: string): Found[] {
  const param = raw.params[name];
  return [
    ...(param === undefined ? [] : [{ in: "path", as: name, value: param } as const]),
    ...Object.entries(operation.query).flatMap(([as, field]): Found[] =>
      field === name && raw.query[as] !== undefined
        ? [{ in: "query", as, value: raw.query[as] as Json }]
        : [],
    ),
    ...(operation.request[name] ?? [name]).flatMap((as): Found[] => {
      const value = readAt(raw.body, as);
      return value === undefined ? [] : [{ in: "body", as, value }];
    }),
  ];
}

/** What is left once the places have been read: a copy, since the body is its caller's. */
function removeAll(body: JsonObject, places: readonly string[]): JsonObject {
  const names = new Set(places.filter((place) => !place.startsWith("/")));
  const left = Object.fromEntries(Object.entries(body).filter(([name]) => !names.has(name)));
  const pointers = places.filter((place) => place.startsWith("/"));
  return pointers.length === 0 ? left : pointers.reduce<JsonObject>(removeAt, structuredClone(left));
}

/** `null` and `""` count as absent, but null clears in an update, and a required field may not be empty. */
function isAbsent({ operation, required }: ContractOperation, value: Json, name: string): boolean {
  if (value === null) return operation !== "update" || name.endsWith("Id");
  return value === "" && !required.includes(name);
}

/** Ids of Bango's are compared without case. */
const agree = (name: string, left: Json, right: Json): boolean =>
  name === "entitlementId"
    ? JSON.stringify(left).toLowerCase() === JSON.stringify(right).toLowerCase()
    : sameJson(left, right);

function disagreement(first: Found, others: readonly Found[], all: readonly Found[]): string {
  const elsewhere = others.find((other) => other.in !== first.in);
  return elsewhere
    ? `differs between the ${first.in} and the ${elsewhere.in}`
    : `sent more than once with different values (${all.map(({ as }) => as).join(", ")})`;
}

/** Of an operation, without the request id where the contract takes that from elsewhere or not at all. */
export const fieldsIn = (
  { operation }: Pick<ContractOperation, "operation">,
  source: "body" | "header" | "none",
): readonly string[] => FIELDS[operation].filter((name) => name !== "requestId" || source === "body");
