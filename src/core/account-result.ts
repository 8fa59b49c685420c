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
