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
  const fits = (name: string, type: string): boolean =>
    result[name] === undefined || typeof result[name] === type;
  return (
    (ACCOUNT_RESULT_KINDS as readonly unknown[]).includes(result.kind) &&
    fits("accountReference", "string") &&
    fits("activationCode", "string") &&
    (result.periodEndsAt === undefined || Number.isSafeInteger(result.periodEndsAt)) &&
    (result.kind !== "refused" || typeof result.reason === "string")
  );
}
