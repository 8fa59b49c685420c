import type { AcceptedOperation } from "../core/acceptance.js";
import type { Acceptance } from "../core/completion.js";
import type { Outcome } from "../core/apply-result.js";
import type { SlotClaim } from "../core/decide.js";
import type { Instant } from "../core/entitlement.js";
import type { BangoState } from "../core/outbox.js";
import type { NewAcceptance } from "./acceptances.js";
import type { NewMessage } from "./outbox.js";

/** A sign-up link to write down. `number` is the instant of its issue: two of one instant are one link. */
export interface IssuedLink {
  readonly merchantEntitlementId: string;
  readonly number: Instant;
  readonly keyId: string;
  readonly tokenHash: string;
  readonly expiresAt: Instant;
}

/** A reply as it is kept: its URL is derived again from the link, so that no token is stored. */
export interface StoredReply {
  readonly status: number;
  readonly body: string;
  readonly link: { readonly number: Instant; readonly keyId: string; readonly expiresAt: Instant } | null;
}

/**
 * What becomes of the customer's slots. keep: the reserved or present one of `scope` is held from now on, any other
 * of this entitlement is freed; `claim` is one that nobody has reserved, taken where one is left. release: all are freed. unreserve: what begin reserved is freed. none: no change.
 */
export type SlotChange =
  | { readonly kind: "keep"; readonly scope: string; readonly claim?: Omit<SlotClaim, "refusal"> | null }
  | { readonly kind: "release" }
  | { readonly kind: "unreserve" }
  | { readonly kind: "none" };

/** An accepted operation and how it ended. */
export type CompletedAcceptance = Acceptance & Pick<AcceptedOperation, "acceptanceId" | "completion">;

/** Everything that the end of one command writes, as data. */
export interface Change {
  readonly outcome: Outcome;
  readonly reply: StoredReply;
  readonly link: IssuedLink | null;
  readonly slot: SlotChange;
  /** What Bango knows once it has this reply; null where the reply goes to nobody, or tells nothing new. */
  readonly known: BangoState | null;
  /** What else leads to the entitlement from now on. */
  readonly aliases: readonly string[];
  /** What the account system has accepted by this, and is to complete. */
  readonly accepted: NewAcceptance | null;
  /** The accepted operation that this ends. */
  readonly completed: CompletedAcceptance | null;
  /** What Bango has to be told instead. */
  readonly messages: readonly NewMessage[];
}

/** The two clocks, as one transaction read them (2.5.9). */
export interface Now {
  /** The database's UTC time: leases, budgets, ages. */
  readonly database: Instant;
  /** The database's time and the sandbox's offset: what the record says. */
  readonly business: Instant;
}
