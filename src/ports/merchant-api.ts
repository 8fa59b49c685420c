import type { Acceptance, Completion } from "../core/completion.js";
import type { Block } from "../core/blocks.js";
import type { Entitlement, JsonObject, Reason, State } from "../core/entitlement.js";
import type { Update } from "../core/command.js";
import type { TraceContext } from "./trace.js";

export type { Acceptance } from "../core/completion.js";

/** Who changes which entitlement, for the merchant (4.3). */
export interface MerchantCall {
  readonly merchantEntitlementId: string;
  /** Header `Idempotency-Key`; without one, equal calls join only while one is in flight. */
  readonly idempotencyKey: string | null;
  /** Id of the admin token; for the history. */
  readonly actor: string;
  /** Request id of the HTTP call. */
  readonly trace: TraceContext;
}

/** What a merchant may do by one word and a reason. */
export type MerchantMove = "suspend" | "resume" | "cancel" | "revoke" | "reinstate";

/** A block of the merchant's own (2.4): several kinds may hold at once, each is lifted by itself. */
export type BlockRequest = Block;

export const NOTIFY_EVENTS = ["NOT_ELIGIBLE", "ALREADY_SUBSCRIBED", "SIGN_UP_ABANDONED"] as const;
export interface NotifyRequest {
  readonly event: (typeof NOTIFY_EVENTS)[number];
  readonly message: string | null;
}

/** Finishes what the account system has accepted and Bango was answered 202. */
export interface CompletionRequest extends Completion {
  /** Of the call that was answered 202: its request id, or the idempotency key that the account system was given. */
  readonly requestId: string;
}

/** An entitlement as its merchant sees it: the record, and what Bango is not told. */
export interface MerchantView {
  readonly entitlement: Entitlement;
  /** Whether access is given now: the state grants it, and no block takes it. */
  readonly access: "full" | "none";
  readonly acceptances: readonly Acceptance[];
}

export interface MerchantReply {
  /** 202: the account system has accepted it and will complete it later. */
  readonly status: 200 | 202;
  /**
   * JSON text of the view; the same bytes for a repeat with the same key. Its `acceptances` are those that this very
   * call made or completed.
   */
  readonly body: string;
  readonly replayed: boolean;
}

export interface MerchantListFilter {
  readonly resellerId?: string | undefined;
  readonly status?: State | undefined;
  /** Any of the three customer ids. */
  readonly customer?: string | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Changes that the merchant starts (4.3). Every method throws Problem for a refusal. */
export interface MerchantApiUseCases {
  readonly move: (call: MerchantCall, move: MerchantMove, reason: Reason | null) => Promise<MerchantReply>;
  readonly update: (call: MerchantCall, update: Update) => Promise<MerchantReply>;
  readonly block: (call: MerchantCall, block: BlockRequest) => Promise<MerchantReply>;
  readonly unblock: (call: MerchantCall, block: BlockRequest) => Promise<MerchantReply>;
  readonly notify: (call: MerchantCall, notice: NotifyRequest) => Promise<MerchantReply>;
  readonly relink: (call: MerchantCall, to: { readonly accountId: string }) => Promise<MerchantReply>;
  readonly complete: (call: MerchantCall, completion: CompletionRequest) => Promise<MerchantReply>;
  /** `merchantEntitlementId` is the sign-up's id. */
  readonly completeSignUp: (call: MerchantCall, by: { readonly accountId: string }) => Promise<MerchantReply>;
  /** Throws Problem `notFound`. */
  readonly find: (merchantEntitlementId: string) => Promise<MerchantView>;
  /** Newest first. */
  readonly list: (filter: MerchantListFilter) => Promise<readonly Entitlement[]>;
  /** The view as JSON, as in `MerchantReply.body`. */
  readonly toJson: (view: MerchantView) => JsonObject;
}
