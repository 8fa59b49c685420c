import type { Entitlement } from "../core/entitlement.js";
import { afterDelivery, afterNoAnswer, followUp, isSuperseded } from "../core/outbox.js";
import type { BangoState, Message } from "../core/outbox.js";
import { Problem } from "../core/problem.js";
import { retryPauseMs } from "../core/retry.js";
import type { Bango, BangoAnswer, BangoRequest } from "../ports/bango.js";
import type { Logger } from "../ports/logger.js";
import type { Delivery, HeldQueue, QueueHead } from "../store/outbox-queue.js";
import type { NewMessage, StoredMessage } from "../store/outbox.js";
import type { Store } from "../store/store.js";
import type { TargetGate } from "./target-gate.js";

export interface Target {
  /** Resellers with one address, user and secret share one line, its connections and its gate. */
  readonly line: string;
  readonly bango: Bango;
  readonly gate: TargetGate;
}

export interface DeliveryDependencies {
  readonly store: Store;
  readonly log: Logger;
  /** Null where no Bango is configured for this reseller. */
  readonly targetOf: (resellerId: string) => Target | null;
  /** Takes access away and ends the entitlement, because Bango says that it has ended. */
  readonly endByBango: (
    entitlement: Entitlement,
    messageId: string,
    status: "CANCELLED" | "REVOKED",
  ) => Promise<void>;
  readonly messageId: () => string;
  readonly token: () => string;
  readonly timeoutMs: number;
  /** Tests shorten the schedule; 1 otherwise. */
  readonly retryScale: number;
}

export const LEASE_MS = 30_000;
/** While nothing can be sent at all, a queue is looked at this often. */
const NO_TARGET_PAUSE_MS = 60_000;
/** Ending what Bango has ended did not succeed yet. */
const END_PAUSE_MS = 2000;

/** Tries one entitlement's queue now, as far as it goes; resolves when it is at rest. */
export type DeliverNow = (merchantEntitlementId: string) => Promise<void>;

export const makeDeliverNow =
  (deps: DeliveryDependencies): DeliverNow =>
  async (merchantEntitlementId) => {
    const holder = deps.token();
    if (await deps.store.claimQueue({ merchantEntitlementId, holder, leaseMs: LEASE_MS }))
      await drainQueue(deps, { merchantEntitlementId, holder });
  };

/**
 * Tells Bango what it has to be told (4.2); the number of messages delivered. What is claimed is an entitlement's
 * queue, so order holds within it while entitlements go side by side. After the signal, what is left of the queue is
 * anybody's at once: it does not wait for a lease of ours.
 */
export async function drainQueue(
  deps: DeliveryDependencies,
  held: HeldQueue,
  signal?: AbortSignal,
): Promise<number> {
  for (let delivered = 0; ;) {
    const head = await deps.store.queueHead(held);
    if (head === null) return delivered;
    const delivery = await deliverOne(deps, head);
    const pauseMs = delivery.pauseMs ?? (signal?.aborted === true ? 0 : null);
    if (!(await deps.store.recordDelivery(held, { ...delivery, pauseMs }, LEASE_MS))) return delivered;
    if (delivery.state === "delivered") delivered += 1;
    if (pauseMs !== null) return delivered;
  }
}

async function deliverOne(deps: DeliveryDependencies, head: QueueHead): Promise<Delivery> {
  const { message, entitlement, known } = head;
  const base = { messageId: message.messageId, attempt: null, counts: false, settle: null };
  if (isSuperseded(message, entitlement, known))
    return { ...base, state: "superseded", pauseMs: null, settle: afterSuperseded(deps, message) };
  const target = deps.targetOf(entitlement.resellerId);
  // Final, and no obstacle to what follows: this Bango has no such call.
  if (target?.bango.sends(message.kind) === false) return { ...base, state: "disabled", pauseMs: null };
  // A newer message makes the queue due: this one may be superseded by it, but is not sent sooner for it.
  if (head.restMs > 0) return { ...base, state: "pending", pauseMs: head.restMs };
  if (target === null) return { ...base, state: "pending", pauseMs: NO_TARGET_PAUSE_MS };
  const admission = target.gate.admit();
  if (admission === null) return { ...base, state: "pending", pauseMs: target.gate.restMs() };
  const answer = await target.bango.send(requestOf(message, entitlement, deps.timeoutMs));
  const { outcome, status, durationMs, excerpt } = answer;
  target.gate.note(outcome === "stop" ? "refused" : outcome === "retry" ? "failed" : "answered");
  deps.log.info("bango.told", {
    kind: message.kind,
    outcome,
    status,
    durationMs,
    merchantEntitlementId: message.merchantEntitlementId,
  });
  // What finds out about the target is no attempt of the message's schedule: that would wear it out in minutes.
  const counts = admission === "free" && outcome !== "stop";
  const attempted = { ...base, attempt: { status, durationMs, excerpt, outcome }, counts };
  switch (outcome) {
    case "delivered":
      return { ...attempted, state: "delivered", pauseMs: null, settle: afterDelivered(deps, head) };
    case "ended":
      return ended(deps, head, attempted, answer);
    case "dead":
      return dead(deps, message, attempted);
    case "stop":
      return { ...attempted, state: "pending", pauseMs: target.gate.restMs() };
    case "retry":
      return retry(
        deps,
        message,
        { ...attempted, settle: afterUnanswered(message) },
        { target, probe: admission === "probe", answer },
      );
  }
}

