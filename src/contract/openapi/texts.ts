import type { ProblemCode } from "../../core/problem.js";
import type { OperationName } from "../operations.js";
import type { SuccessKind } from "../replies.js";

export const DESCRIPTION = `What Bango Resale calls on a merchant.

Every reply, errors too, begins with a code and a text for people, which may change; then come the fields of the entitlement. Fields without a value are left out; dates are UTC with milliseconds and \`Z\`. An entitlement is named by our \`merchantEntitlementId\` or by the \`requestId\` of the call that activated it.

A 4xx promises that nothing has changed. A 503 means not done, or not known yet: ask again with the same \`requestId\`, and it is done once however often it is asked. Fields that are not described here are kept, never refused.`;

/** When each cause of a refusal is heard. */
export const CAUSES: Readonly<Record<ProblemCode, string>> = {
  badRequest: "a field is missing or wrong, or ids disagree; every fault is listed with its field",
  methodNotAllowed: "this path answers other methods",
  unsupportedType: "the body is not application/json in UTF-8",
  tooLarge: "the body is over 256 KiB",
  unauthorized: "no valid credentials, or not from an allowed address",
  forbiddenReseller: "the credential may not act for this reseller",
  productNotSold: "this reseller does not sell the product, or not now",
  declined: "the merchant declines, and parameters.reason says why",
  switchedOff: "the operation is switched off or not offered",
  notFound: "no such entitlement, or one that this credential may not see",
  alreadyExists:
    "the entitlementId is known with other content or has ended, or the customer has as many live entitlements as allowed",
  conflict: "not possible in this state, ended already, or this requestId came with another content",
  tooMany: "too many failed authentications; calls with good credentials are never limited",
  internal: "a bug of ours",
  unavailable: "not done, or not known yet; asking again with the same requestId is safe",
};

const CHANGED = "Done, or already so; repeated with the same requestId it is answered with the same bytes";
const QUEUED = "Accepted by the merchant's account system, to be done later; the record is as before";

const OF_ACTIVATE: Readonly<Record<SuccessKind, string>> = {
  ok: "Already so: this entitlement is there with the same content",
  created: "ACTIVE at once",
  signUp: "PENDING: the customer has to sign up at activationUrl",
  queued: "PENDING: the merchant's account system will complete it later",
};

export function successText(operation: OperationName, kind: SuccessKind): string {
  if (operation === "activate") return OF_ACTIVATE[kind];
  if (operation === "activationInfo") return "Where the customer signs up, with a fresh link";
  if (operation === "read") return "The present record";
  if (operation === "echo") return "The id that was sent";
  return kind === "queued" ? QUEUED : CHANGED;
}
