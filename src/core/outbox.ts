import type { Notice } from "./command.js";
import type { Entitlement, JsonObject, Reason, State } from "./entitlement.js";
import { sameJson } from "./fold.js";
import type { HistoryEvent } from "./fold.js";
import type { Move } from "./moves.js";

/** What we may tell Bango (4.1). */
export const MESSAGE_KINDS = ["activate", "terminate", "suspend", "resume", "update", "notify"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** What becomes of a message after one attempt (4.1). */
export const DELIVERY_OUTCOMES = ["delivered", "ended", "retry", "dead", "stop"] as const;
/** `stop`: the credential is refused, so nothing else is tried either. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/**
 * What Bango knows of an entitlement: from its own calls that we answered 2xx, and from messages delivered. A field
 * is missing where nobody can tell which came last there, since a change was made while a message was on its way.
 */
export interface BangoState {
  readonly status?: State;
  readonly productKey?: string;
  readonly merchantExtensionData?: JsonObject | null;
}

/** What Bango is to know once a message has been delivered. */
export type Goal =
  | { readonly kind: "status"; readonly status: State }
  | { readonly kind: "fields"; readonly fields: Partial<Omit<BangoState, "status">> }
  | { readonly kind: "none" };

/** A message to Bango as data. Ids and the request id are added when it is sent. */
export interface Message {
  readonly kind: MessageKind;
  readonly goal: Goal;
  readonly body: JsonObject;
}

export const bangoStateOf = (entitlement: Entitlement): Required<BangoState> => ({
  status: entitlement.status,
  productKey: entitlement.productKey,
  merchantExtensionData: entitlement.merchantExtensionData,
});

const toStatus = (status: State): Goal => ({ kind: "status", status });

/**
 * What Bango is told of a change that it has not heard of as an answer to a call of its own; null where it need not
 * be told. When our clock ends what Bango has cancelled, Bango ends it too, on the same date.
 */
export function messageFor(event: HistoryEvent, after: Entitlement): Message | null {
  switch (event.operation as Move) {
    case "activate":
    case "completeSignUp":
      if (after.status !== "ACTIVE") return null;
      return {
        kind: "activate",
        goal: toStatus("ACTIVE"),
        body: present({
          dateActivated: after.dateActivated,
          merchantExtensionData: after.merchantExtensionData,
        }),
      };
    case "suspend":
      return { kind: "suspend", goal: toStatus("SUSPENDED"), body: reasonFields(event.reason) };
    case "resume":
    case "reinstate":
      return stateMessage(after, event.reason);
    case "cancel":
    case "revoke":
    case "pendingTooOld":
    case "expiryPassed":
      return terminateMessage(after, event.reason);
    case "update":
      return updateMessage(event, after);
    default:
      return null;
  }
}

/** What tells Bango the present state, whatever led to it. */
export function stateMessage(entitlement: Entitlement, reason: Reason | null = null): Message | null {
  switch (entitlement.status) {
    case "PENDING":
      return null;
    case "ACTIVE":
      return { kind: "resume", goal: toStatus("ACTIVE"), body: reasonFields(reason) };
    case "SUSPENDED":
      return { kind: "suspend", goal: toStatus("SUSPENDED"), body: reasonFields(reason) };
    default:
      return terminateMessage(entitlement, reason);
  }
}

/** Says no state, so that nothing supersedes it. */
export const noticeMessage = ({ event, message }: Notice): Message => ({
  kind: "notify",
  goal: { kind: "none" },
  body: present({ event, message }),
});

const terminateMessage = (after: Entitlement, reason: Reason | null): Message => ({
  kind: "terminate",
  goal: toStatus(after.status),
  body: {
    immediate: after.status !== "ACTIVE-ENDING",
    ...present({ terminationDate: after.endsAt ?? after.dateEnded }),
    ...reasonFields(
      reason ?? {
        category: after.status === "REVOKED" ? "REVOKED" : "CUSTOMER_CANCELLED",
        code: "OTHER",
        description: null,
      },
    ),
  },
});

function updateMessage({ changes }: HistoryEvent, after: Entitlement): Message | null {
  const fields: Partial<Omit<BangoState, "status">> = {
    ...("productKey" in changes ? { productKey: after.productKey } : {}),
    ...("merchantExtensionData" in changes ? { merchantExtensionData: after.merchantExtensionData } : {}),
  };
  return Object.keys(fields).length === 0
    ? null
    : { kind: "update", goal: { kind: "fields", fields }, body: fields };
}

const present = (fields: Readonly<Record<string, number | string | JsonObject | null>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === "number" ? new Date(value).toISOString() : value]],
    ),
  );

const reasonFields = (reason: Reason | null): JsonObject =>
  Object.fromEntries(
    Object.entries({
      reasonCategory: reason?.category ?? null,
      reasonCode: reason?.code ?? null,
      reasonDescription: reason?.description ?? null,
    }).filter(([, value]) => value !== null),
  );

