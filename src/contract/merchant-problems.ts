import type { Json, JsonObject } from "../core/entitlement.js";
import type { ProblemCode, Refusal } from "../core/problem.js";
import { PROBLEMS, problemReply } from "./replies.js";
import type { Reply } from "./replies.js";

/** The causes of 2.3, and one that Bango never meets: a token that may look, but not change. */
export type MerchantProblemCode = ProblemCode | "forbiddenRole";

export interface MerchantRefusal extends Omit<Refusal, "code"> {
  readonly code: MerchantProblemCode;
}

export const MERCHANT_PROBLEM_CODES = [
  ...(Object.keys(PROBLEMS) as ProblemCode[]),
  "forbiddenRole",
] as const satisfies readonly MerchantProblemCode[];

type Status = (typeof PROBLEMS)[ProblemCode]["status"];

/** The phrases of HTTP, as RFC 9457 wants them beside `about:blank`. */
export const STATUS_TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const satisfies Record<Status | 429, string>;

/** A refusal as problem+json (RFC 9457): `code` says what `type` would, in the words of the error table. */
export function merchantProblemReply({ code, text, parameters }: MerchantRefusal, requestId: string): Reply {
  // Its status and its Retry-After are the Server API's: the same causes, in another form.
  const { status, retryAfterSeconds } = problemReply({
    code: code === "forbiddenRole" ? "forbiddenReseller" : code,
    text,
  });
  const titles: Readonly<Record<number, string>> = STATUS_TITLES;
  const body = {
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    detail: text,
    code,
    requestId,
    ...membersOf(parameters),
  };
  return {
    status,
    body: JSON.stringify(body),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function membersOf(parameters: JsonObject | undefined): Record<string, Json> {
  const { faults, reason } = parameters ?? {};
  return {
    ...(faults === undefined ? {} : { errors: faults }),
    ...(reason === undefined ? {} : { reason }),
  };
}
