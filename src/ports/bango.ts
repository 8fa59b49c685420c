import type { JsonObject } from "../core/entitlement.js";
import type { MessageKind } from "../core/outbox.js";

/** One attempt to tell Bango something. */
export interface BangoRequest {
  readonly kind: MessageKind | "echo";
  /** Bango's id; of `echo` any text. */
  readonly entitlementId: string;
  /** The same for every attempt of one message. */
  readonly requestId: string;
  readonly body: JsonObject;
  readonly timeoutMs: number;
}

/** What came back. `status` is null where nothing did, and `cause` then says why, for operators. */
export interface BangoAnswer {
  readonly status: number | null;
  readonly responseCode: string | null;
  /** The field `status` of the answer's body: Bango's state of the entitlement. */
  readonly bodyStatus: string | null;
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
  /** The first 2 KiB of the answer, without secrets; or the cause. */
  readonly excerpt: string;
}

/** Bango as we call it. Never throws: a failure is an answer without a status. */
export interface Bango {
  /** For the breaker and the log: one circuit a base URL and user. */
  readonly target: string;
  readonly send: (request: BangoRequest) => Promise<BangoAnswer>;
}
