import type { Entitlement, Instant, Json, JsonObject, Owner, Reason, State } from "./entitlement.js";

/** One change of one entitlement. Append-only: nothing here is ever edited. */
export interface HistoryEvent {
  readonly merchantEntitlementId: string;
  readonly version: number;
  /** The move that was made: a `terminate` reads cancel or revoke here. */
  readonly operation: string;
  readonly owner: Owner;
  readonly actor: string;
  readonly requestId: string | null;
  readonly reason: Reason | null;
  readonly at: Instant;
  readonly before: State | null;
  readonly after: State;
  /** The new value of every field that changed, `version` and `dateLastUpdated` aside: those are the event's own. */
  readonly changes: JsonObject;
}

const EMPTY: Omit<Entitlement, "merchantEntitlementId" | "version"> = {
  identity: "",
  entitlementId: null,
  activationRequestId: null,
  resellerId: "",
  productKey: "",
  offerKey: null,
  entitlementDisplayName: null,
  sharedCustomerId: null,
  bangoUserId: null,
  customerIdentifier: null,
  customerKey: "",
  contentHash: "",
  status: "PENDING",
  waitingFor: null,
  endsAt: null,
  endedBy: null,
  accountReference: null,
  activationCode: null,
  blocks: null,
  merchantBangoExtensionData: null,
  merchantExtensionData: null,
  extensionData: null,
  extraInformation: null,
  unknownFields: null,
  dateCreated: 0,
  dateActivated: null,
  dateSuspended: null,
  dateResumed: null,
  dateExpiry: null,
  dateEnded: null,
  dateLastUpdated: 0,
};

/** The fields an event may change. */
export type Patch = Partial<Omit<Entitlement, "merchantEntitlementId" | "version" | "dateLastUpdated">>;

export interface Advance {
  readonly after: Entitlement;
  readonly event: HistoryEvent;
}

/** Equal as JSON: the order of an object's keys does not count. */
export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || !left || !right) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameJson(item as Json, right[index] as Json))
    );
  }
  const a = left as JsonObject;
  const b = right as JsonObject;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

export function changedFields(before: Entitlement | null, patch: Patch): JsonObject {
  const base: Record<string, Json> = { ...(before ?? EMPTY) };
  return Object.fromEntries(
    Object.entries(patch as Record<string, Json>).filter(([name, value]) => !sameJson(base[name], value)),
  );
}

type EventHead = Pick<HistoryEvent, "operation" | "owner" | "actor" | "requestId" | "reason"> & {
  readonly merchantEntitlementId: string;
};

/** Makes the next event and what the entitlement is after it. An event is never earlier than the one before it. */
export function advance(before: Entitlement | null, patch: Patch, head: EventHead, now: Instant): Advance {
  const changes = changedFields(before, patch);
  const event: HistoryEvent = {
    ...head,
    version: (before?.version ?? 0) + 1,
    at: momentAfter(before, now),
    before: before?.status ?? null,
    after: patch.status ?? before?.status ?? EMPTY.status,
    changes,
  };
  return { after: applyEvent(before, event), event };
}

/** `now`, or the time of the last event where the clock went back since. */
export const momentAfter = (before: Entitlement | null, now: Instant): Instant =>
  before === null ? now : Math.max(now, before.dateLastUpdated);

export function applyEvent(before: Entitlement | null, event: HistoryEvent): Entitlement {
  return {
    ...(before ?? EMPTY),
    ...(event.changes as Patch),
    merchantEntitlementId: event.merchantEntitlementId,
    status: event.after,
    version: event.version,
    dateLastUpdated: event.at,
  };
}

/** The entitlement as its whole history, or a beginning of it, makes it; null where there is none. */
export function fold(events: readonly HistoryEvent[]): Entitlement | null {
  return events.reduce<Entitlement | null>(applyEvent, null);
}
