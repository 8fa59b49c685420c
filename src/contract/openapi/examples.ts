const CREATED = "2026-11-23T09:30:00.000Z";
const URL_EXPIRY = "2026-11-24T09:30:00.000Z";
const ACTIVATION_URL = "https://merchant.example.com/activate/Vq0m3nXc0rZ1yUuJb8Kp5sTt2wLhEaGd9iQoRfYxNvM";

const record = {
  entitlementId: "2f1c9f0e-5b7a-4c55-9d0b-6a1e8f3b7c21",
  merchantEntitlementId: "019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11",
  resellerId: "BANGOTEL",
  productKey: "MUSIC_DIRECT",
  sharedCustomerId: "customer-7",
  dateCreated: CREATED,
};

const active = {
  responseCode: "OK",
  responseMessage: "Active",
  ...record,
  status: "ACTIVE",
  dateActivated: CREATED,
  dateLastUpdated: CREATED,
};

const pending = {
  responseCode: "CLIENT_ACTION_REQUIRED",
  responseMessage: "The customer has to sign up",
  activationUrl: ACTIVATION_URL,
  urlExpiry: URL_EXPIRY,
  parameters: { action: "NAVIGATE_TO_URL", url: ACTIVATION_URL, urlExpiry: URL_EXPIRY },
  ...record,
  productKey: "MUSIC",
  status: "PENDING",
  dateLastUpdated: CREATED,
};

const activation = {
  requestId: "7c0b3f7e-8f0e-4a43-9b1e-2c0f5f3d9a10",
  entitlementId: record.entitlementId,
  resellerId: "BANGOTEL",
  productKey: "MUSIC_DIRECT",
  sharedCustomerId: "customer-7",
};

const later = "2026-11-25T16:00:00.000Z";

/**
 * By operation (its request), by operation and kind of success (that reply), or by cause (that refusal of any
 * operation). Under our own names: they are said as the contract says them.
 */
export const EXAMPLES: Readonly<
  Record<string, Readonly<Record<string, { readonly summary: string; readonly value: object }>>>
> = {
  activate: {
    activeAtOnce: { summary: "A product that is active at once", value: activation },
    signUp: {
      summary: "A product with a sign-up, and everything that may come along",
      value: {
        ...activation,
        productKey: "MUSIC",
        offerKey: "SPRING",
        dateExpiry: "2027-11-23T00:00:00+01:00",
        entitlementDisplayName: "Music, family plan",
        merchantExtensionData: { seats: 4 },
      },
    },
  },
  "activate created": { active: { summary: "Active at once", value: active } },
  "activate signUp": { signUp: { summary: "The customer has to sign up", value: pending } },
  "activate queued": {
    queued: {
      summary: "The account system will complete it later",
      value: {
        responseCode: "OK",
        responseMessage: "Accepted; will complete later",
        ...record,
        status: "PENDING",
        dateLastUpdated: CREATED,
      },
    },
  },
  "activationInfo ok": {
    freshLink: {
      summary: "A fresh link",
      value: { ...pending, responseCode: "OK", responseMessage: "Success" },
    },
  },
  "suspend ok": {
    suspended: {
      summary: "Suspended",
      value: {
        ...active,
        responseMessage: "Success",
        status: "SUSPENDED",
        dateSuspended: later,
        dateLastUpdated: later,
      },
    },
  },
  "cancel ok": {
    ending: {
      summary: "Access until the paid period ends",
      value: {
        ...active,
        responseMessage: "Success",
        status: "ACTIVE-ENDING",
        dateLastUpdated: later,
        terminationDate: "2026-12-23T09:30:00.000Z",
      },
    },
  },
  suspend: {
    withReason: {
      summary: "With a reason",
      value: {
        requestId: "b1d7c9e2-9f53-4d57-8a61-94d7b8e0c3f5",
        reasonCategory: "REVOKED",
        reasonCode: "FRAUD",
      },
    },
  },
  badRequest: {
    faults: {
      summary: "Every fault, each with its field",
      value: {
        responseCode: "BAD_REQUEST",
        responseMessage: "productKey: must be a string",
        parameters: { faults: [{ field: "productKey", message: "must be a string" }] },
      },
    },
  },
  unauthorized: {
    unauthorized: {
      summary: "No valid credentials",
      value: { responseCode: "UNAUTHORIZED", responseMessage: "no valid credentials" },
    },
  },
  declined: {
    declined: {
      summary: "The merchant declines",
      value: {
        responseCode: "NOT_AVAILABLE",
        responseMessage: "the merchant's account system declines",
        parameters: { reason: "NOT_ELIGIBLE" },
      },
    },
  },
  productNotSold: {
    notSold: {
      summary: "Not sold by this reseller",
      value: { responseCode: "NOT_AVAILABLE", responseMessage: "productKey is not sold by this reseller" },
    },
  },
  notFound: {
    notFound: {
      summary: "No such entitlement",
      value: { responseCode: "NOT_FOUND", responseMessage: "no such entitlement" },
    },
  },
  conflict: {
    conflict: {
      summary: "Not possible in this state",
      value: { responseCode: "CONFLICT", responseMessage: "not possible while the entitlement is REVOKED" },
    },
  },
  alreadyExists: {
    alreadyExists: {
      summary: "Known with other content",
      value: {
        responseCode: "ALREADY_EXISTS",
        responseMessage: "this entitlementId is known with other content",
      },
    },
  },
  tooMany: {
    tooMany: {
      summary: "Too many wrong secrets",
      value: { responseCode: "TOO_MANY_REQUESTS", responseMessage: "too many failed authentications" },
    },
  },
  unavailable: {
    unavailable: {
      summary: "Not known yet",
      value: { responseCode: "SERVICE_UNAVAILABLE", responseMessage: "the outcome is not known yet" },
    },
  },
};