const requestOf = (message: StoredMessage, entitlement: Entitlement, timeoutMs: number): BangoRequest => ({
  kind: message.kind,
  ids: idsOf(entitlement),
  goal: message.goal.kind === "status" ? message.goal.status : null,
  present: entitlement.status,
  requestId: message.messageId,
  body: {
    requestId: message.messageId,
    entitlementId: entitlement.entitlementId,
    merchantEntitlementId: entitlement.merchantEntitlementId,
    ...message.body,
  },
  timeoutMs,
});

/** Where Bango gave no id of that kind, ours stands for it: it is the one that Bango was told. */
const idsOf = ({ merchantEntitlementId, entitlementId, activationRequestId }: Entitlement) => ({
  merchantEntitlementId,
  entitlementId: entitlementId ?? merchantEntitlementId,
  activationRequestId: activationRequestId ?? merchantEntitlementId,
});

const afterDelivered =
  (deps: DeliveryDependencies, { message, entitlement: sent }: QueueHead): Delivery["settle"] =>
  (entitlement, known) => {
    const after = afterDelivery(message.goal, entitlement, known, sent);
    return { known: after, followUp: nextMessage(deps, message, entitlement, after) };
  };

const afterUnanswered =
  ({ goal }: StoredMessage): Delivery["settle"] =>
  (_entitlement, known) => ({ known: afterNoAnswer(goal, known), followUp: null });

/** An `activate` is superseded by an end alone, which has told itself. */
const afterSuperseded = (deps: DeliveryDependencies, message: StoredMessage): Delivery["settle"] =>
  message.kind === "activate"
    ? null
    : (entitlement, known) => ({
        known: null,
        followUp: nextMessage(deps, message, entitlement, known),
      });

function nextMessage(
  deps: DeliveryDependencies,
  message: StoredMessage,
  entitlement: Entitlement,
  known: BangoState | null,
): NewMessage | null {
  const next = followUp(message, entitlement, known);
  return next && newMessage(deps, next, entitlement);
}

export const newMessage = (
  deps: Pick<DeliveryDependencies, "messageId">,
  message: Message,
  entitlement: Entitlement,
): NewMessage => ({
  ...message,
  messageId: deps.messageId(),
  merchantEntitlementId: entitlement.merchantEntitlementId,
  resellerId: entitlement.resellerId,
  version: entitlement.version,
});

type Attempted = Pick<Delivery, "messageId" | "attempt" | "settle" | "counts">;

/** Bango has ended it: so do we, first; what is recorded afterwards is only that there is nothing more to tell. */
async function ended(
  deps: DeliveryDependencies,
  { message, entitlement }: QueueHead,
  attempted: Attempted,
  answer: BangoAnswer,
): Promise<Delivery> {
  const status = answer.state === "CANCELLED" ? "CANCELLED" : "REVOKED";
  try {
    if (entitlement.status !== "CANCELLED" && entitlement.status !== "REVOKED")
      await deps.endByBango(entitlement, message.messageId, status);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...attempted, state: "pending", pauseMs: END_PAUSE_MS };
  }
  deps.log.warn("bango.had_ended_it", { merchantEntitlementId: entitlement.merchantEntitlementId });
  return {
    ...attempted,
    state: "ended",
    pauseMs: null,
    settle: (present, known) => ({
      known: { ...afterDelivery({ kind: "none" }, present, known, present), status },
      followUp: null,
    }),
  };
}

function dead(deps: DeliveryDependencies, message: StoredMessage, attempted: Attempted): Delivery {
  deps.log.error("bango.message_dead", {
    messageId: message.messageId,
    kind: message.kind,
    merchantEntitlementId: message.merchantEntitlementId,
  });
  return { ...attempted, state: "dead", pauseMs: null };
}

function retry(
  deps: DeliveryDependencies,
  message: StoredMessage,
  attempted: Attempted,
  sent: { readonly target: Target; readonly probe: boolean; readonly answer: BangoAnswer },
): Delivery {
  const askedMs = sent.answer.retryAfterMs ?? 0;
  if (sent.probe)
    return { ...attempted, state: "pending", pauseMs: Math.max(sent.target.gate.restMs(), askedMs) };
  const pauseMs = retryPauseMs(message.attempts + 1, Math.random(), deps.retryScale);
  if (pauseMs === null) return dead(deps, message, attempted);
  return { ...attempted, state: "pending", pauseMs: Math.max(pauseMs, askedMs) };
}
