import { STATES } from "../../core/entitlement.js";
import type { State } from "../../core/entitlement.js";
import { contractSchema } from "../contract-schema.js";
import { effectiveContract } from "../contract.js";
import type { Contract, ContractOperation } from "../contract.js";
import type { OperationName } from "../operations.js";
import {
  OUTBOUND,
  OUTBOUND_FIELDS,
  OUTBOUND_NAMES,
  REPLY_FIELDS,
  REQUEST_ID_HEADER,
  placeholdersOf,
} from "../outbound.js";
import type { OutboundName } from "../outbound.js";
import type { OutboundSettings } from "../outbound-settings.js";
import type { FieldPath } from "../pointer.js";
import { RECORD_FIELDS } from "../replies.js";
import type { SuccessKind } from "../replies.js";

export type SuccessRole = SuccessKind;

/** One operation that Bango may call, as far as a document could say something else of it. */
export interface PresentOperation {
  readonly name: OperationName;
  readonly enabled: boolean;
  readonly method: string;
  /** Ids in braces. */
  readonly path: string;
  readonly placeholders: readonly string[];
  readonly success: Readonly<Partial<Record<SuccessRole, number>>>;
  /** Where each field of ours is looked for in the body. */
  readonly request: Readonly<Record<string, readonly FieldPath[]>>;
  /** Which field of ours a query parameter is. */
  readonly query: Readonly<Record<string, string>>;
  /** Where each field of the answer stands. */
  readonly reply: Readonly<Record<string, FieldPath | null>>;
  readonly required: readonly string[];
  readonly changes: boolean;
}

/** One message of ours, likewise. */
export interface PresentMessage {
  readonly name: OutboundName;
  readonly enabled: boolean;
  readonly method: string;
  readonly path: string;
  readonly placeholders: readonly string[];
  readonly request: Readonly<Record<string, FieldPath | null>>;
  readonly reply: Readonly<Record<string, FieldPath>>;
}

export interface PresentContract {
  readonly operations: readonly PresentOperation[];
  readonly messages: readonly PresentMessage[];
  readonly statusNames: Readonly<Record<State, string>>;
  readonly requestId: Pick<Contract["idempotency"], "source" | "header">;
  readonly outboundStatusNames: Readonly<Record<State, string>>;
  readonly outboundRequestIdHeader: string;
}

const DEFAULT = effectiveContract(contractSchema.parse({}));

/** The facts of the contract that are compared with a document: the only place here that knows how we keep them. */
export const presentContract = (
  contract: Contract = DEFAULT,
  bango: OutboundSettings = {},
): PresentContract => ({
  operations: Object.values(contract.operations).flatMap(operationOf),
  messages: OUTBOUND_NAMES.map((name) => messageOf(name, bango)),
  statusNames: names(contract.statusNames),
  requestId: contract.idempotency,
  outboundStatusNames: names(bango.statusNames ?? {}),
  outboundRequestIdHeader: bango.requestIdHeader ?? REQUEST_ID_HEADER,
});

/** What is switched off is compared all the same: a document that has it wants it on. */
function operationOf(one: ContractOperation): PresentOperation[] {
  const { operation, method, path, request, query, required, changes, success, kinds } = one;
  return [
    {
      name: operation,
      enabled: one.enabled,
      method,
      path: path ?? "",
      placeholders: operation === "echo" ? ["echoRequestId"] : ["merchantEntitlementId", "entitlementId"],
      success: Object.fromEntries(kinds.map((kind) => [kind, success[kind].status])),
      request,
      query,
      reply: Object.fromEntries(replyOf(operation).map((name) => [name, placeIn(one, name)])),
      required,
      changes,
    },
  ];
}

const placeIn = ({ reply }: ContractOperation, name: string): FieldPath | null => {
  const place = reply[name];
  return place === undefined ? name : place;
};

function messageOf(name: OutboundName, { operations }: OutboundSettings): PresentMessage {
  const own = operations?.[name] ?? {};
  return {
    name,
    enabled: own.enabled ?? true,
    method: own.method ?? OUTBOUND[name].method,
    path: own.path ?? OUTBOUND[name].path,
    placeholders: placeholdersOf(name),
    request: Object.fromEntries(
      OUTBOUND_FIELDS[name].map((field) => [field, own.request?.[field] ?? leftAsIs(own.request, field)]),
    ),
    reply: Object.fromEntries(REPLY_FIELDS.map((field) => [field, own.reply?.[field] ?? field])),
  };
}

/** Null where the configuration leaves the field out. */
const leftAsIs = (
  request: Readonly<Record<string, FieldPath | null>> | undefined,
  field: string,
): FieldPath | null => (request?.[field] === null ? null : field);

const names = (own: Readonly<Partial<Record<State, string | undefined>>>): Record<State, string> =>
  Object.fromEntries(STATES.map((state) => [state, own[state] ?? state])) as Record<State, string>;

function replyOf(operation: OperationName): readonly string[] {
  const always = ["responseCode", "responseMessage"];
  switch (operation) {
    case "echo":
      return [...always, "echo"];
    case "activate":
    case "activationInfo":
      return [...always, "activationUrl", "urlExpiry", "parameters", ...RECORD_FIELDS];
    case "cancel":
    case "terminate":
      return [...always, ...RECORD_FIELDS, "terminationDate"];
    default:
      return [...always, ...RECORD_FIELDS];
  }
}
