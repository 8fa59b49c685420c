const CREATED = "2026-11-23T09:30:00.000Z";
const LATER = "2026-11-25T16:00:00.000Z";
const REQUEST_ID = "0b9a6c1e-6a0f-4f3c-8f0a-3c0b7a5d2e91";

const record = {
  entitlementId: "2f1c9f0e-5b7a-4c55-9d0b-6a1e8f3b7c21",
  merchantEntitlementId: "019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11",
  status: "ACTIVE",
  resellerId: "BANGOTEL",
  productKey: "MUSIC_DIRECT",
  sharedCustomerId: "customer-7",
  dateCreated: CREATED,
  dateActivated: CREATED,
  dateLastUpdated: CREATED,
  accountReference: "account-7",
  access: "full",
  blocks: {},
};

const view = { ...record, acceptances: [] };

const problem = (status: number, title: string, code: string, detail: string, more: object = {}): object => ({
  type: "about:blank",
  title,
  status,
  detail,
  code,
  requestId: REQUEST_ID,
  ...more,
});

const one = (summary: string, value: object): Examples => ({ example: { summary, value } });

export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: object }>>;

/** By operation (its request), by operation and status (that reply), or by status (that refusal of any operation). */
export const MERCHANT_EXAMPLES: Readonly<Record<string, Examples>> = {
  suspend: one("With a reason", {
    reasonCategory: "REVOKED",
    reasonCode: "FRAUD",
    reasonDescription: "two cards, one face",
  }),
  update: one("Another product, and no end of its own any more", {
    productKey: "MUSIC_PREMIUM",
    dateExpiry: null,
  }),
  block: one("The invoice is open", { kind: "unpaid", reason: "invoice 4711" }),
  unblock: one("The invoice is paid", { kind: "unpaid", reason: "paid on 25 November" }),
  notEligible: one("The customer has a subscription of his own", {
    event: "ALREADY_SUBSCRIBED",
    message: "subscribed since 2024",
  }),
  relink: one("The account that should have had it", { accountId: "account-42" }),
  complete: {
    done: {
      summary: "A cancel that was accepted is done",
      value: {
        requestId: "b1d7c9e2-9f53-4d57-8a61-94d7b8e0c3f5",
        outcome: "done",
        terminationDate: "2026-12-23T09:30:00.000Z",
      },
    },
    failed: {
      summary: "It could not be done",
      value: {
        requestId: "b1d7c9e2-9f53-4d57-8a61-94d7b8e0c3f5",
        outcome: "failed",
        reason: "the account is closed",
      },
    },
  },
  completeSignUp: one("The customer signed up elsewhere", { accountId: "account-42" }),
  "suspend 200": one("Suspended", {
    ...view,
    status: "SUSPENDED",
    dateSuspended: LATER,
    dateLastUpdated: LATER,
    access: "none",
  }),
  "suspend 202": one("The account system will do it later", {
    ...view,
    acceptances: [
      {
        requestId: "suspend-1",
        idempotencyKey: "q0w4e6r8t0y2u4i6o8p0a2s4d6f8g0h2j4k6l8z0x2c",
        operation: "suspend",
        state: "waiting",
        acceptedAt: LATER,
      },
    ],
  }),
  "find 200": one("Active", view),
  "list 200": one("The last page", { items: [record], next: null }),
  "400": one(
    "Every fault, each with its field",
    problem(400, "Bad Request", "badRequest", "kind: is required; reasn: is not known here", {
      errors: [
        { field: "kind", message: "is required" },
        { field: "reasn", message: "is not known here" },
      ],
    }),
  ),
  "401": one(
    "No token",
    problem(401, "Unauthorized", "unauthorized", "a bearer token of this API is required"),
  ),
  "403": {
    role: {
      summary: "A token that may only look",
      value: problem(
        403,
        "Forbidden",
        "forbiddenRole",
        "this token has the role view, and operate is required",
      ),
    },
    declined: {
      summary: "The account system declines",
      value: problem(403, "Forbidden", "declined", "the merchant's account system declines", {
        reason: "NOT_ELIGIBLE",
      }),
    },
  },
  "404": one("No such entitlement", problem(404, "Not Found", "notFound", "no such entitlement")),
  "409": one(
    "Not possible in this state",
    problem(409, "Conflict", "conflict", "not possible while the entitlement is REVOKED"),
  ),
  "503": one(
    "Not known yet",
    problem(503, "Service Unavailable", "unavailable", "the outcome is not known yet"),
  ),
};
