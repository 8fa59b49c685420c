import * as accounts from "./accounts.js";
import { email as emailSchema } from "./bodies.js";
import { hashPassword } from "./passwords.js";
import { signIn } from "./sign-in.js";
import type { SignedIn } from "./sign-in.js";
import type { World } from "./world.js";

const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 1024;

/** What is wrong with what a customer typed. */
export type SignUpFault = "email_invalid" | "password_too_weak" | "password_too_long";

export function faultOfSignUp(email: string, password: string): SignUpFault | null {
  if (!emailSchema.safeParse(email).success) return "email_invalid";
  // In code points, as people count: an emoji is one.
  const { length } = Array.from(password);
  if (length < PASSWORD_CHARACTERS_MIN) return "password_too_weak";
  return length > PASSWORD_CHARACTERS_MAX ? "password_too_long" : null;
}

/** Accounts that one network address opens: each costs a hash and a row. */
export const SIGN_UPS = { count: 20, windowMs: 60_000 };

/** Of two equal forms at once, as a double click sends them, the second finds the account of the first. */
export async function signUp(
  world: World,
  from: string,
  person: { readonly email: string; readonly password: string },
): Promise<SignedIn> {
  const { books, signUpLimit, now } = world;
  const { email, password } = person;
  if (!signUpLimit.take(from)) return { refused: "tooMany" };
  const passwordHash = await hashPassword(password);
  const account = await books.transaction((transaction) =>
    accounts.openAccount(transaction, { email, passwordHash, displayName: email.toLowerCase() }, now()),
  );
  if (account) return { account };
  signUpLimit.giveBack(from);
  return signIn(world, email, password);
}
