import { describe, expect, it } from "@jest/globals";
import { isListedReason, saysExpired } from "../../src/core/reasons.js";

const reason = (category: string | null, code: string | null) => ({ category, code, description: null });

/** Every pair that the public documents name (1.6), current, old, and seen at a third party. */
const PUBLISHED: Readonly<Record<string, string>> = {
  CUSTOMER_CANCELLED:
    "NOT_RENEWED CHANGED_SERVICE SUBSCRIPTION_CANCELLED ADDON_CANCELLED EXPIRED OTHER CUSTOMER_CANCELLED",
  REVOKED:
    "ACCOUNT_TERMINATED SUSPEND_TERMINATED ERROR FRAUD IMMEDIATE_CANCELLATION OTHER SUSPENDED_CANCEL ROLLBACK_ERROR ROLLBACK_CONNECT_ERROR PRODUCT_NO_LONGER_AVAILABLE PARTNER_RETURN CUSTOMER_RETURN",
  CUSTOMER_CHANGED: "CUSTOMER_CANCELLED_BUNDLE CUSTOMER_CANCELLED_ADDON CHANGED_SERVICE",
  ACTIVATION_ROLLBACK: "TEST_ENTITLEMENT FRAUD FRAUD_CHECK CUSTOMER_PAYMENT_DEFAULT MERCHANT_ACCOUNT_CHANGED",
};
const pairs = Object.entries(PUBLISHED).flatMap(([category, codes]) =>
  codes.split(" ").map((code) => ({ category, code })),
);

describe("a reason that Bango has published", () => {
  it.each(pairs)("$category, $code is known", ({ category, code }) => {
    expect(isListedReason(reason(category, code))).toBe(true);
  });

  it("is known by its category alone", () => {
    for (const category of Object.keys(PUBLISHED)) expect(isListedReason(reason(category, null))).toBe(true);
  });

  it("is known where only a description came", () => {
    expect(isListedReason({ category: null, code: null, description: "no money" })).toBe(true);
  });
});

describe("a reason that is not listed", () => {
  it.each([
    ["CUSTOMER_CANCELLED", "FRAUD"],
    ["REVOKED", "EXPIRED"],
    ["revoked", "FRAUD"],
    ["REVOKED", "fraud"],
    ["NEW_CATEGORY", null],
    ["NEW_CATEGORY", "OTHER"],
    [null, "FRAUD"],
    // Names that every object has must not be taken for categories.
    ["constructor", null],
    ["__proto__", null],
    ["toString", "length"],
  ])("%s, %s is noticed", (category, code) => {
    expect(isListedReason(reason(category, code))).toBe(false);
  });
});

describe("the code EXPIRED", () => {
  it("says that Bango's own end date has come, under whatever category", () => {
    expect(saysExpired(reason("CUSTOMER_CANCELLED", "EXPIRED"))).toBe(true);
    expect(saysExpired(reason(null, "EXPIRED"))).toBe(true);
  });

  it("is nothing but the code", () => {
    expect(saysExpired(null)).toBe(false);
    expect(saysExpired(reason("EXPIRED", null))).toBe(false);
    expect(saysExpired(reason("CUSTOMER_CANCELLED", "expired"))).toBe(false);
    expect(saysExpired({ category: null, code: null, description: "EXPIRED" })).toBe(false);
  });
});
