import type { Instant } from "./entitlement.js";

/** What an account system answers (5.1), as the core sees it. */
export type AccountResult =
  | {
      readonly kind: "done" | "alreadySo";
      readonly accountReference?: string | undefined;
      /** When the paid period ends; from `endAtPeriod`. None means that access has ended now. */
      readonly periodEndsAt?: Instant | undefined;
      readonly activationCode?: string | undefined;
    }
  | { readonly kind: "signUpRequired" }
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly reason: string; readonly text?: string | undefined }
  | { readonly kind: "retryLater"; readonly afterMs?: number | undefined }
  | { readonly kind: "unknown" };

/** The results after which something is decided. The others leave everything as it was. */
export type SettledResult = Exclude<AccountResult, { kind: "retryLater" | "unknown" }>;

export type AccountResultKind = AccountResult["kind"];

export const ACCOUNT_RESULT_KINDS = [
  "done",
  "alreadySo",
  "signUpRequired",
  "accepted",
  "refused",
  "retryLater",
  "unknown",
] as const satisfies readonly AccountResultKind[];

/** Whether somebody else's answer has the shape of a result; whatever has not means `unknown`. */
export function isAccountResult(answer: unknown): answer is AccountResult {
  if (typeof answer !== "object" || answer === null || !("kind" in answer)) return false;
  const result = answer as Record<string, unknown>;
  return (
    (ACCOUNT_RESULT_KINDS as readonly unknown[]).includes(result.kind) &&
    (result.accountReference === undefined || isKeptText(result.accountReference)) &&
    (result.activationCode === undefined || isKeptText(result.activationCode)) &&
    (result.periodEndsAt === undefined || isInstant(result.periodEndsAt)) &&
    (result.kind !== "refused" || typeof result.reason === "string")
  );
}

const KEPT_TEXT_MAX = 255;
/** What is kept of an answer is no longer than any other text of an entitlement. */
export const isKeptText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= KEPT_TEXT_MAX;

/** The last instant that ECMAScript can say as a date. */
const INSTANT_MAX = 8.64e15;
const isInstant = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= INSTANT_MAX;
