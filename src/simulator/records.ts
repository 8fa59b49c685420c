import { isEnded } from "./bango-states.js";
import type { BangoState } from "./bango-states.js";
import type { JsonObject } from "./json.js";
import { noticeOf } from "./notices.js";
import type { Notice, NoticeName } from "./notices.js";

/** One entitlement as Bango has it. */
export interface EntitlementRecord {
  /** Bango's clock, in milliseconds; no part of what is shown. */
  readonly now: () => number;
  readonly entitlementId: string;
  /** Of the activating call: Bango's name for the entitlement where the merchant gave none (1.4). */
  requestId: string;
  merchantEntitlementId: string | null;
  readonly resellerId: string | null;
  productKey: string;
  /** What BangoTel sent when it was created. */
  readonly activation: JsonObject;
  /** null: the merchant refused to create it, so Bango has none. */
  status: BangoState | null;
  /** Where it stood before a call came to nothing. */
  statusBeforeFailure: BangoState | null;
  activationUrl: string | null;
  urlExpiry: string | null;
  terminationDate: string | null;
  merchantExtensionData: unknown;
  /** An operation that the merchant answered 202 and has not completed yet. */
  queued: string | null;
  readonly dates: Dates;
  readonly notifications: Notice[];
  /** What the merchant told through /notify. */
  readonly events: { readonly event: string; readonly message: string; readonly at: string }[];
  /** Grows with every change, so that a late reply can see that it is late. */
  version: number;
}

interface Dates {
  readonly dateCreated: string;
  dateActivated?: string;
  dateSuspended?: string;
  dateResumed?: string;
  dateEnded?: string;
  dateLastUpdated: string;
}

export interface Records {
  readonly add: (activation: JsonObject, ids: NewRecord) => EntitlementRecord;
  /** By Bango's id, in any case of letters. */
  readonly find: (entitlementId: string) => EntitlementRecord | null;
  /** Newest first. */
  readonly list: () => readonly EntitlementRecord[];
}

interface NewRecord {
  readonly entitlementId: string;
  readonly requestId: string;
  readonly resellerId: string | null;
  readonly productKey: string;
}

const ENTITLEMENTS_MAX = 1000;
const LIST_MAX = 200;

/** In memory: this is the outside world's stand-in, and a restart is a new world. The oldest are dropped. */
export function makeRecords(now: () => number): Records {
  const kept = new Map<string, EntitlementRecord>();
  return {
    add(activation, ids) {
      const record = newRecord(now, activation, ids);
      kept.set(ids.entitlementId.toLowerCase(), record);
      for (const oldest of kept.keys()) {
        if (kept.size <= ENTITLEMENTS_MAX) break;
        kept.delete(oldest);
      }
      return record;
    },
    find(entitlementId) {
      const record = kept.get(entitlementId.toLowerCase()) ?? null;
      if (record) endWhenDue(record);
      return record;
    },
    list() {
      const records = [...kept.values()].reverse();
      records.forEach(endWhenDue);
      return records;
    },
  };
}

function newRecord(now: () => number, activation: JsonObject, ids: NewRecord): EntitlementRecord {
  const at = new Date(now()).toISOString();
  return {
    now,
    ...ids,
    merchantEntitlementId: null,
    activation,
    status: "PENDING",
    statusBeforeFailure: null,
    activationUrl: null,
    urlExpiry: null,
    terminationDate: null,
    merchantExtensionData: null,
    queued: null,
    dates: { dateCreated: at, dateLastUpdated: at },
    notifications: [],
    events: [],
    version: 0,
  };
}

/** Bango's clock: the paid period of what was cancelled is over. */
function endWhenDue(record: EntitlementRecord): void {
  const { status, terminationDate } = record;
  if (terminationDate === null || (status !== "ACTIVE-ENDING" && status !== "SUSPENDED")) return;
  if (Date.parse(terminationDate) <= record.now()) moveTo(record, "CANCELLED");
}

/** Sets the state with its date, and notifies BangoTel where that is a change. */
export function moveTo(record: EntitlementRecord, status: BangoState): void {
  const before = record.status === "FAILED" ? record.statusBeforeFailure : record.status;
  const now = touch(record);
  if (status === record.status) return;
  if (status === "FAILED") record.statusBeforeFailure = record.status;
  record.status = status;
  if (status === before) return;
  if (status === "SUSPENDED") record.dates.dateSuspended = now;
  if (before === "SUSPENDED" && status.startsWith("ACTIVE")) record.dates.dateResumed = now;
  if (status === "ACTIVE") record.dates.dateActivated ??= now;
  if (isEnded(status)) record.dates.dateEnded = now;
  if (status !== "PENDING" && status !== "FAILED") {
    record.activationUrl = null;
    record.urlExpiry = null;
  }
  const notice = noticeOf(before, status);
  if (notice) notify(record, notice);
}

export function touch(record: EntitlementRecord): string {
  const now = new Date(record.now()).toISOString();
  record.dates.dateLastUpdated = now;
  record.version += 1;
  return now;
}

export function notify(record: EntitlementRecord, notification: NoticeName): void {
  const { status, productKey, notifications } = record;
  if (status === null) return;
  notifications.push({ notification, at: new Date(record.now()).toISOString(), status, productKey });
  if (notifications.length > LIST_MAX) notifications.shift();
}

export function noteEvent(record: EntitlementRecord, event: string, message: string): void {
  record.events.push({ event, message, at: touch(record) });
  if (record.events.length > LIST_MAX) record.events.shift();
}
