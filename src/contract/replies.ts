import type { Answer } from "../core/apply-result.js";
import { toIso } from "../core/dates.js";
import type { Entitlement, Instant, Json, JsonObject } from "../core/entitlement.js";
import type { ProblemCode, Refusal } from "../core/problem.js";

/** A reply as it goes on the wire. */
export interface Reply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly retryAfterSeconds?: number;
}

export interface Meaning {
  readonly status: number;
  readonly responseCode: string;
}

/** The ways in which a call may go well. */
export type SuccessKind = Exclude<Answer["kind"], "declined">;

/** The error table of 2.3. */
export const PROBLEMS = {
  badRequest: { status: 400, responseCode: "BAD_REQUEST" },
  methodNotAllowed: { status: 405, responseCode: "BAD_REQUEST" },
  unsupportedType: { status: 415, responseCode: "BAD_REQUEST" },
  tooLarge: { status: 413, responseCode: "BAD_REQUEST" },
  unauthorized: { status: 401, responseCode: "UNAUTHORIZED" },
  forbiddenReseller: { status: 403, responseCode: "NOT_AVAILABLE" },
  productNotSold: { status: 403, responseCode: "NOT_AVAILABLE" },
  declined: { status: 403, responseCode: "NOT_AVAILABLE" },
  switchedOff: { status: 403, responseCode: "NOT_AVAILABLE" },
  notFound: { status: 404, responseCode: "NOT_FOUND" },
  alreadyExists: { status: 409, responseCode: "ALREADY_EXISTS" },
  conflict: { status: 409, responseCode: "CONFLICT" },
  tooMany: { status: 429, responseCode: "TOO_MANY_REQUESTS" },
  internal: { status: 500, responseCode: "INTERNAL_ERROR" },
  unavailable: { status: 503, responseCode: "SERVICE_UNAVAILABLE" },
} as const satisfies Record<ProblemCode, Meaning>;

const RETRY_AFTER_SECONDS = 2;

/** How a reply says that it went well. Replies are kept in the journal so; wire.ts says it as the contract does. */
export const SUCCESSES = {
  created: { status: 201, responseCode: "OK" },
  ok: { status: 200, responseCode: "OK" },
  signUp: { status: 202, responseCode: "CLIENT_ACTION_REQUIRED" },
  queued: { status: 202, responseCode: "OK" },
} as const satisfies Record<SuccessKind, Meaning>;

const SUCCESS_TEXT: Readonly<Record<SuccessKind, string>> = {
  created: "Active",
  ok: "Success",
  signUp: "The customer has to sign up",
  queued: "Accepted; will complete later",
};

/** The one exit of refusals to the wire. */
export function problemReply(refusal: Refusal): Reply {
  const { status, responseCode } = PROBLEMS[refusal.code];
  const body = JSON.stringify({
    responseCode,
    responseMessage: refusal.text,
    ...(refusal.parameters ? { parameters: refusal.parameters } : {}),
  });
  return refusal.code === "unavailable"
    ? { status, body, retryAfterSeconds: RETRY_AFTER_SECONDS }
    : { status, body };
}

/** The reply of a command without its activation URL, which is added each time it is sent. */
export function renderAnswer(answer: Answer, entitlement: Entitlement | null): Reply {
  if (answer.kind === "declined")
    return problemReply({
      code: "declined",
      text: "the merchant's account system declines",
      parameters: { reason: answer.reason },
    });
  const { status, responseCode } = SUCCESSES[answer.kind];
  const terminationDate =
    answer.kind === "ok" && answer.terminationDate !== undefined
      ? { terminationDate: toIso(answer.terminationDate) }
      : {};
  return {
    status,
    body: JSON.stringify({
      responseCode,
      responseMessage: SUCCESS_TEXT[answer.kind],
      ...(entitlement ? recordOf(entitlement) : {}),
      ...terminationDate,
    }),
  };
}

/** Puts the activation URL into a rendered reply: always in the same place, so that equal replies stay equal bytes. */
export function withActivationUrl(body: string, url: string, expiresAt: Instant): string {
  const { responseCode, responseMessage, ...record } = JSON.parse(body) as Record<string, Json>;
  return JSON.stringify({ responseCode, responseMessage, ...urlFields(url, expiresAt), ...record });
}

const urlFields = (url: string, expiresAt: Instant): JsonObject => ({
  activationUrl: url,
  urlExpiry: toIso(expiresAt),
  parameters: { action: "NAVIGATE_TO_URL", url, urlExpiry: toIso(expiresAt) },
});

export const recordReply = (entitlement: Entitlement): Reply => renderAnswer({ kind: "ok" }, entitlement);

export const activationInfoReply = (entitlement: Entitlement, url: string, expiresAt: Instant): Reply => ({
  status: 200,
  body: withActivationUrl(recordReply(entitlement).body, url, expiresAt),
});

export const echoReply = (echo: string): Reply => ({
  status: 200,
  body: JSON.stringify({ responseCode: "OK", responseMessage: "Success", echo }),
});

const RECORD_TEXT = [
  "entitlementId",
  "merchantEntitlementId",
  "status",
  "resellerId",
  "productKey",
  "offerKey",
  "entitlementDisplayName",
  "sharedCustomerId",
  "bangoUserId",
] as const satisfies readonly (keyof Entitlement)[];

const RECORD_DATES = [
  "dateCreated",
  "dateActivated",
  "dateSuspended",
  "dateResumed",
  "dateExpiry",
  "dateEnded",
  "dateLastUpdated",
] as const satisfies readonly (keyof Entitlement)[];

export const RECORD_FIELDS: readonly string[] = [
  ...RECORD_TEXT,
  ...RECORD_DATES,
  "activationCode",
  "merchantExtensionData",
];

/** The record as Bango sees it (2.3): dates in ISO 8601, fields without a value left out. */
export function recordOf(entitlement: Entitlement): JsonObject {
  const record: [string, Json][] = [
    ...RECORD_TEXT.map((name): [string, Json] => [name, entitlement[name]]),
    ...RECORD_DATES.map((name): [string, Json] => {
      const at = entitlement[name];
      return [name, at === null ? null : toIso(at)];
    }),
    ["activationCode", entitlement.activationCode],
    ["merchantExtensionData", entitlement.merchantExtensionData],
  ];
  return Object.fromEntries(record.filter(([, value]) => value !== null));
}
