import * as accounts from "../accounts.js";
import { email as emailSchema, password as passwordSchema } from "../bodies.js";
import { hashPassword } from "../passwords.js";
import { signIn } from "../sign-in.js";
import type { SignedIn } from "../sign-in.js";
import type { World } from "../world.js";
import { signInPage, signUpPage } from "./account-forms.js";
import type { Typed } from "./account-forms.js";
import type { Sessions } from "./session.js";
import { nextOf } from "./visit.js";
import type { Visit } from "./visit.js";

export const typedIn = (visit: Visit, problem: string | null): Typed => ({
  email: visit.field("email"),
  next: nextOf(visit),
  problem,
});

async function enter(visit: Visit, sessions: Sessions, account: accounts.AccountRow): Promise<void> {
  await sessions.begin(visit.res, account);
  visit.res.redirect(303, nextOf(visit));
}

const TOO_MANY = "Too many attempts. Wait a minute.";

export const takeSignUp =
  (world: World, sessions: Sessions) =>
  async (visit: Visit): Promise<void> => {
    const refuse = (problem: string, status = 422): void => {
      visit.show(signUpPage(typedIn(visit, problem), visit.visitor), status);
    };
    const email = emailSchema.safeParse(visit.field("email"));
    const password = passwordSchema.safeParse(visit.field("password"));
    if (!email.success) {
      refuse("Enter an email address, like name@example.com.");
      return;
    }
    if (!password.success || password.data.length < accounts.PASSWORD_CHARACTERS_MIN) {
      refuse("Choose a password of at least 8 characters.");
      return;
    }
    const opened = await openOrSignIn(world, email.data, password.data);
    if ("account" in opened) await enter(visit, sessions, opened.account);
    else if (opened.refused === "tooMany") refuse(TOO_MANY, 429);
    else refuse("There is an account of this address. Sign in instead.");
  };

/** Of two equal forms at once, as a double click sends them, the second finds the account of the first. */
async function openOrSignIn(world: World, email: string, password: string): Promise<SignedIn> {
  const { books, now } = world;
  const person = { email, passwordHash: await hashPassword(password), displayName: email };
  const account = await books.transaction((transaction) => accounts.openAccount(transaction, person, now()));
  return account ? { account } : signIn(world, email, password);
}

export const takeSignIn =
  (world: World, sessions: Sessions) =>
  async (visit: Visit): Promise<void> => {
    const email = visit.field("email");
    const refuse = (problem: string, status: number): void => {
      visit.show(signInPage(typedIn(visit, problem), visit.visitor), status);
    };
    const signedIn = await signIn(world, email, visit.field("password"));
    if ("account" in signedIn) await enter(visit, sessions, signedIn.account);
    else if (signedIn.refused === "tooMany") refuse(TOO_MANY, 429);
    else refuse("The address or the password is not right.", 422);
  };
