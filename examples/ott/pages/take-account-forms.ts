import * as accounts from "../accounts.js";
import { email as emailSchema, password as passwordSchema } from "../bodies.js";
import { hashPassword } from "../passwords.js";
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

export const takeSignUp =
  ({ books, now }: World, sessions: Sessions) =>
  async (visit: Visit): Promise<void> => {
    const refuse = (problem: string): void => {
      visit.show(signUpPage(typedIn(visit, problem), visit.visitor), 422);
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
    const passwordHash = await hashPassword(password.data);
    const person = { email: email.data, passwordHash, displayName: email.data };
    const account = await books.transaction((transaction) =>
      accounts.openAccount(transaction, person, now()),
    );
    if (account) await enter(visit, sessions, account);
    else refuse("There is an account of this address. Sign in instead.");
  };

export const takeSignIn =
  ({ books, signInLimit }: World, sessions: Sessions) =>
  async (visit: Visit): Promise<void> => {
    const email = visit.field("email");
    const refuse = (problem: string, status: number): void => {
      visit.show(signInPage(typedIn(visit, problem), visit.visitor), status);
    };
    if (signInLimit.waitSeconds(email) > 0) {
      refuse("Too many attempts. Wait a minute.", 429);
      return;
    }
    const account = await accounts.signIn(books, email, visit.field("password"));
    if (account) {
      await enter(visit, sessions, account);
      return;
    }
    signInLimit.noteFailure(email);
    refuse("The address or the password is not right.", 422);
  };
