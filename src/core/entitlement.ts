/** Milliseconds since 1970-01-01T00:00:00Z, on the business clock unless a name says otherwise. */
export type Instant = number;

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const STATES = ["PENDING", "ACTIVE", "ACTIVE-ENDING", "SUSPENDED", "CANCELLED", "REVOKED"] as const;
/** Bango's states (1-public-facts 1.5) without FAILED, which is Bango's own. */
export type State = (typeof STATES)[number];

/** Who starts a change. Part of the key of every journal row, so that two sources never share a request id. */
export type Owner = string;

export interface Reason {
  readonly category: string | null;
  readonly code: string | null;
  readonly description: string | null;
}

/** One thing sold to one customer. Equal to the fold of its history (fold.ts). */
export interface Entitlement {
  /** Ours: opaque, URL-safe, sortable by time. */
  readonly merchantEntitlementId: string;
  /** What the turn is taken on, and what a repeated activate finds: Bango's entitlementId in lower case. */
  readonly identity: string;
  readonly entitlementId: string | null;
  /** The request id of the call that created it; Bango may use it as merchantEntitlementId (1.4). */
  readonly activationRequestId: string | null;
  readonly resellerId: string;
  readonly productKey: string;
  readonly offerKey: string | null;
  readonly entitlementDisplayName: string | null;
  readonly sharedCustomerId: string | null;
  readonly bangoUserId: string | null;
  readonly customerIdentifier: string | null;
  /** Hash of reseller and customer as the first activate named them; slots are counted on it. */
  readonly customerKey: string;
  /** Hash of what a later activate must repeat to be the same (2.4). */
  readonly contentHash: string;
  readonly status: State;
  /** Only while PENDING. */
  readonly waitingFor: "customer" | "account" | null;
  /** When access ends by itself: the terminationDate told to Bango. */
  readonly endsAt: Instant | null;
  /** Only once ended. */
  readonly endedBy: Owner | null;
  readonly accountReference: string | null;
  readonly activationCode: string | null;
  /** The merchant's own blocks: kind → `{reason, since}`; null where there is none. Not a state (2.4). */
  readonly blocks: JsonObject | null;
  readonly merchantBangoExtensionData: JsonObject | null;
  readonly merchantExtensionData: JsonObject | null;
  readonly extensionData: JsonObject | null;
  readonly extraInformation: JsonObject | null;
  /** Fields of the activate call that the contract does not know, as received. */
  readonly unknownFields: JsonObject | null;
  readonly dateCreated: Instant;
  readonly dateActivated: Instant | null;
  readonly dateSuspended: Instant | null;
  readonly dateResumed: Instant | null;
  /** Bango's own end of the entitlement, at which Bango sends the end. */
  readonly dateExpiry: Instant | null;
  readonly dateEnded: Instant | null;
  readonly dateLastUpdated: Instant;
  /** Number of the last history event, from 1. */
  readonly version: number;
}

/** The columns of the table of moves: a state, with SUSPENDED split by whether an end date is set. */
export const STANDINGS = [
  "none",
  "PENDING",
  "ACTIVE",
  "ACTIVE-ENDING",
  "SUSPENDED",
  "SUSPENDED-ENDING",
  "ENDED",
] as const;
export type Standing = (typeof STANDINGS)[number];

export function standingOf(entitlement: Entitlement | null): Standing {
  if (entitlement === null) return "none";
  switch (entitlement.status) {
    case "CANCELLED":
    case "REVOKED":
      return "ENDED";
    case "SUSPENDED":
      return entitlement.endsAt === null ? "SUSPENDED" : "SUSPENDED-ENDING";
    default:
      return entitlement.status;
  }
}

/**
 * Whether it counts against the customer's limit. PENDING for the customer does not, else an abandoned
 * sign-up would block its customer for ever (2.4).
 */
export function holdsSlot(entitlement: Entitlement): boolean {
  const standing = standingOf(entitlement);
  return (
    standing === "ACTIVE" ||
    standing === "SUSPENDED" ||
    (standing === "PENDING" && entitlement.waitingFor === "account")
  );
}
