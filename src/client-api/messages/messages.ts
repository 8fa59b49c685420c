import type { FieldError } from "../sign-up-form.js";
import type { SignUpRefusal } from "../../ports/sign-up.js";

/** Said above the form. The other refusals are said at a field. */
export type NoticeKey = "staleForm" | "tooManyAttempts" | "unavailable" | Exclude<SignUpRefusal, FieldError>;

interface DeadEnd {
  readonly title: string;
  readonly text: string;
}
type WithNext = DeadEnd & { readonly next: string };
type WithRetry = DeadEnd & { readonly retry: string };

type FormText =
  | "title"
  | "intro"
  | "product"
  | "choice"
  | "choiceNew"
  | "choiceNewHint"
  | "choiceExisting"
  | "choiceExistingHint"
  | "email"
  | "password"
  | "passwordHint"
  | "consent"
  | "submit"
  | "keepLink";

/** Every text of the pages in one language. A language is one file beside this, listed in `choose-messages.ts`. */
export interface Messages {
  /** A BCP 47 tag, as in `lang`. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly form: Readonly<Record<FormText, string>>;
  readonly problem: { readonly title: string; readonly titlePrefix: string };
  readonly fieldErrors: Readonly<Record<FieldError, string>>;
  readonly notices: Readonly<Record<NoticeKey, string>>;
  readonly setUp: DeadEnd & { readonly onward: string };
  readonly unknown: WithNext;
  readonly ended: WithNext;
  readonly unavailable: WithRetry;
  readonly tooManyLinks: WithNext;
  readonly crossSite: WithNext;
  readonly unreadable: WithNext;
  readonly failed: WithRetry;
  readonly welcome: DeadEnd & { readonly close: string };
}
