import type { Acceptance } from "../core/completion.js";
import type { Answer } from "../core/apply-result.js";
import { isBangoCall } from "../core/command.js";
import type { Command, ProductTerms, Terms } from "../core/command.js";
import type { Entitlement, Instant, Owner } from "../core/entitlement.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountSystem } from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";
import type { IssuedLink } from "../store/change.js";
import type { Store } from "../store/store.js";

/** Milliseconds each; see 2.5. */
export interface Limits {
  readonly turnWaitMs: number;
  readonly unknownWaitMs: number;
  readonly accountDeadlineMs: number;
  readonly leaseMs: number;
  readonly orphanGraceMs: number;
  readonly expiryGraceMs: number;
  readonly pendingMaxAgeMs: number;
  readonly completionAlarmMs: number;
}

/** What the contract with Bango says beyond the wire (2.6). */
export interface ContractTerms {
  readonly replay: "always" | "untilNextMove";
  /** Whether a change whose caller was told 5xx is kept from Bango. */
  readonly leavesLate: (operation: string) => boolean;
  /** Whether a new entitlementId for a customer and product that still wait for the sign-up means the same one. */
  readonly reusesPending: boolean;
}
export type LinkOwner = Pick<Entitlement, "merchantEntitlementId" | "resellerId">;

/** What the use cases are handed by compose. Hashing, rendering and ids come as functions (house style 2). */
export interface Dependencies {
  readonly store: Store;
  readonly accounts: AccountSystem;
  readonly limits: Limits;
  readonly contract: ContractTerms;
  readonly log: Logger;
  readonly hash: (...parts: readonly unknown[]) => string;
  /** How a link's token is stored. */
  readonly hashToken: (token: string) => string;
  /** A random string of at least 128 bits, at most 64 characters. */
  readonly token: () => string;
  /** Sortable by time. */
  readonly messageId: () => string;
  /** Resolves after about so many milliseconds: until a call that waits for another looks again. */
  readonly pause: (ms: number) => Promise<void>;
  readonly productTerms: (resellerId: string, productKey: string) => ProductTerms | null;
  readonly switchedOff: (resellerId: string, operation: string) => boolean;
  /** For all account-system calls of one request, in milliseconds. */
  readonly accountDeadlineMs: (resellerId: string) => number;
  readonly issueLink: (of: LinkOwner, now: Instant) => IssuedLink;
  /** These, with the configuration as it is now: what begins with them is not touched by a reload. */
  readonly pinned: () => Dependencies;
  /** The stored part of a reply: status and body without activation URL. What it reads like depends on the owner. */
  readonly renderAnswer: (
    answer: Answer,
    entitlement: Entitlement | null,
    to: { readonly owner: Owner; readonly acceptances: readonly Acceptance[] },
  ) => { readonly status: number; readonly body: string };
}

/** The same, with this reseller's share of the database: its many wait for each other, and nobody else for them (ADR 20). */
export const forReseller = <D extends { readonly store: Store }>(deps: D, resellerId: string | null): D => ({
  ...deps,
  store: deps.store.inLane(resellerId),
});

/** What the configuration says of a command on the entitlement as it is. */
export function termsFor(deps: Dependencies, command: Command, before: Entitlement | null): Terms {
  const sold = before ?? command.activation;
  const accountCan = (operation: AccountOperation): boolean => typeof deps.accounts[operation] === "function";
  const { register, authenticate } = deps.accounts;
  const able = { accountCan, canSignUp: register !== undefined && authenticate !== undefined };
  if (sold === null) return { product: null, nextProduct: null, switchedOff: false, ...able };
  const { resellerId, productKey } = sold;
  const product = deps.productTerms(resellerId, productKey);
  const next = command.update?.productKey ?? productKey;
  return {
    product,
    nextProduct: next === productKey ? product : deps.productTerms(resellerId, next),
    // It is Bango's calls that a reseller may have switched off, not what our clock or the customer does.
    switchedOff: isBangoCall(command) && deps.switchedOff(resellerId, command.operation),
    ...able,
  };
}
