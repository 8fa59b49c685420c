// The Merchant API in types of our own: who imports this package's client takes nothing else along. A test holds them
// against the schemas that parse the calls and against those of the replies.

export type MerchantEntitlementStatus =
  "PENDING" | "ACTIVE" | "ACTIVE-ENDING" | "SUSPENDED" | "CANCELLED" | "REVOKED";

/** An entitlement as it is now. Dates are ISO 8601 in UTC; a field without a value is not there. */
export interface MerchantRecord {
  entitlementId?: string | undefined;
  merchantEntitlementId: string;
  status: MerchantEntitlementStatus;
  resellerId: string;
  productKey: string;
  offerKey?: string | undefined;
  entitlementDisplayName?: string | undefined;
  sharedCustomerId?: string | undefined;
  bangoUserId?: string | undefined;
  customerIdentifier?: string | undefined;
  dateCreated: string;
  dateActivated?: string | undefined;
  dateSuspended?: string | undefined;
  dateResumed?: string | undefined;
  dateExpiry?: string | undefined;
  dateEnded?: string | undefined;
  dateLastUpdated: string;
  activationCode?: string | undefined;
  merchantExtensionData?: Record<string, unknown> | undefined;
  /** The account that has access. */
  accountReference?: string | undefined;
  /** While PENDING: for the customer's sign-up, or for the account system. */
  waitingFor?: "customer" | "account" | undefined;
  /** When access ends by itself. */
  terminationDate?: string | undefined;
  /** Whether access is given now: the state grants it, and no block takes it. */
  access: "full" | "none";
  /** The merchant's own blocks, by kind. */
  blocks: Record<string, { reason: string; since: string }>;
}

/** What the account system has accepted for later. */
export interface MerchantAcceptance {
  requestId?: string | undefined;
  idempotencyKey: string;
  /** The move: a terminate reads cancel or revoke. */
  operation: string;
  state: "waiting" | "done" | "failed" | "superseded";
  acceptedAt: string;
  finishedAt?: string | undefined;
}

/** The record, and what was accepted for later; of a change: what this very call made or completed. */
export interface MerchantEntitlement extends MerchantRecord {
  acceptances: MerchantAcceptance[];
}

export interface MerchantPage {
  items: MerchantRecord[];
  /** `after` of the next page; null where this was the last. */
  next: string | null;
}

export interface MerchantListFilter {
  resellerId?: string | undefined;
  status?: MerchantEntitlementStatus | undefined;
  /** Any of the three customer ids. */
  customer?: string | undefined;
  /** 1 to 200, 50 unless told otherwise. */
  limit?: number | undefined;
  /** `next` of the page before. */
  after?: string | undefined;
}

export interface MerchantReason {
  reasonCategory?: string | undefined;
  reasonCode?: string | undefined;
  reasonDescription?: string | undefined;
}

export type MerchantJson =
  string | number | boolean | null | readonly MerchantJson[] | { readonly [key: string]: MerchantJson };
export interface MerchantJsonObject {
  readonly [key: string]: MerchantJson;
}

/** An absent field stays as it is, `null` clears. */
export interface MerchantUpdate {
  productKey?: string | undefined;
  /** ISO 8601 with an offset. */
  dateExpiry?: string | null | undefined;
  entitlementDisplayName?: string | null | undefined;
  merchantExtensionData?: MerchantJsonObject | null | undefined;
  extensionData?: MerchantJsonObject | null | undefined;
  customerIdentifier?: string | number | null | undefined;
}

export interface MerchantBlock {
  /** `fraud`, `unpaid`, …: 1 to 64 letters, digits and . _ : - */
  kind: string;
  reason: string;
}

export interface MerchantNotice {
  event: "NOT_ELIGIBLE" | "ALREADY_SUBSCRIBED" | "SIGN_UP_ABANDONED";
  message?: string | undefined;
}

export interface MerchantAccount {
  accountId: string;
}

export interface MerchantCompletion {
  /** Of the call that was answered 202: its request id, or the idempotency key that the account system was given. */
  requestId: string;
  outcome: "done" | "failed";
  /** ISO 8601 with an offset. When access ends, for a cancel that is done; without it access has ended now. */
  terminationDate?: string | undefined;
  reason?: string | undefined;
}

/** The cause of a refusal. */
export type MerchantProblemCode =
  | "badRequest"
  | "methodNotAllowed"
  | "unsupportedType"
  | "tooLarge"
  | "unauthorized"
  | "forbiddenRole"
  | "forbiddenReseller"
  | "productNotSold"
  | "declined"
  | "switchedOff"
  | "notFound"
  | "alreadyExists"
  | "conflict"
  | "tooMany"
  | "internal"
  | "unavailable";

export interface MerchantFault {
  field: string;
  message: string;
}

/** The body of a refusal (RFC 9457). */
export interface MerchantProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: MerchantProblemCode;
  requestId: string;
  errors?: MerchantFault[] | undefined;
  reason?: string | undefined;
}
