import type { Json } from "../../core/entitlement.js";
import type {
  AccountPage,
  AccountResult,
  AccountSystemHealth,
  ListedAccess,
  Lookup,
  SignUpResult,
} from "../../ports/account-system.js";
import type { Outcome } from "./line.js";
import type { Heard } from "./read-reply.js";
import { instantOf, isRounded, textOf } from "./reply-values.js";

const waitOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" && value >= 0 ? value : undefined;

function resultOf({ kind, fields }: Heard): AccountResult {
  switch (kind) {
    case "done":
    case "alreadySo": {
      return {
        kind,
        accountReference: textOf(fields.accountReference),
        activationCode: textOf(fields.activationCode),
        periodEndsAt: instantOf(fields.periodEndsAt),
      };
    }
    case "signUpRequired":
    case "accepted":
      return { kind };
    case "refused":
      return { kind, reason: textOf(fields.reason) ?? "REFUSED", text: textOf(fields.text) };
    case "retryLater":
      return { kind, afterMs: waitOf(fields.afterMs) };
    default:
      return { kind: "unknown" };
  }
}

const laterOf = (
  outcome: Extract<Outcome, { kind: "notDone" }>,
): { kind: "retryLater"; afterMs?: number } => ({
  kind: "retryLater",
  ...(outcome.afterMs === undefined ? {} : { afterMs: Math.ceil(outcome.afterMs) }),
});

export function stepResult(outcome: Outcome, changesNothing: boolean): AccountResult {
  switch (outcome.kind) {
    case "heard":
      return resultOf(outcome.heard);
    case "notDone":
      return laterOf(outcome);
    case "unclear":
      return { kind: changesNothing ? "retryLater" : "unknown" };
  }
}

export function signUpResult(outcome: Outcome, changesNothing: boolean): SignUpResult {
  if (outcome.kind !== "heard") return stepResult(outcome, changesNothing) as SignUpResult;
  const { kind, fields } = outcome.heard;
  if (kind === "emailExists" || kind === "wrongPassword") return { kind };
  if (kind !== "done") return resultOf(outcome.heard) as SignUpResult;
  const accountReference = textOf(fields.accountReference);
  return accountReference === undefined ? { kind: "unknown" } : { kind, accountReference };
}

/** A result of the effect means that it is there. */
export function lookupResult(outcome: Outcome): Lookup {
  if (outcome.kind !== "heard") return { kind: "unsure" };
  const { kind } = outcome.heard;
  if (kind === "absent") return { kind };
  if (kind === "unsure") return { kind };
  const result = resultOf(outcome.heard);
  return result.kind === "unknown" || result.kind === "retryLater"
    ? { kind: "unsure" }
    : { kind: "present", result };
}

export function healthResult(outcome: Outcome): AccountSystemHealth {
  if (outcome.kind !== "heard") return { ok: false, detail: outcome.why };
  const { kind, fields } = outcome.heard;
  const detail = textOf(fields.text);
  return { ok: kind === "ok", ...(detail === undefined ? {} : { detail }) };
}

/** Throws where what came is no page: half a list must not be taken for a whole one. */
export function pageResult(outcome: Outcome): AccountPage {
  if (outcome.kind !== "heard" || outcome.heard.kind !== "page")
    throw new Error(`no page of the list: ${outcome.kind === "heard" ? outcome.heard.kind : outcome.why}`);
  const { items = [], next } = outcome.heard.fields;
  // JSONata makes one of a list of one.
  const rows = Array.isArray(items) ? (items as readonly Json[]) : [items];
  return { items: rows.map(listedOf), next: textOf(next) ?? null };
}

function listedOf(row: Json): ListedAccess {
  const { merchantEntitlementId, accountReference, access } = Object(row) as Record<string, Json>;
  const id = textOf(merchantEntitlementId);
  if (isRounded(merchantEntitlementId) || isRounded(accountReference))
    throw new Error("an id of the list is a number too long to be exact");
  if (id === undefined || (access !== "full" && access !== "none"))
    throw new Error("an item of the list has no merchantEntitlementId, or no access that is full or none");
  return { merchantEntitlementId: id, accountReference: textOf(accountReference) ?? null, access };
}
