import type { AccountResult } from "../core/account-result.js";
import type { Access } from "../core/decide.js";
import type { Entitlement, Instant, JsonObject, Reason } from "../core/entitlement.js";
import type { AccountOperation } from "../core/moves.js";
import type { Logger } from "./logger.js";
import type { TraceContext } from "./trace.js";

export type { AccountResult } from "../core/account-result.js";

/** The entitlement as an account system sees it: every id, the plan, all extension data. */
export type AccountEntitlement = Pick<
  Entitlement,
  | "merchantEntitlementId"
  | "entitlementId"
  | "resellerId"
  | "productKey"
  | "offerKey"
  | "entitlementDisplayName"
  | "sharedCustomerId"
  | "bangoUserId"
  | "customerIdentifier"
  | "accountReference"
  | "dateActivated"
  | "dateExpiry"
  | "merchantBangoExtensionData"
  | "merchantExtensionData"
  | "extensionData"
  | "extraInformation"
> & {
  /** The merchant's plan that the configuration gives the product; null where it is no longer configured. */
  readonly plan: string | null;
};

/** One request to the account system. */
export interface AccountCall {
  /** The same for every repetition of this one effect, and for nothing else. At most 64 characters. */
  readonly idempotencyKey: string;
  /** When we stop waiting, in milliseconds since the epoch by this machine's clock. */
  readonly deadlineAt: number;
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
  /** True where this very effect was asked for before, and nobody knows what came of it. */
  readonly repeat?: boolean;
  /** To be sent on, so that both logs can be joined. */
  readonly trace: TraceContext;
  /** The move of the table that was asked of us (a terminate reads cancel or revoke), and why. */
  readonly command: {
    readonly operation: string;
    readonly reason: Reason | null;
    /** The caller's; with it, or with `idempotencyKey`, what was `accepted` is completed later (4.3). */
    readonly requestId: string | null;
    readonly unknownFields: JsonObject | null;
  };
  /** The access that is to hold in the end, whatever the step was. */
  readonly access: Access;
  /** As it will be once this takes effect (the new product of an update, say). */
  readonly entitlement: AccountEntitlement;
  /** Now on the business clock: what period ends are counted from. */
  readonly now: Instant;
}

/** What is known of an effect asked for earlier. `absent` counts only once `lagMs` has passed since it was asked. */
export type Lookup =
  | { readonly kind: "present"; readonly result: AccountResult }
  | { readonly kind: "absent" }
  | { readonly kind: "unsure" };

export interface AccountSystemHealth {
  readonly ok: boolean;
  /** For operators; holds no secret. */
  readonly detail?: string;
}

/** Who signs up: with the entitlement that it is for, and the key and deadline of any call. */
export interface SignUpCall extends Omit<AccountCall, "command" | "access"> {
  /** As typed, in lower case. */
  readonly email: string;
  readonly password: string;
}

export type SignUpResult =
  /** At most 255 characters, and not empty. */
  | { readonly kind: "done"; readonly accountReference: string }
  /** Only `register`: there is an account of this address; it was not touched. */
  | { readonly kind: "emailExists" }
  /** Only `authenticate`: no such account, or not its password. */
  | { readonly kind: "wrongPassword" }
  /** A reason that begins with `EMAIL_` or `PASSWORD_` is said at that field of the form: what was typed will not do. */
  | { readonly kind: "refused"; readonly reason: string; readonly text?: string | undefined }
  | { readonly kind: "retryLater"; readonly afterMs?: number | undefined }
  | { readonly kind: "unknown" };

export type SignUpStep = (call: SignUpCall) => Promise<SignUpResult>;

/** One page of everything that the account system holds for us. */
export interface ListPage {
  /** `next` of the page before; null for the first. */
  readonly cursor: string | null;
  /** The most items wanted; a page may be shorter and yet not the last. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly deadlineAt: number;
}

export interface ListedAccess {
  readonly merchantEntitlementId: string;
  readonly accountReference: string | null;
  /** What the customer has there now. */
  readonly access: Access;
}