const hasEnded = ({ status }: Pick<Entitlement, "status">): boolean =>
  status === "CANCELLED" || status === "REVOKED";

/**
 * Whether a message need not be sent any more: what it says Bango knows already, or is no longer so. `activate` is
 * still sent to an entitlement that has moved on, since Bango notifies its reseller of it; `notify` says no state.
 */
export function isSuperseded(
  message: Pick<Message, "kind" | "goal">,
  entitlement: Entitlement,
  known: BangoState | null,
): boolean {
  if (message.kind === "activate") return hasEnded(entitlement);
  const { goal } = message;
  switch (goal.kind) {
    case "none":
      return false;
    case "status":
      return !isStillToBeTold(goal.status, entitlement) || goal.status === known?.status;
    case "fields": {
      const now = bangoStateOf(entitlement);
      const names = Object.keys(goal.fields) as (keyof typeof goal.fields)[];
      const isPresent = names.every((name) => sameJson(goal.fields[name], now[name]));
      const isKnown = known !== null && names.every((name) => sameJson(goal.fields[name], known[name]));
      return hasEnded(entitlement) || !isPresent || isKnown;
    }
  }
}

/** A cancel's news is the end date: while that stands, a suspension hides it but does not say it. */
const isStillToBeTold = (goal: State, { status, endsAt }: Entitlement): boolean =>
  goal === status || (goal === "ACTIVE-ENDING" && status === "SUSPENDED" && endsAt !== null);

/**
 * What Bango knows once a message has been delivered that was sent when the entitlement was as `sent`. Where another
 * thing was so before it was, or came between, a call of Bango's may have told it that, and nobody knows which came
 * last. One change that left the message true has changed something else; two may have gone there and back.
 */
export function afterDelivery(
  goal: Goal,
  entitlement: Entitlement,
  known: BangoState | null,
  sent: Entitlement,
): BangoState {
  const base: BangoState = known ?? bangoStateOf(entitlement);
  const said = saidBy(goal);
  const isCertain = entitlement.version <= sent.version + 1 && isSo(said, sent) && isSo(said, entitlement);
  return isCertain ? { ...base, ...said } : without(base, said);
}

/**
 * What Bango knows once a message was sent and not clearly answered: nobody can tell whether it has heard it, nor
 * what it had heard before. So whatever is to be told next of the same subject is told.
 */
export const afterNoAnswer = (goal: Goal, known: BangoState | null): BangoState | null =>
  known && without(known, saidBy(goal));

/** What Bango knows once it has heard an answer that was stored for it: the last thing that it heard. */
export const afterHearing = (goal: Goal, entitlement: Entitlement, known: BangoState | null): BangoState => ({
  ...(known ?? bangoStateOf(entitlement)),
  ...saidBy(goal),
});

function saidBy(goal: Goal): BangoState {
  switch (goal.kind) {
    case "none":
      return {};
    case "status":
      return { status: goal.status };
    case "fields":
      return goal.fields;
  }
}

const without = (known: BangoState, said: BangoState): BangoState =>
  Object.fromEntries(Object.entries(known).filter(([name]) => !Object.hasOwn(said, name)));

function isSo(said: BangoState, entitlement: Entitlement): boolean {
  const now = bangoStateOf(entitlement);
  return (Object.keys(said) as (keyof BangoState)[]).every((name) => sameJson(said[name], now[name]));
}

/**
 * What is still to be told of a message's subject once it was delivered, or dropped as superseded: an `activate` that
 * came after Bango's own suspend has told it ACTIVE; an `update` of two fields is superseded when one of them has
 * changed again, and the message of that change does not carry the other.
 */
export function followUp(
  { goal }: Pick<Message, "goal">,
  entitlement: Entitlement,
  known: BangoState | null,
): Message | null {
  if (known === null) return null;
  switch (goal.kind) {
    case "none":
      return null;
    case "status":
      return known.status === entitlement.status || endsByItself(entitlement, known)
        ? null
        : stateMessage(entitlement);
    case "fields":
      return fieldsFollowUp(goal.fields, entitlement, known);
  }
}

/** Ended at Bango too, or about to: on the date that it knows. */
const endsByItself = (entitlement: Entitlement, { status }: BangoState): boolean =>
  hasEnded(entitlement) &&
  ((status !== undefined && hasEnded({ status })) ||
    (entitlement.endedBy === "clock" && status === "ACTIVE-ENDING"));

function fieldsFollowUp(
  asked: Partial<Omit<BangoState, "status">>,
  entitlement: Entitlement,
  known: BangoState,
): Message | null {
  const now = bangoStateOf(entitlement);
  const names = (Object.keys(asked) as (keyof typeof asked)[]).filter(
    (name) => !sameJson(now[name], known[name]),
  );
  if (hasEnded(entitlement) || names.length === 0) return null;
  const fields: JsonObject = Object.fromEntries(names.map((name) => [name, now[name]]));
  return { kind: "update", goal: { kind: "fields", fields }, body: fields };
}
