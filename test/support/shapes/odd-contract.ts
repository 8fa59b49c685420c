/** Success by kind: only `queued` has a status of its own. */
const success = {
  created: { status: 200, responseCode: "MADE" },
  ok: { responseCode: "DONE" },
  signUp: { status: 200, responseCode: "SIGN_UP" },
  queued: { responseCode: "LATER" },
};

const reply = {
  responseCode: "/result/code",
  responseMessage: "/result/text",
  activationUrl: "/link/url",
  urlExpiry: "/link/until",
  parameters: "details",
  entitlementId: "/subscription/ref",
  merchantEntitlementId: "/subscription/id",
  status: "/subscription/state",
  resellerId: "seller",
  productKey: "/item/sku",
  offerKey: "/item/offer",
  entitlementDisplayName: "title",
  sharedCustomerId: "/customer/shared",
  bangoUserId: "/customer/user",
  dateCreated: "/dates/made",
  dateActivated: "/dates/live",
  dateSuspended: "/dates/paused",
  dateResumed: "/dates/unpaused",
  dateExpiry: "/dates/expiry",
  dateEnded: "/dates/ended",
  dateLastUpdated: "/dates/touched",
  merchantExtensionData: "data",
  terminationDate: "endsOn",
  echo: "said",
};

const ids = { merchantEntitlementId: "/subscription/id", entitlementId: "/subscription/ref" };
const reasons = {
  reasonCategory: ["/why/category", "whyCategory"],
  reasonCode: ["/why/code", "whyCode"],
  reasonDescription: ["/why/text", "whyText"],
};
const data = {
  entitlementDisplayName: "title",
  dateExpiry: "/dates/expiry",
  customerIdentifier: "/customer/login",
  merchantExtensionData: "/data/merchant",
  extensionData: "/data/more",
};
/** The ids are in the query, under names of their own. */
const query = { ref: "merchantEntitlementId", sub: "entitlementId" };

/**
 * As little of the default contract as the configuration allows to be left: other methods and routes, ids in query
 * and body, fields deep within objects, other names, statuses and codes, the request id in a header of another name,
 * and no need of an entitlementId.
 */
export const ODD_CONTRACT = {
  operations: {
    activate: {
      method: "PUT",
      path: "/subs",
      success,
      required: ["resellerId", "productKey"],
      request: {
        ...data,
        entitlementId: ids.entitlementId,
        resellerId: ["/seller/id", "sellerKey"],
        productKey: "/item/sku",
        offerKey: "/item/offer",
        sharedCustomerId: "/customer/shared",
        bangoUserId: "/customer/user",
        merchantBangoExtensionData: "/data/route",
        extraInformation: "/data/extra",
      },
      reply,
    },
    activationInfo: { path: "/subs/link", success, query, reply },
    read: { path: "/subs", success, query, reply },
    update: {
      method: "POST",
      path: "/subs",
      success,
      request: { ...ids, ...data, productKey: "/item/sku" },
      // Of whom it is stays untold here.
      reply: { ...reply, bangoUserId: null },
    },
    suspend: { path: "/subs/pause", success, query, request: { ...ids, ...reasons }, reply },
    resume: { method: "DELETE", path: "/subs/pause", success, query, request: { ...ids, ...reasons }, reply },
    cancel: {
      method: "DELETE",
      path: "/subs/one/{merchantEntitlementId}",
      success,
      request: { ...ids, ...reasons },
      reply,
    },
    revoke: {
      method: "PUT",
      path: "/subs/one/{merchantEntitlementId}/end",
      success,
      request: { ...ids, ...reasons },
      reply,
    },
    terminate: {
      path: "/subs/terminate",
      success,
      request: { ...ids, ...reasons, immediate: "/how/now" },
      required: ["merchantEntitlementId"],
      reply,
    },
    reinstate: { path: "/subs/keep", success, query, request: ids, reply },
    echo: { path: "/ping", success, query: { say: "echoRequestId" }, reply },
  },
  errors: {
    badRequest: { responseCode: "INVALID" },
    methodNotAllowed: { responseCode: "WRONG_METHOD" },
    unsupportedType: { status: 400, responseCode: "NOT_JSON" },
    tooLarge: { responseCode: "TOO_BIG" },
    unauthorized: { responseCode: "WHO_ARE_YOU" },
    forbiddenReseller: { status: 404, responseCode: "NOT_YOURS" },
    productNotSold: { responseCode: "NOT_SOLD" },
    declined: { status: 402, responseCode: "DECLINED" },
    switchedOff: { status: 501, responseCode: "OFF" },
    notFound: { status: 410, responseCode: "NO_SUCH_THING" },
    alreadyExists: { status: 423, responseCode: "TAKEN" },
    conflict: { status: 422, responseCode: "NOT_NOW" },
    internal: { responseCode: "BUG" },
    unavailable: { status: 502, responseCode: "TRY_AGAIN" },
  },
  statusNames: { ACTIVE: "LIVE", "ACTIVE-ENDING": "ACTIVE_ENDING", REVOKED: "ENDED_NOW" },
  idempotency: { source: "header", header: "X-Call-Id" },
};