export interface AccountPage {
  readonly items: readonly ListedAccess[];
  /** Null on the last page. */
  readonly next: string | null;
}

export type AccountStep = (call: AccountCall) => Promise<AccountResult>;

/**
 * The merchant's own account system, version 1. Mandatory: `activate`, `revoke`, `health`, and either `lookup`
 * with `lagMs` or `idempotent: true`. Every other method is a capability: where it is missing, the operation is
 * answered NOT_AVAILABLE (`endAtPeriod`: a cancel ends at once; `eligibility`: everyone is eligible).
 * Throwing, a late answer and a malformed answer all mean `unknown`.
 */
export interface AccountSystem {
  readonly name: string;
  readonly accountSystemVersion: 1;
  /** The same idempotency key never takes effect twice, so asking again is safe. */
  readonly idempotent?: boolean;
  /** How long after a request its effect may still be missing from `lookup`, in milliseconds. */
  readonly lagMs?: number;
  readonly activate: AccountStep;
  readonly revoke: AccountStep;
  readonly suspend?: AccountStep;
  readonly resume?: AccountStep;
  readonly change?: AccountStep;
  readonly endAtPeriod?: AccountStep;
  readonly reinstate?: AccountStep;
  readonly eligibility?: AccountStep;
  /** Makes an account. The same key finds the account that it made, whatever happened in between. */
  readonly register?: SignUpStep;
  /** Signs in to an account that there is. */
  readonly authenticate?: SignUpStep;
  /**
   * Ties the entitlement to `entitlement.accountReference`: before `activate`, where it has no access yet; and for a
   * relink, where what another account has of it moves to this one, with `access`. Repeatable.
   */
  readonly link?: AccountStep;
  readonly lookup?: (
    idempotencyKey: string,
    context: {
      readonly signal: AbortSignal;
      readonly deadlineAt: number;
      /** Whose effect it was, where that is known. */
      readonly resellerId?: string | undefined;
    },
  ) => Promise<Lookup>;
  /**
   * What there is, page by page, in an order that does not change while it is read; for comparing both sides. Rejects
   * where there is no answer: a page that is missing must not look like entitlements that are.
   */
  readonly list?: (page: ListPage) => Promise<AccountPage>;
  readonly health: () => Promise<AccountSystemHealth>;
  /** Lets go of what it holds; called once, when the process ends and no call is under way. */
  readonly close?: () => Promise<void> | void;
}

/** What the maker of an account system is handed beside its options. */
export interface AccountSystemContext {
  /** Events with a name like `thing.happened`; error means that somebody has to act now. */
  readonly log: Logger;
}

/** What a module exports, by default or as `accountSystem`, where it is not the account system itself. */
export type AccountSystemFactory<Options = unknown> = (
  options: Options,
  context: AccountSystemContext,
) => AccountSystem | Promise<AccountSystem>;

export interface Refuse {
  readonly reason: string;
  readonly text?: string | undefined;
}

/** Refusing answers `refused`, and the account system is not asked. Throwing, or taking too long, answers `retryLater`. */
export type BeforeHook = (call: AccountCall) => Refused | Promise<Refused>;

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- most hooks return nothing, and are declared so
type Refused = { readonly refuse: Refuse } | undefined | void;

/** Hears what the account system answered (not what `lookup` found later). Whatever it does changes nothing. */
export type AfterHook = (call: AccountCall, result: AccountResult) => unknown;

export type HookedOperation = AccountOperation | "*";

/** The merchant's own code around each request to the account system, by operation; `*` runs first, for all. */
export interface AccountHooks {
  readonly before?: Partial<Readonly<Record<HookedOperation, BeforeHook>>>;
  /** After done, alreadySo, accepted and signUpRequired. */
  readonly onSuccess?: Partial<Readonly<Record<HookedOperation, AfterHook>>>;
  /** After refused, retryLater and unknown; silence, a throw and nonsense are unknown. */
  readonly onFailure?: Partial<Readonly<Record<HookedOperation, AfterHook>>>;
}
