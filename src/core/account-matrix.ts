import type { AccountResult, AccountResultKind, SettledResult } from "./account-result.js";
import type { Command } from "./command.js";
import type { Entitlement } from "./entitlement.js";
import type { AccountOperation } from "./moves.js";

/**
 * What one result of one account operation comes to (5.1).
 *
 * status  what the caller hears where nothing in `but` applies; Bango, for all that Bango can call
 */
export interface ResultCell {
  readonly comes:
    /** The move is made, and written. */
    | "takesEffect"
    /** The state is kept until it is completed; of a new one it is PENDING without URL. */
    | "waits"
    /** The customer has to act: PENDING with URL. */
    | "signUp"
    /** It will not, and nothing was done; kept as the answer, but for a customer's sign-up, who may try once more. */
    | "declined"
    /** Nothing was done, nothing is stored; the same call again is a new attempt. */
    | "nothingDone"
    /** So too, and somebody has to act: access would end, and does not. */
    | "alarm"
    /** Nobody knows: the turn is held until it is settled. */
    | "held";
  readonly status: 200 | 201 | 202 | 403 | 503;
}

type Row = Readonly<Record<AccountResultKind, ResultCell>>;

const takesEffect: ResultCell = { comes: "takesEffect", status: 200 };
const waits: ResultCell = { comes: "waits", status: 202 };
const signUp: ResultCell = { comes: "signUp", status: 202 };
const declined: ResultCell = { comes: "declined", status: 403 };
const nothingDone: ResultCell = { comes: "nothingDone", status: 503 };
const alarm: ResultCell = { comes: "alarm", status: 503 };
const held: ResultCell = { comes: "held", status: 503 };

const step: Row = {
  done: takesEffect,
  alreadySo: takesEffect,
  // It makes no sense of anything but an activation, so nobody knows what it means.
  signUpRequired: held,
  accepted: waits,
  refused: declined,
  retryLater: nothingDone,
  unknown: held,
};

const made: ResultCell = { comes: "takesEffect", status: 201 };

/** The matrix of results and operations: the runtime, docs/account-results.md and the tests read this one. */
export const ACCOUNT_RESULTS: Readonly<Record<AccountOperation, Row>> = {
  activate: { ...step, done: made, alreadySo: made, signUpRequired: signUp },
  // A question has no effect: where its answer is not known, nothing was done.
  eligibility: {
    done: signUp,
    alreadySo: signUp,
    signUpRequired: signUp,
    accepted: nothingDone,
    refused: declined,
    retryLater: nothingDone,
    unknown: nothingDone,
  },
  link: step,
  suspend: step,
  resume: step,
  change: step,
  endAtPeriod: step,
  reinstate: step,
  revoke: { ...step, refused: alarm },
};

export type Settled =
  | { readonly kind: "declined"; readonly reason: string }
  | { readonly kind: "nothingDone"; readonly alarm: boolean }
  | { readonly kind: "unknown" }
  | { readonly kind: "result"; readonly result: SettledResult };

interface Asked {
  readonly operation: AccountOperation;
  readonly command: Pick<Command, "owner">;
  readonly before: Entitlement | null;
}

/** What an answer comes to for the call that asked. */
export function settledResult({ operation, command, before }: Asked, result: AccountResult): Settled {
  const { comes } = ACCOUNT_RESULTS[operation][result.kind];
  switch (comes) {
    case "held":
      return { kind: "unknown" };
    case "nothingDone":
    case "alarm":
      return { kind: "nothingDone", alarm: comes === "alarm" };
    case "signUp":
      // Said of a customer who has just signed up, it makes no sense, but says that nothing was done.
      return before === null || operation === "eligibility"
        ? { kind: "result", result: { kind: "signUpRequired" } }
        : { kind: "nothingDone", alarm: false };
    case "declined":
      // A customer may try again with another account: their refusal is not kept for ever.
      return result.kind === "refused" && command.owner === "sign-up" && operation !== "eligibility"
        ? { kind: "declined", reason: result.reason }
        : settledAs(result);
    default:
      return settledAs(result);
  }
}

/** What nobody knows, and what did nothing, have cells that settle nothing. */
const settledAs = (result: AccountResult): Settled =>
  result.kind === "unknown" || result.kind === "retryLater"
    ? { kind: "unknown" }
    : { kind: "result", result };
