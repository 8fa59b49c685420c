import { findByEmail } from "./accounts.js";
import type { AccountRow } from "./accounts.js";
import { email as emailSchema } from "./bodies.js";
import { isPassword } from "./passwords.js";
import type { World } from "./world.js";

/** Whose address and password these are, or why nobody knows. */
export type SignedIn = { readonly account: AccountRow } | { readonly refused: "wrong" | "tooMany" };

/** Ten wrong passwords a minute for one address. */
export const SIGN_INS_WRONG = { count: 10, windowMs: 60_000 };

export async function signIn(
  { books, signInLimit }: Pick<World, "books" | "signInLimit">,
  email: string,
  password: string,
): Promise<SignedIn> {
  // Nobody has an account of what is no address.
  if (!emailSchema.safeParse(email).success) return { refused: "wrong" };
  if (!signInLimit.take(email)) return { refused: "tooMany" };
  const known = await findByEmail(books, email);
  const isRight = await isPassword(password, known?.passwordHash ?? null);
  if (!known || !isRight) return { refused: "wrong" };
  signInLimit.giveBack(email);
  return { account: known };
}
