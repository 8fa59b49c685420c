import type { Entitlement, JsonObject } from "../core/entitlement.js";
import type { HistoryEvent } from "../core/fold.js";
import { numberOf, numberOrNull, textOf, textOrNull } from "./script.js";
import type { Param, Row } from "./script.js";

const TEXT = [
  "merchantEntitlementId",
  "identity",
  "entitlementId",
  "activationRequestId",
  "resellerId",
  "productKey",
  "offerKey",
  "entitlementDisplayName",
  "sharedCustomerId",
  "bangoUserId",
  "customerIdentifier",
  "customerKey",
  "contentHash",
  "status",
  "waitingFor",
  "endedBy",
  "accountReference",
  "activationCode",
] as const;

const NUMBERS = [
  "endsAt",
  "dateCreated",
  "dateActivated",
  "dateSuspended",
  "dateResumed",
  "dateExpiry",
  "dateEnded",
  "dateLastUpdated",
  "version",
] as const;

const OBJECTS = [
  "merchantBangoExtensionData",
  "merchantExtensionData",
  "extensionData",
  "extraInformation",
  "unknownFields",
  "blocks",
] as const;

type Column = (typeof TEXT | typeof NUMBERS | typeof OBJECTS)[number];
export const ENTITLEMENT_COLUMNS = [...TEXT, ...NUMBERS, ...OBJECTS] as const;

const parse = (text: string | null): JsonObject | null =>
  text === null ? null : (JSON.parse(text) as JsonObject);
const print = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

/** The return type is the check that no field is without a column: Pick of too few would not be an Entitlement. */
export function entitlementOf(row: Row): Entitlement {
  const fields: unknown = Object.fromEntries([
    ...TEXT.map((name) => [name, textOrNull(row, name)] as const),
    ...NUMBERS.map((name) => [name, numberOrNull(row, name)] as const),
    ...OBJECTS.map((name) => [name, parse(textOrNull(row, name))] as const),
  ]);
  return fields as Pick<Entitlement, Column>;
}

export const entitlementParams = (entitlement: Entitlement): Param[] => [
  ...TEXT.map((name) => entitlement[name]),
  ...NUMBERS.map((name) => entitlement[name]),
  ...OBJECTS.map((name) => print(entitlement[name])),
];

export const HISTORY_COLUMNS = [
  "merchantEntitlementId",
  "version",
  "operation",
  "owner",
  "actor",
  "requestId",
  "reason",
  "at",
  "stateBefore",
  "stateAfter",
  "changes",
] as const;

export const historyParams = (event: HistoryEvent): Param[] => [
  event.merchantEntitlementId,
  event.version,
  event.operation,
  event.owner,
  event.actor,
  event.requestId,
  print(event.reason),
  event.at,
  event.before,
  event.after,
  JSON.stringify(event.changes),
];

export const historyEventOf = (row: Row): HistoryEvent => ({
  merchantEntitlementId: textOf(row, "merchantEntitlementId"),
  version: numberOf(row, "version"),
  operation: textOf(row, "operation"),
  owner: textOf(row, "owner"),
  actor: textOf(row, "actor"),
  requestId: textOrNull(row, "requestId"),
  reason: parse(textOrNull(row, "reason")) as HistoryEvent["reason"],
  at: numberOf(row, "at"),
  before: textOrNull(row, "stateBefore") as HistoryEvent["before"],
  after: textOf(row, "stateAfter") as HistoryEvent["after"],
  changes: JSON.parse(textOf(row, "changes")) as JsonObject,
});
