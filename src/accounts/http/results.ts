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

const text = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

/** ISO 8601, or milliseconds; NaN where it is neither. */
function instantOf(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value : Number.NaN;
}

const waitOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" && value >= 0 ? value : undefined;

function resultOf({ kind, fields }: Heard): AccountResult {
  switch (kind) {
    case "done":
    case "alreadySo": {
      const periodEndsAt = instantOf(fields.periodEndsAt);
      // An end that cannot be read must not become an end at once.
      if (Number.isNaN(periodEndsAt)) return { kind: "unknown" };
      return {
        kind,
        accountReference: text(fields.accountReference),
        activationCode: text(fields.activationCode),
        periodEndsAt,
      };
    }
    case "signUpRequired":
    case "accepted":
      return { kind };
    case "refused":
      return { kind, reason: text(fields.reason) ?? "REFUSED", text: text(fields.text) };
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
  const accountReference = text(fields.accountReference);
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
  const detail = text(fields.text);
  return { ok: kind === "ok", ...(detail === undefined ? {} : { detail }) };
}

/** Throws where what came is no page: half a list must not be taken for a whole one. */
export function pageResult(outcome: Outcome): AccountPage {
  if (outcome.kind !== "heard" || outcome.heard.kind !== "page")
    throw new Error(`no page of the list: ${outcome.kind === "heard" ? outcome.heard.kind : outcome.why}`);
  const { items = [], next } = outcome.heard.fields;
  // JSONata makes one of a list of one.
  const rows = Array.isArray(items) ? (items as readonly Json[]) : [items];
  return { items: rows.map(listedOf), next: text(next) ?? null };
}

function listedOf(row: Json): ListedAccess {
  const { merchantEntitlementId, accountReference, access } = Object(row) as Record<string, Json>;
  const id = text(merchantEntitlementId);
  if (id === undefined || (access !== "full" && access !== "none"))
    throw new Error("an item of the list has no merchantEntitlementId, or no access that is full or none");
  return { merchantEntitlementId: id, accountReference: text(accountReference) ?? null, access };
}
