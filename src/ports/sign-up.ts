import type { TraceContext } from "./trace.js";

/** What a link is for, as far as its page may say. */
export interface SignUp {
  readonly resellerId: string;
  readonly productKey: string;
  readonly entitlementDisplayName: string | null;
  /** `extraInformation.returnUrl` of the activate call, as sent: not checked against any list yet. */
  readonly askedReturnUrl: string | null;
}

/** What a link leads to now. Looking changes nothing. */
export type SignUpPage =
  | { readonly kind: "open"; readonly signUp: SignUp }
  /** The customer is set up already. */
  | { readonly kind: "setUp"; readonly signUp: SignUp }
  | { readonly kind: "ended"; readonly signUp: SignUp }
  /** Never given out, cut, forged or expired: nobody learns which. */
  | { readonly kind: "unknown" };

export interface SignUpRequest {
  readonly token: string;
  readonly choice: "new" | "existing";
  readonly email: string;
  readonly password: string;
  readonly trace: TraceContext;
}

export type SignUpRefusal =
  /** No such account, or not its password: never said which. */
  | "wrongPassword"
  /** A new account was wanted, the address has one, and the password is not its password. */
  | "emailTaken"
  /** The merchant takes no such address, or no such password. */
  | "emailRefused"
  | "passwordRefused"
  | "notEligible"
  | "alreadySubscribed"
  | "limitReached"
  | "declined";

export type SignUpOutcome =
  | { readonly kind: "done"; readonly signUp: SignUp }
  | { readonly kind: "refused"; readonly reason: SignUpRefusal; readonly signUp: SignUp }
  /** Not done, or not known yet: the same form again ends well. */
  | { readonly kind: "unavailable"; readonly signUp: SignUp | null }
  | Exclude<SignUpPage, { kind: "open" }>;

export interface ClientApiUseCases {
  readonly view: (token: string) => Promise<SignUpPage>;
  readonly signUp: (request: SignUpRequest) => Promise<SignUpOutcome>;
}
