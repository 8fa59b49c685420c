import { STATES } from "../../core/entitlement.js";
import type { State } from "../../core/entitlement.js";

/** Names are alike when they differ in case, and in what stands between words, alone. */
export const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** What others may call our operations and messages, folded. */
const OPERATION_WORDS: Readonly<Record<string, readonly string[]>> = {
  activate: ["activate", "activation", "create", "provision", "subscribe", "confirm"],
  activationInfo: ["activationinfo", "activationurl", "activationlink", "activationinformation"],
  read: ["read", "get", "retrieve", "fetch", "details"],
  update: ["update", "change", "modify", "patch", "edit"],
  suspend: ["suspend", "suspension", "pause", "block"],
  resume: ["resume", "resumption", "unsuspend", "unpause", "unblock"],
  cancel: ["cancel", "cancellation"],
  revoke: ["revoke", "revocation"],
  terminate: ["terminate", "termination", "end", "deactivate", "deprovision"],
  reinstate: ["reinstate", "reinstatement", "uncancel", "undocancel"],
  echo: ["echo", "ping"],
  notify: ["notify", "notification"],
};

const FILLERS = /entitlements?|subscriptions?|bango|merchant|reseller|customer|api|request|by|id/g;
const METHOD_WORDS = /^(get|post|put|patch|delete)(?=.)/;

/** Which operation a word stands for, among these; null where none. */
export function operationOfWord(word: string, among: readonly string[]): string | null {
  const whole = folded(word);
  const bare = whole.replace(FILLERS, "");
  const tries = [whole, bare, bare.replace(METHOD_WORDS, "")];
  for (const one of tries) {
    const found = among.find(
      (name) => folded(name) === one || (OPERATION_WORDS[name] ?? []).some((known) => known === one),
    );
    if (found !== undefined) return found;
  }
  return null;
}

/** What others may call our fields, folded. Only such as hardly mean another. */
const FIELD_WORDS: Readonly<Record<string, readonly string[]>> = {
  requestId: ["requestidentifier", "transactionid", "correlationid", "idempotencykey", "messageid"],
  entitlementId: ["bangoentitlementid", "entitlementuuid", "entitlementidentifier", "subscriptionid"],
  merchantEntitlementId: [
    "externalentitlementid",
    "merchantentitlementidentifier",
    "merchantsubscriptionid",
    "merchantid",
    "merchantref",
    "merchantreference",
  ],
  resellerId: ["resellerkey", "resellercode", "resellername", "reseller"],
  productKey: ["productid", "productcode", "product", "sku"],
  offerKey: ["offerid", "offercode", "offer"],
  customerIdentifier: ["customerid", "subscriberid", "resellercustomerid"],
  sharedCustomerId: ["sharedcustomeridentifier", "customersharedid"],
  bangoUserId: ["bangouseridentifier", "userid", "bangouser"],
  dateExpiry: ["expirydate", "dateexpires", "expiresat", "expirationdate", "validuntil"],
  entitlementDisplayName: ["displayname"],
  reasonCategory: ["reasoncategory", "reasontype"],
  reasonCode: ["reasoncode"],
  reasonDescription: ["reasondescription", "reasontext", "reasonmessage"],
  immediate: ["immediately", "isimmediate", "effectiveimmediately", "immediatetermination"],
  terminationDate: ["enddate", "terminationat", "datetermination", "effectivedate"],
  dateActivated: ["activateddate", "activationdate", "activatedat"],
  dateCreated: ["createddate", "creationdate", "createdat"],
  dateSuspended: ["suspendeddate", "suspensiondate", "suspendedat"],
  dateResumed: ["resumeddate", "resumptiondate", "resumedat"],
  dateEnded: ["endeddate", "dateend", "endedat"],
  dateLastUpdated: ["lastupdateddate", "lastupdated", "updatedat", "lastmodified"],
  responseCode: ["resultcode", "code"],
  responseMessage: ["resultmessage", "message", "resultdescription"],
  status: ["state", "entitlementstatus", "entitlementstate", "currentstatus"],
  activationUrl: ["signupurl", "activationlink", "redirecturl"],
  urlExpiry: ["activationurlexpiry", "urlexpiresat", "activationlinkexpiry"],
  echo: ["echorequestid"],
};

/** Words that mean ours only where they stand alone at the top, or within something that is about it. */
const CONTEXT: Readonly<Record<string, RegExp>> = {
  code: /^(result|response|outcome)?$/,
  message: /^(result|response|outcome)?$/,
  state: /^(entitlement|subscription|record|data|result)?$/,
  status: /^(entitlement|subscription|record|data|result)?$/,
  echo: /^(result|response|data)?$/,
};

/**
 * How well a place in a body fits a name of ours: 0 not at all, more is better. Beginnings of the place may be left
 * out, `subscriber.reason.code` is `reasonCode`.
 */
export function fits(steps: readonly string[], name: string): number {
  const ours = folded(name);
  for (let from = 0; from < steps.length; from += 1) {
    const place = folded(steps.slice(from).join(""));
    const before = folded(steps.slice(0, from).at(-1) ?? "");
    if (CONTEXT[place] && !CONTEXT[place].test(before)) continue;
    const penalty = from / 10;
    if (place === ours) return (steps.length === 1 && steps[0] === name ? 4 : 3) - penalty;
    if (place.endsWith(ours) && ours.startsWith("reason")) return 2 - penalty;
    if (FIELD_WORDS[name]?.includes(place)) return 1 - penalty / 2;
  }
  return 0;
}

const STATE_WORDS: Readonly<Record<State, readonly string[]>> = {
  PENDING: ["pendingactivation", "awaitingactivation", "waiting", "created"],
  ACTIVE: ["activated", "enabled", "live"],
  "ACTIVE-ENDING": [
    "ending",
    "pendingtermination",
    "terminationpending",
    "cancelling",
    "pendingcancellation",
  ],
  SUSPENDED: ["paused", "onhold", "blocked"],
  CANCELLED: ["canceled", "expired", "ended"],
  REVOKED: ["terminated", "deleted", "removed"],
};

/** Which of these values stands for each of our states, as far as one does. */
export function stateNames(values: readonly string[]): Readonly<Partial<Record<State, string>>> {
  const found = STATES.flatMap((state): [State, string][] => {
    const value =
      values.find((one) => one === state) ??
      values.find((one) => folded(one) === folded(state)) ??
      values.find((one) => STATE_WORDS[state].includes(folded(one)));
    return value === undefined ? [] : [[state, value]];
  });
  return Object.fromEntries(found);
}

const REQUEST_ID_HEADERS = [
  "xrequestidentifier",
  "requestidentifier",
  "idempotencykey",
  "xidempotencykey",
  "xrequestid",
  "requestid",
  "xcorrelationid",
  "xtransactionid",
];

/** The header that carries the request's id; null where none of these looks like one. */
export const requestIdHeader = (headers: readonly string[]): string | null =>
  REQUEST_ID_HEADERS.flatMap((known) => headers.filter((one) => folded(one) === known))[0] ?? null;
