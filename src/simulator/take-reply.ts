import { isBangoState, isEnded, statesExpected } from "./bango-states.js";
import type { Change } from "./bango-states.js";
import { isObject, textOf } from "./json.js";
import type { JsonObject } from "./json.js";
import type { MerchantOutcome } from "./merchant-caller.js";
import { moveTo, notify, touch } from "./records.js";
import type { EntitlementRecord } from "./records.js";

export const isImmediate = (asked: JsonObject | null): boolean =>
  asked?.immediate === true || asked?.immediate === "true";

/** What the merchant's answer to an activate makes of Bango's record; `unchanged` while it was awaited. */
export function takeCreated(
  record: EntitlementRecord,
  { reply }: MerchantOutcome,
  requestId: string,
  unchanged: boolean,
): void {
  if (reply === null || reply.status >= 500) {
    if (!isEnded(record.status)) moveTo(record, "FAILED");
    return;
  }
  if (reply.status >= 300) {
    // A repeat that is refused leaves what was there; a first one leaves nothing.
    if (record.merchantEntitlementId === null && record.status === "PENDING") record.status = null;
    return;
  }
  record.requestId = record.merchantEntitlementId === null ? requestId : record.requestId;
  record.merchantEntitlementId = textOf(reply.body, "merchantEntitlementId") ?? record.merchantEntitlementId;
  // The merchant may have confirmed the sign-up before its own 202 was read.
  if (reply.status === 202) {
    if (unchanged && !isEnded(record.status)) moveTo(record, "PENDING");
    if (record.status === "PENDING") keepLink(record, reply.body);
  } else takeState(record, "activate", false, reply.body);
}

export function takeLink(record: EntitlementRecord, { reply }: MerchantOutcome): void {
  if (reply?.status !== 200 || record.status !== "PENDING") return;
  touch(record);
  keepLink(record, reply.body);
}

function keepLink(record: EntitlementRecord, body: unknown): void {
  record.activationUrl = textOf(body, "activationUrl");
  record.urlExpiry = textOf(body, "urlExpiry");
}

/** What the merchant's answer to a change makes of Bango's record. */
export function takeChange(
  record: EntitlementRecord,
  change: Exclude<Change, "activate">,
  asked: JsonObject | null,
  { reply }: MerchantOutcome,
): void {
  const ended = isEnded(record.status) || record.status === null;
  if (reply === null || reply.status >= 500) {
    if (!ended) moveTo(record, "FAILED");
    return;
  }
  if (reply.status >= 300 || ended) return;
  // Queued: the state stays until the merchant completes it with a message of its own (1.2).
  record.queued = reply.status === 202 ? change : null;
  if (reply.status === 202) return;
  if (change === "reinstate") record.terminationDate = null;
  record.terminationDate = textOf(reply.body, "terminationDate") ?? record.terminationDate;
  takeState(record, change, isImmediate(asked), reply.body);
  if (change === "update") takeUpdate(record, asked ?? {});
}

function takeState(record: EntitlementRecord, change: Change, immediate: boolean, body: unknown): void {
  const told = isObject(body) ? body.status : undefined;
  const status = isBangoState(told) ? told : statesExpected(change, immediate, record.status)[0];
  if (status !== undefined && !isEnded(record.status)) moveTo(record, status);
}

function takeUpdate(record: EntitlementRecord, asked: JsonObject): void {
  const productKey = textOf(asked, "productKey");
  const other = productKey !== null && productKey !== record.productKey;
  if (other) record.productKey = productKey;
  if (asked.merchantExtensionData !== undefined) record.merchantExtensionData = asked.merchantExtensionData;
  notify(record, other ? "PRODUCT_UPDATE" : "METADATA_UPDATE");
}
