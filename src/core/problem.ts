import type { JsonObject } from "./entitlement.js";

/** The causes of 2.3, in its order; `contract/replies.ts` gives each its status and code. */
export const PROBLEM_CODES = [
  "badRequest",
  "methodNotAllowed",
  "unsupportedType",
  "tooLarge",
  "unauthorized",
  "forbiddenReseller",
  "productNotSold",
  "declined",
  "switchedOff",
  "notFound",
  "alreadyExists",
  "conflict",
  "tooMany",
  "internal",
  "unavailable",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** A refusal as a value. `text` is read by the caller: it holds nothing secret and no id that was not sent. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly text: string;
  readonly parameters?: JsonObject;
}

export const refusal = (code: ProblemCode, text: string, parameters?: JsonObject): Refusal =>
  parameters === undefined ? { code, text } : { code, text, parameters };

/** A refusal thrown: the one kind of error whose text leaves the process. */
export class Problem extends Error {
  constructor(
    readonly refusal: Refusal,
    options?: ErrorOptions,
  ) {
    super(refusal.text, options);
    this.name = "Problem";
  }
}

export const problem = (code: ProblemCode, text: string, parameters?: JsonObject): Problem =>
  new Problem(refusal(code, text, parameters));
