import { toIso } from "../core/dates.js";
import type { Entitlement, Json, JsonObject } from "../core/entitlement.js";
import type { HistoryEvent } from "../core/fold.js";

const isInstantField = (name: string): boolean =>
  name === "endsAt" || (name.startsWith("date") && name.length > 4);

const readable = (fields: Readonly<Record<string, Json>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isInstantField(name) && typeof value === "number" ? toIso(value) : value,
    ]),
  );

/** Every field that has a value, instants as ISO 8601; our internal hashes stay inside. */
export function entitlementView(entitlement: Entitlement): JsonObject {
  const {
    identity: _identity,
    customerKey: _customerKey,
    contentHash: _contentHash,
    ...fields
  } = entitlement;
  return Object.fromEntries(Object.entries(readable(fields)).filter(([, value]) => value !== null));
}

export function historyView(event: HistoryEvent) {
  const {
    identity: _identity,
    customerKey: _customerKey,
    contentHash: _contentHash,
    ...changes
  } = event.changes;
  return {
    version: event.version,
    operation: event.operation,
    requestId: event.requestId,
    actor: event.actor,
    reason: event.reason,
    at: toIso(event.at),
    before: event.before,
    after: event.after,
    changes: readable(changes),
  };
}
