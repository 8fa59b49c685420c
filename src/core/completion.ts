import type { Access } from "./access.js";
import type { Instant } from "./entitlement.js";

/** What the account system has accepted and not completed, or how it ended. */
export interface Acceptance {
  readonly requestId: string | null;
  readonly idempotencyKey: string;
  /** The move: a terminate reads cancel or revoke. */
  readonly operation: string;
  readonly state: "waiting" | "done" | "failed" | "superseded";
  readonly acceptedAt: Instant;
  readonly finishedAt: Instant | null;
}

/** What the merchant says of it in the end. */
export interface Completion {
  readonly outcome: "done" | "failed";
  /** When access ends, for a cancel that is done; without it access has ended now. */
  readonly terminationDate: Instant | null;
  readonly reason: string | null;
}

/** What a command finishes: enough of the acceptance to answer it, and what was said. */
export interface Completes extends Completion {
  readonly acceptance: Acceptance & {
    readonly acceptanceId: string;
    /** What the account system was asked to give in the end. */
    readonly access: Access;
  };
}

/** An activation that fails leaves nothing to keep: the entitlement ends. */
export const makesEntitlement = (operation: string): boolean =>
  operation === "activate" || operation === "completeSignUp";
