import type { OperationName } from "../../../src/contract/operations.js";
import { ODD_CONTRACT } from "./odd-contract.js";
import type { Body, SaidReply, Shape, SuiteCall, WireCall } from "./shape.js";

type Route = readonly [
  method: WireCall["method"],
  path: string,
  idIn: "path" | "query" | "body" | "say" | null,
];

const ROUTES: Readonly<Record<OperationName, (id: string) => Route>> = {
  activate: () => ["put", "/subs", null],
  activationInfo: () => ["get", "/subs/link", "query"],
  read: () => ["get", "/subs", "query"],
  update: () => ["post", "/subs", null],
  suspend: () => ["post", "/subs/pause", "query"],
  resume: () => ["delete", "/subs/pause", "query"],
  cancel: (id) => ["delete", `/subs/one/${id}`, "path"],
  revoke: (id) => ["put", `/subs/one/${id}/end`, "path"],
  terminate: () => ["post", "/subs/terminate", "body"],
  reinstate: () => ["post", "/subs/keep", "query"],
  echo: () => ["get", "/ping", "say"],
};

/** Where each word of the suites stands in a body. */
const REQUEST: Readonly<Record<string, readonly string[]>> = {
  entitlementId: ["subscription", "ref"],
  merchantEntitlementId: ["subscription", "id"],
  resellerId: ["seller", "id"],
  resellerKey: ["sellerKey"],
  productKey: ["item", "sku"],
  offerKey: ["item", "offer"],
  sharedCustomerId: ["customer", "shared"],
  bangoUserId: ["customer", "user"],
  customerIdentifier: ["customer", "login"],
  dateExpiry: ["dates", "expiry"],
  entitlementDisplayName: ["title"],
  merchantBangoExtensionData: ["data", "route"],
  merchantExtensionData: ["data", "merchant"],
  extensionData: ["data", "more"],
  extraInformation: ["data", "extra"],
  reasonCategory: ["why", "category"],
  reasonCode: ["why", "code"],
  reasonDescription: ["why", "text"],
  immediate: ["how", "now"],
  // One other name stands for all that the default contract knows.
  ...aliases("category", "whyCategory"),
  ...aliases("code", "whyCode"),
  ...aliases("description", "whyText"),
};

function aliases(bare: string, place: string): Record<string, readonly string[]> {
  const capital = bare.charAt(0).toUpperCase() + bare.slice(1);
  const names = [bare, ...["cancel", "suspend", "revoke"].map((prefix) => `${prefix}Reason${capital}`)];
  return Object.fromEntries(names.map((name) => [name, [place]]));
}

/** What stands where in a reply, and what the suites call it. */
const REPLY: Readonly<Record<string, string>> = {
  "result.code": "responseCode",
  "result.text": "responseMessage",
  "link.url": "activationUrl",
  "link.until": "urlExpiry",
  details: "parameters",
  "subscription.ref": "entitlementId",
  "subscription.id": "merchantEntitlementId",
  "subscription.state": "status",
  seller: "resellerId",
  "item.sku": "productKey",
  "item.offer": "offerKey",
  title: "entitlementDisplayName",
  "customer.shared": "sharedCustomerId",
  "customer.user": "bangoUserId",
  "dates.made": "dateCreated",
  "dates.live": "dateActivated",
  "dates.paused": "dateSuspended",
  "dates.unpaused": "dateResumed",
  "dates.expiry": "dateExpiry",
  "dates.ended": "dateEnded",
  "dates.touched": "dateLastUpdated",
  data: "merchantExtensionData",
  endsOn: "terminationDate",
  said: "echo",
};

const STATES: Readonly<Record<string, string>> = {
  PENDING: "PENDING",
  LIVE: "ACTIVE",
  ACTIVE_ENDING: "ACTIVE-ENDING",
  SUSPENDED: "SUSPENDED",
  CANCELLED: "CANCELLED",
  ENDED_NOW: "REVOKED",
};

/** The status that comes with each code here, and what the default contract says instead. */
const CODES: Readonly<Record<string, readonly [status: number, usual: number, usualCode: string]>> = {
  MADE: [200, 201, "OK"],
  DONE: [200, 200, "OK"],
  SIGN_UP: [200, 202, "CLIENT_ACTION_REQUIRED"],
  LATER: [202, 202, "OK"],
  INVALID: [400, 400, "BAD_REQUEST"],
  WRONG_METHOD: [405, 405, "BAD_REQUEST"],
  NOT_JSON: [400, 415, "BAD_REQUEST"],
  TOO_BIG: [413, 413, "BAD_REQUEST"],
  WHO_ARE_YOU: [401, 401, "UNAUTHORIZED"],
  NOT_YOURS: [404, 403, "NOT_AVAILABLE"],
  NOT_SOLD: [403, 403, "NOT_AVAILABLE"],
  DECLINED: [402, 403, "NOT_AVAILABLE"],
  OFF: [501, 403, "NOT_AVAILABLE"],
  NO_SUCH_THING: [410, 404, "NOT_FOUND"],
  TAKEN: [423, 409, "ALREADY_EXISTS"],
  NOT_NOW: [422, 409, "CONFLICT"],
  BUG: [500, 500, "INTERNAL_ERROR"],
  TRY_AGAIN: [502, 503, "SERVICE_UNAVAILABLE"],
};

