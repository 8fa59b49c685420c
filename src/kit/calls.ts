import { accessAfter, SOLD } from "../core/access.js";
import type { Access } from "../core/access.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountCall, AccountEntitlement, SignUpCall } from "../ports/account-system.js";
import type { TraceContext } from "../ports/trace.js";
import type { KitSettings } from "./kit-types.js";

/** As long as the port allows, and in the letters of the service's own (base64url), of which case counts. */
export const newKey = (): string =>
  `kit-${btoa(String.fromCodePoint(...crypto.getRandomValues(new Uint8Array(45))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")}`;

/** A UUID as the service makes them (version 7): two that come soon after each other begin alike. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

export const newCustomer = () => ({
  email: `kit-${crypto.randomUUID()}@example.com`,
  password: `Kit-Pass word-${crypto.randomUUID()}`,
});

/** What the service calls the move that asks for each operation. */
const MOVES: Record<AccountOperation, string> = {
  activate: "activate",
  eligibility: "activate",
  link: "relink",
  suspend: "suspend",
  resume: "resume",
  change: "update",
  endAtPeriod: "cancel",
  reinstate: "reinstate",
  revoke: "revoke",
};

/** An entitlement that nobody has seen: every id is new. */
export function newEntitlement({ entitlement }: KitSettings, part: object = {}): AccountEntitlement {
  const id = newId();
  return {
    merchantEntitlementId: id,
    // Bango's are UUIDs too; the ids of customers may be any text.
    entitlementId: crypto.randomUUID(),
    resellerId: "KIT",
    productKey: "KIT_PRODUCT",
    offerKey: null,
    entitlementDisplayName: null,
    sharedCustomerId: `kit-customer-${id}`,
    bangoUserId: null,
    customerIdentifier: null,
    accountReference: null,
    dateActivated: null,
    dateExpiry: null,
    merchantBangoExtensionData: null,
    merchantExtensionData: null,
    extensionData: null,
    extraInformation: null,
    plan: "kit-plan",
    ...entitlement,
    ...part,
  };
}

const OTHER_PLAN = { plan: "kit-other", productKey: "KIT_OTHER" };

/** What `change` is to make of it. */
export const asChanged = (entitlement: AccountEntitlement, { changed }: KitSettings): AccountEntitlement => ({
  ...entitlement,
  ...(changed ?? OTHER_PLAN),
});

const kitTrace = (key: string): TraceContext => ({
  requestId: `kit-trace-${key}`,
  traceparent: "00-6b69742d6b69742d6b69742d6b69742d-6b69742d6b69742d-01",
});

export interface CallParts {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly deadlineAt: number;
  readonly access?: Access | undefined;
  readonly repeat?: boolean | undefined;
}

export const newCall = (
  operation: AccountOperation,
  entitlement: AccountEntitlement,
  { key, signal, deadlineAt, access, repeat }: CallParts,
): AccountCall => ({
  idempotencyKey: key,
  deadlineAt,
  signal,
  ...(repeat === undefined ? {} : { repeat }),
  trace: kitTrace(key),
  command: {
    operation: MOVES[operation],
    reason: null,
    requestId: `kit-request-${key}`,
    unknownFields: null,
  },
  access: access ?? accessAfter(SOLD, operation),
  entitlement,
  now: Date.now(),
});

export const newSignUp = (
  entitlement: AccountEntitlement,
  { email, password }: Pick<SignUpCall, "email" | "password">,
  { key, signal, deadlineAt }: CallParts,
): SignUpCall => ({
  idempotencyKey: key,
  deadlineAt,
  signal,
  trace: kitTrace(key),
  entitlement,
  now: Date.now(),
  email,
  password,
});
