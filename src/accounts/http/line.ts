import type { Logger } from "../../ports/logger.js";
import type { Authorization } from "./authorization.js";
import type { BuildRequest } from "./build-request.js";
import type { CallInput } from "./call-input.js";
import type { Lane } from "./lanes.js";
import type { HttpAccountsOptions, HttpExchange } from "./options.js";
import type { Heard, ReadReply } from "./read-reply.js";

/** What became of one operation, all its attempts together. */
export type Outcome =
  | { readonly kind: "heard"; readonly heard: Heard }
  /** Certainly without effect. `again`: another attempt may do better. */
  | {
      readonly kind: "notDone";
      readonly why: string;
      readonly again: boolean;
      readonly afterMs?: number | undefined;
    }
  /** Nobody knows. */
  | { readonly kind: "unclear"; readonly why: string };

/** What all operations of one account system share, in one of its lanes. */
export interface Line extends Lane {
  readonly options: HttpAccountsOptions;
  readonly auth: Authorization;
  readonly log: Logger;
  readonly now: () => number;
  /** From 0 to below 1: spreads the attempts of many callers. */
  readonly random: () => number;
  readonly observe: ((exchange: HttpExchange) => void) | null;
  /** Our proof was refused, by the API or by the token endpoint: said once, until we are let in again. */
  readonly noteRefusal: (refused: boolean) => void;
}

export interface Asked {
  readonly name: string;
  readonly build: BuildRequest;
  readonly read: ReadReply;
  /** Another attempt does no harm, even where one has arrived. */
  readonly safe: boolean;
  /** To another attempt it answers what it answered to the first: it has no effect, or keeps its keys. */
  readonly repeatsAnswer: boolean;
  /** Operators ask for it to see whether it is back: no rest keeps it from being asked, and it ends none. */
  readonly ignoresBreaker: boolean;
}

export interface Wish {
  readonly input: CallInput;
  readonly signal: AbortSignal;
  readonly deadlineAt: number;
  /** What a customer typed. */
  readonly secrets: readonly string[];
}

/** Certainly without effect. */
export const notDone = (why: string, again: boolean, afterMs?: number): Outcome => ({
  kind: "notDone",
  why,
  again,
  afterMs,
});
