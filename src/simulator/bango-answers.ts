import type { Fault } from "./faults.js";
import type { JsonObject } from "./json.js";
import type { EntitlementRecord } from "./records.js";

/** What Bango answers the merchant: the envelope, written out here (1.8). */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

export const envelope = (
  status: number,
  responseCode: string,
  responseMessage: string,
  more = {},
): Answer => ({
  status,
  body: { responseCode, responseMessage, ...more },
});

export const UNAUTHORISED: Answer = {
  ...envelope(401, "UNAUTHORIZED", "Bango does not know these credentials"),
  headers: { "WWW-Authenticate": 'Basic realm="Bango"' },
};

const CODES: Readonly<Record<number, string>> = {
  200: "OK",
  202: "OK",
  401: "UNAUTHORIZED",
  403: "NOT_AVAILABLE",
  404: "NOT_FOUND",
  409: "CONFLICT",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_ERROR",
  503: "SERVICE_UNAVAILABLE",
};

/** The answer of a fault that lets nothing take effect; null where the message goes its way. */
export function faultAnswer(fault: Fault | null): Answer | null {
  if (fault === null || fault.kind === "slow" || fault.kind === "cutAfterEffect") return null;
  if (fault.kind === "unauthorized") return UNAUTHORISED;
  const status = fault.status ?? 503;
  const code = fault.responseCode ?? CODES[status] ?? (status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR");
  const { bodyStatus, retryAfter } = fault;
  const answer = envelope(status, code, "A fault that was asked for", bodyStatus && { status: bodyStatus });
  return retryAfter === undefined ? answer : { ...answer, headers: { "Retry-After": String(retryAfter) } };
}

/** Bango's record in its answers. */
export const wire = (record: EntitlementRecord): JsonObject => ({
  entitlementId: record.entitlementId,
  merchantEntitlementId: record.merchantEntitlementId ?? record.requestId,
  status: record.status,
  resellerId: record.resellerId ?? undefined,
  productKey: record.productKey,
  ...record.dates,
});
