import type { JsonObject, State } from "../core/entitlement.js";
import type { DeliveryOutcome, MessageKind } from "../core/outbox.js";

/** One attempt to tell Bango something. */
export interface BangoRequest {
  readonly kind: MessageKind | "echo";
  /** What may stand in the path: `entitlementId` (Bango's), `merchantEntitlementId`, `activationRequestId`; `id` of echo. */
  readonly ids: Readonly<Record<string, string>>;
  /** The same for every attempt of one message. */
  readonly requestId: string;
  readonly body: JsonObject;
  /** The state that the message tells of; null where it tells of none. */
  readonly goal: State | null;
  /** The state that the entitlement is in now. */
  readonly present: State | null;
  readonly timeoutMs: number;
}

/** What came back. `status` is null where nothing did, and `excerpt` then says why, for operators. */
export interface BangoAnswer {
  readonly status: number | null;
  readonly outcome: DeliveryOutcome;
  /** Bango's state of the entitlement, where the answer says one that we know. */
  readonly state: State | null;
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
  /** The first 2 KiB of the answer, without secrets; or the cause. */
  readonly excerpt: string;
}

/** Bango as we call it. Never throws: a failure is an answer without a status. */
export interface Bango {
  /** Whether this Bango is told such a thing at all. */
  readonly sends: (kind: MessageKind | "echo") => boolean;
  readonly send: (request: BangoRequest) => Promise<BangoAnswer>;
}
