export type FieldName = "choice" | "email" | "password" | "consent";

export type FieldError =
  | "choiceMissing"
  | "emailMissing"
  | "emailMalformed"
  | "emailTaken"
  | "emailRefused"
  | "passwordMissing"
  | "passwordTooShort"
  | "passwordTooLong"
  | "passwordRefused"
  | "wrongPassword"
  | "consentMissing";

export type FieldErrors = Readonly<Partial<Record<FieldName, FieldError>>>;

export interface SignUpForm {
  readonly choice: "new" | "existing" | null;
  readonly email: string;
  readonly password: string;
  readonly consent: boolean;
  readonly formToken: string;
}

/** What may be shown again: all but the password. */
export type TypedForm = Omit<SignUpForm, "password" | "formToken">;

/** Most who come from a seller are new; one who is not and keeps the choice is signed in all the same. */
export const BLANK_FORM: TypedForm = { choice: "new", email: "", consent: false };

const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;
const EMAIL_MAX = 254;
const NEW_PASSWORD_MIN = 8;
const PASSWORD_MAX = 1024;

/** Fields by name out of whatever the body parser made; a field sent twice counts as not sent. */
export function readSignUpForm(body: unknown): SignUpForm {
  const fields = new Map(Object.entries(typeof body === "object" && body !== null ? body : {}));
  const text = (name: string): string => {
    const value: unknown = fields.get(name);
    return typeof value === "string" ? value : "";
  };
  const choice = text("choice");
  return {
    choice: choice === "new" || choice === "existing" ? choice : null,
    email: text("email").trim(),
    password: text("password"),
    consent: ["yes", "on", "true", "1"].includes(text("consent")),
    formToken: text("formToken"),
  };
}

/** Empty where the form may be sent on. A password's length is in code points. */
export function findFieldErrors({ choice, email, password, consent }: SignUpForm): FieldErrors {
  const errors: Partial<Record<FieldName, FieldError>> = {};
  const wrongEmail = emailError(email);
  const wrongPassword = passwordError(password, choice);
  if (choice === null) errors.choice = "choiceMissing";
  if (wrongEmail !== null) errors.email = wrongEmail;
  if (wrongPassword !== null) errors.password = wrongPassword;
  if (!consent) errors.consent = "consentMissing";
  return errors;
}

function emailError(email: string): FieldError | null {
  if (email === "") return "emailMissing";
  return EMAIL.test(email) && email.length <= EMAIL_MAX ? null : "emailMalformed";
}

function passwordError(password: string, choice: SignUpForm["choice"]): FieldError | null {
  const { length } = Array.from(password);
  if (length === 0) return "passwordMissing";
  if (length > PASSWORD_MAX) return "passwordTooLong";
  return choice !== "existing" && length < NEW_PASSWORD_MIN ? "passwordTooShort" : null;
}
