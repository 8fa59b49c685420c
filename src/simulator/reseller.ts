import { randomUUID } from "node:crypto";
import type { OperationName } from "../contract/operations.js";
import { statesExpected } from "./bango-states.js";
import { textOf } from "./json.js";
import type { JsonObject } from "./json.js";
import type { MerchantCaller, MerchantOutcome } from "./merchant-caller.js";
import type { EntitlementRecord, Records } from "./records.js";
import { isImmediate, takeChange, takeCreated, takeLink } from "./take-reply.js";

export interface Product {
  readonly resellerId: string;
  readonly productKey: string;
  readonly activation: string;
}

/** What BangoTel may ask about an entitlement that exists. */
export const RESELLER_OPERATIONS = [
  "suspend",
  "resume",
  "update",
  "cancel",
  "revoke",
  "terminate",
  "reinstate",
  "activationInfo",
  "read",
] as const satisfies readonly OperationName[];
type ResellerOperation = (typeof RESELLER_OPERATIONS)[number];

/** What BangoTel hears from Bango, and with it what the merchant answered. */
export interface ResellerAnswer {
  readonly record: EntitlementRecord;
  readonly outcome: MerchantOutcome;
}

/** BangoTel, the model reseller, with Bango between it and the merchant (1.11). */
export interface Reseller {
  /** `fields` are those of `activate`; ids that are missing are made up. A known entitlementId is activated again. */
  readonly create: (fields: JsonObject & { readonly productKey: string }) => Promise<ResellerAnswer>;
  readonly ask: (
    record: EntitlementRecord,
    operation: ResellerOperation,
    fields: JsonObject,
  ) => Promise<ResellerAnswer>;
  /** The merchant's record now, for a person: leaves no trace at Bango. */
  readonly look: (record: EntitlementRecord) => Promise<MerchantOutcome>;
  readonly echo: () => Promise<MerchantOutcome>;
}

export function makeReseller(
  records: Records,
  caller: MerchantCaller,
  products: readonly Product[],
): Reseller {
  return {
    async create(asked) {
      const fields = { ...idsFor(asked, products), ...asked };
      const known = records.find(fields.entitlementId);
      const record =
        known ??
        records.add(fields, {
          entitlementId: fields.entitlementId,
          requestId: fields.requestId,
          resellerId: textOf(fields, "resellerId"),
          productKey: fields.productKey,
        });
      if (record.status === null) record.status = "PENDING";
      const { version } = record;
      const outcome = await caller.call({
        operation: "activate",
        id: "",
        entitlementId: record.entitlementId,
        requestId: fields.requestId,
        body: fields,
        expected: statesExpected("activate", false, record.status),
      });
      takeCreated(record, outcome, fields.requestId, record.version === version);
      return { record, outcome };
    },
    async ask(record, operation, fields) {
      if (!caller.canSend(operation)) return { record, outcome: notSent(operation) };
      const request = requestOf(record, operation, fields);
      const outcome = await caller.call({
        operation,
        id: merchantIdOf(record),
        entitlementId: record.entitlementId,
        ...request,
        ...(operation === "read" || operation === "activationInfo"
          ? {}
          : { expected: statesExpected(operation, isImmediate(request.body), record.status) }),
      });
      if (operation === "activationInfo") takeLink(record, outcome);
      else if (operation !== "read") takeChange(record, operation, request.body, outcome);
      return { record, outcome };
    },
    look: (record) =>
      caller.look({
        operation: "read",
        id: merchantIdOf(record),
        entitlementId: record.entitlementId,
        requestId: randomUUID(),
        body: null,
      }),
    echo() {
      const requestId = randomUUID();
      return caller.call({ operation: "echo", id: requestId, entitlementId: null, requestId, body: null });
    },
  };
}

/** Bango sends nothing where the merchant has no such route. */
const notSent = (operation: OperationName): MerchantOutcome => ({
  reply: null,
  error: `the merchant has no ${operation}`,
  deliveries: 0,
});

/** The request id of the activating call becomes the merchant's id where the merchant gave none (1.4). */
const merchantIdOf = (record: EntitlementRecord): string => record.merchantEntitlementId ?? record.requestId;

const CUSTOMER_IDS = ["sharedCustomerId", "bangoUserId", "customerIdentifier"];

export const suggestedCustomerId = (): string => `customer-${randomUUID().slice(0, 8)}`;

function idsFor(asked: JsonObject & { readonly productKey: string }, products: readonly Product[]) {
  const { productKey } = asked;
  const named = CUSTOMER_IDS.some((name) => asked[name] !== undefined);
  return {
    requestId: textOf(asked, "requestId") ?? randomUUID(),
    entitlementId: textOf(asked, "entitlementId") ?? randomUUID(),
    resellerId: products.find((one) => one.productKey === productKey)?.resellerId ?? products[0]?.resellerId,
    productKey,
    ...(named ? {} : { sharedCustomerId: suggestedCustomerId() }),
  };
}

/** The reason that Bango gives where the reseller gave none (1.6). */
const DEFAULTS: Partial<Record<ResellerOperation, JsonObject>> = {
  cancel: { reasonCategory: "CUSTOMER_CANCELLED", reasonCode: "SUBSCRIPTION_CANCELLED" },
  revoke: { reasonCategory: "REVOKED", reasonCode: "IMMEDIATE_CANCELLATION" },
  terminate: {
    immediate: false,
    reasonCategory: "CUSTOMER_CANCELLED",
    reasonCode: "SUBSCRIPTION_CANCELLED",
  },
};

function requestOf(record: EntitlementRecord, operation: ResellerOperation, fields: JsonObject) {
  const requestId = textOf(fields, "requestId") ?? randomUUID();
  if (operation === "read" || operation === "activationInfo") return { requestId, body: null };
  const ids = { entitlementId: record.entitlementId, merchantEntitlementId: merchantIdOf(record) };
  return { requestId, body: { requestId, ...ids, ...DEFAULTS[operation], ...fields } };
}