const HEADER = "X-Call-Id";
const USUAL_HEADER = "X-RequestIdentifier";

export const odd: Shape = {
  name: "odd",
  contract: ODD_CONTRACT,
  refused: [],
  sentAs: (operation) => operation,
  requestIdIn: "header",
  anonymous: true,
  toWire: (operation, id, call) => {
    const [method, path, idIn] = ROUTES[operation](encodeURIComponent(id ?? ""));
    const { requestId, ...fields } = fieldsOf(call);
    const named = idIn === "body" && id !== null ? { merchantEntitlementId: id, ...fields } : fields;
    const { entitlementId, ...query } = call.query;
    const { [USUAL_HEADER]: usual, ...headers } = call.headers;
    // Only text can stand in a header; null and "" are as good as nothing.
    const callId = usual ?? (typeof requestId === "string" && requestId !== "" ? requestId : undefined);
    return {
      method,
      path,
      query: {
        ...query,
        ...(entitlementId === undefined ? {} : { sub: entitlementId }),
        ...(id !== null && idIn === "query" ? { ref: id } : {}),
        ...(id !== null && idIn === "say" ? { say: id } : {}),
      },
      headers: { ...headers, ...(callId === undefined ? {} : { [HEADER]: callId }) },
      body: call.body === undefined && Object.keys(named).length === 0 ? undefined : bodyOf(call, named),
    };
  },
  fromWire: (_operation, reply) => usualReply(reply),
};

const parsed = (text: string): Body | null => {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return null;
  }
};

const fieldsOf = ({ body }: SuiteCall): Body => (typeof body === "string" ? parsed(body) : body) ?? {};

/** What was sent as text goes as text: one with a field `__proto__`, say, and what is no JSON as it is. */
function bodyOf({ body }: SuiteCall, fields: Body): Body | string {
  if (typeof body === "string") return parsed(body) === null ? body : JSON.stringify(placed(fields));
  return placed(fields);
}

function placed(fields: Body): Body {
  const known = Object.entries(fields).filter(
    ([name, value]) => Object.hasOwn(REQUEST, name) && value !== undefined,
  );
  const unknown = Object.entries(fields).filter(([name]) => !Object.hasOwn(REQUEST, name));
  const out = new Map<string, unknown>(unknown);
  for (const [name, value] of known) {
    const [first = "", second] = REQUEST[name] ?? [];
    out.set(
      first,
      second === undefined ? value : { ...(out.get(first) as Body | undefined), [second]: value },
    );
  }
  return Object.fromEntries(out);
}

function usualReply({ status, body }: SaidReply): SaidReply {
  const said = Object.fromEntries(leavesOf(body as Body, ""));
  const [expected, usual, responseCode] = CODES[String(said.responseCode)] ?? [];
  if (expected !== status)
    throw new Error(
      `${String(status)} does not go with ${String(said.responseCode)}: ${JSON.stringify(body)}`,
    );
  return {
    status: usual ?? status,
    body: {
      ...said,
      responseCode,
      responseMessage: withUsualHeader(said.responseMessage),
      ...("parameters" in said ? { parameters: withUsualHeader(said.parameters) } : {}),
      ...("status" in said ? { status: stateOf(said.status) } : {}),
    },
  };
}

/** In the order in which they stand on the wire; a name that nobody has agreed on is an error. */
function leavesOf(value: Body, at: string): [string, unknown][] {
  return Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const place = `${at}${name}`;
    const usual = REPLY[place];
    if (usual !== undefined) return [[usual, item]];
    if (typeof item !== "object" || item === null)
      throw new Error(`${place} is in no reply of this contract`);
    return leavesOf(item as Body, `${place}.`);
  });
}

function stateOf(state: unknown): string {
  const usual = STATES[String(state)];
  if (usual === undefined) throw new Error(`${String(state)} is no state of this contract`);
  return usual;
}

const withUsualHeader = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(HEADER, USUAL_HEADER)) as unknown;
