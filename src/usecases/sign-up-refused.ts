import type { Json } from "../core/entitlement.js";
import type { SignUpRefusal } from "../ports/sign-up.js";

/** The customer has been told why; nothing was done. */
export class SignUpRefused extends Error {
  constructor(
    readonly reason: SignUpRefusal,
    /** The account system's own reason, where it gave one. */
    readonly said: string = reason,
  ) {
    super(reason);
    this.name = "SignUpRefused";
  }
}

/** What a person can do about it; the account system's own reasons are its own. */
export function whyRefused(reason: Json | undefined): SignUpRefusal {
  if (typeof reason !== "string") return "declined";
  if (reason.startsWith("EMAIL_")) return "emailRefused";
  if (reason.startsWith("PASSWORD_")) return "passwordRefused";
  return reason === "ALREADY_SUBSCRIBED" ? "alreadySubscribed" : "declined";
}
