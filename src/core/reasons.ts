import type { Reason } from "./entitlement.js";

/** Categories and codes that Bango has published (1-public-facts 1.6), current and old. */
const LISTED: Readonly<Record<string, readonly string[]>> = {
  CUSTOMER_CANCELLED: [
    "NOT_RENEWED",
    "CHANGED_SERVICE",
    "SUBSCRIPTION_CANCELLED",
    "ADDON_CANCELLED",
    "CUSTOMER_CANCELLED",
    "EXPIRED",
    "OTHER",
  ],
  CUSTOMER_CHANGED: ["CUSTOMER_CANCELLED_BUNDLE", "CUSTOMER_CANCELLED_ADDON", "CHANGED_SERVICE"],
  REVOKED: [
    "ACCOUNT_TERMINATED",
    "SUSPEND_TERMINATED",
    "SUSPENDED_CANCEL",
    "ERROR",
    "FRAUD",
    "IMMEDIATE_CANCELLATION",
    "ROLLBACK_ERROR",
    "ROLLBACK_CONNECT_ERROR",
    "PRODUCT_NO_LONGER_AVAILABLE",
    "PARTNER_RETURN",
    "CUSTOMER_RETURN",
    "OTHER",
  ],
  ACTIVATION_ROLLBACK: [
    "TEST_ENTITLEMENT",
    "FRAUD",
    "FRAUD_CHECK",
    "CUSTOMER_PAYMENT_DEFAULT",
    "MERCHANT_ACCOUNT_CHANGED",
  ],
};

/** An unlisted reason is kept and passed on like any other, and noted in the log; it is never refused (1.6). */
export function isListedReason(reason: Reason): boolean {
  if (reason.category === null) return reason.code === null;
  if (!Object.hasOwn(LISTED, reason.category)) return false;
  return reason.code === null || (LISTED[reason.category] ?? []).includes(reason.code);
}

/** Sent by Bango when its own `dateExpiry` has come (1.5). */
export const saysExpired = (reason: Reason | null): boolean => reason?.code === "EXPIRED";
