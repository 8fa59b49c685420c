import { stateAfterReport } from "./bango-states.js";
import type { BangoState, Report } from "./bango-states.js";
import type { MessageName } from "./faults.js";
import { isObject, textOf } from "./json.js";
import type { JsonObject } from "./json.js";
import { moveTo, noteEvent, notify, touch } from "./records.js";
import type { EntitlementRecord } from "./records.js";

export type EntitlementMessage = Exclude<MessageName, "echo">;

type Check = (body: JsonObject) => string | null;

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;
const isUtc = (value: unknown): boolean =>
  typeof value === "string" && UTC.test(value) && !Number.isNaN(Date.parse(value));
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

const field =
  (name: string, fits: (value: unknown) => boolean, what: string): Check =>
  (body) =>
    fits(body[name]) ? null : `${name} must be ${what}`;
const optional =
  (name: string, fits: (value: unknown) => boolean, what: string): Check =>
  (body) =>
    body[name] === undefined ? null : field(name, fits, what)(body);

const EXTENSION = optional(
  "merchantExtensionData",
  (value) => value === null || isObject(value),
  "an object",
);
const REASON = ["reasonCategory", "reasonCode", "reasonDescription"].map((name) =>
  optional(name, (value) => value === null || typeof value === "string", "a string"),
);
const EVENTS: readonly unknown[] = ["NOT_ELIGIBLE", "ALREADY_SUBSCRIBED", "SIGN_UP_ABANDONED"];

/** The bodies of 4.1, written out. */
const BODIES: Readonly<Record<EntitlementMessage, readonly Check[]>> = {
  activate: [field("dateActivated", isUtc, "a UTC date"), EXTENSION],
  terminate: [
    field("immediate", (value) => typeof value === "boolean", "true or false"),
    optional("terminationDate", isUtc, "a UTC date"),
    ...REASON,
  ],
  suspend: REASON,
  resume: REASON,
  update: [optional("productKey", isText, "a string"), EXTENSION],
  notify: [
    field("event", (value) => EVENTS.includes(value), EVENTS.join(", ")),
    field("message", (value) => typeof value === "string", "a string"),
  ],
};

/** What is wrong with a message; empty where nothing is. */
export function faultsOf(
  message: EntitlementMessage,
  body: unknown,
  record: EntitlementRecord,
  requestIdentifier: string | undefined,
): readonly string[] {
  if (!isObject(body)) return ["the body must be a JSON object"];
  const { entitlementId, merchantEntitlementId } = record;
  const checks = [
    field("requestId", isText, "a string"),
    field("requestId", (value) => value === requestIdentifier, "equal to X-RequestIdentifier"),
    field(
      "entitlementId",
      (value) => typeof value === "string" && value.toLowerCase() === entitlementId.toLowerCase(),
      "the one of the path",
    ),
    field(
      "merchantEntitlementId",
      (value) => isText(value) && (merchantEntitlementId === null || value === merchantEntitlementId),
      "the one that Bango was given",
    ),
    ...BODIES[message],
  ];
  return checks.map((check) => check(body)).filter((fault) => fault !== null);
}

export type Effect = "done" | "alreadyExists" | "conflict";

/** Lets a well-formed message take effect on Bango's record, or says why it cannot. */
export function takeMessage(
  message: EntitlementMessage,
  body: JsonObject,
  record: EntitlementRecord,
): Effect {
  const { status } = record;
  if (status === null) return "conflict";
  if (message === "notify") {
    noteEvent(record, textOf(body, "event") ?? "", textOf(body, "message") ?? "");
    return "done";
  }
  const next = stateAfterReport(
    status,
    reportOf(message, body, record.now()),
    record.terminationDate !== null,
  );
  if (next === null) return message === "activate" && status === "ACTIVE" ? "alreadyExists" : "conflict";
  record.merchantEntitlementId ??= textOf(body, "merchantEntitlementId");
  record.queued = null;
  if (message === "terminate") record.terminationDate = textOf(body, "terminationDate");
  if (isObject(body.merchantExtensionData)) record.merchantExtensionData = body.merchantExtensionData;
  if (message === "update") takeUpdate(record, body);
  else arriveAt(record, next, message === "activate" ? textOf(body, "dateActivated") : null);
  return "done";
}

function reportOf(message: Exclude<EntitlementMessage, "notify">, body: JsonObject, now: number): Report {
  if (message !== "terminate") return message;
  if (body.immediate === true) return "revoke";
  const date = textOf(body, "terminationDate");
  return date !== null && Date.parse(date) > now ? "endLater" : "endNow";
}

function arriveAt(record: EntitlementRecord, next: BangoState, dateActivated: string | null): void {
  if (dateActivated !== null) record.dates.dateActivated = dateActivated;
  moveTo(record, next);
}

function takeUpdate(record: EntitlementRecord, body: JsonObject): void {
  const productKey = textOf(body, "productKey");
  const other = productKey !== null && productKey !== record.productKey;
  if (other) record.productKey = productKey;
  touch(record);
  notify(record, other ? "PRODUCT_UPDATE" : "METADATA_UPDATE");
}
