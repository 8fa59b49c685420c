import type { AccountRow } from "../accounts.js";
import { signIn } from "../sign-in.js";
import { faultOfSignUp, signUp } from "../sign-up.js";
import type { SignUpFault } from "../sign-up.js";
import type { World } from "../world.js";
import { signInPage, signUpPage } from "./account-forms.js";
import type { Typed } from "./account-forms.js";
import type { Page, Viewer } from "./layout.js";
import type { Sessions } from "./session.js";
import { nextOf } from "./visit.js";
import type { Visit } from "./visit.js";

export const typedIn = (visit: Visit, problem: string | null): Typed => ({
  email: visit.field("email"),
  next: nextOf(visit),
  problem,
});

/** As from a second tab, whose cookie another has replaced: the visitor goes on, or sends the form again. */
export const refuseStale =
  (page: (typed: Typed, viewer: Viewer) => Page) =>
  (visit: Visit): void => {
    if (visit.visitor.isSignedIn) visit.res.redirect(303, nextOf(visit));
    else
      visit.show(
        page(typedIn(visit, "This page was open for long. Please send it again."), visit.visitor),
        403,
      );
  };

async function enter(visit: Visit, sessions: Sessions, account: AccountRow): Promise<void> {
  await sessions.begin(visit.res, visit.visitor, account);
  visit.res.redirect(303, nextOf(visit));
}

const FAULTS: Readonly<Record<SignUpFault, string>> = {
  email_invalid: "Enter an email address, like name@example.com.",
  password_too_weak: "Choose a password of at least 8 characters.",
  password_too_long: "Choose a password of at most 1024 characters.",
};
const TOO_MANY = "Too many attempts. Wait a minute.";

export const takeSignUp =
  (world: World, sessions: Sessions) =>
  async (visit: Visit): Promise<void> => {
    const refuse = (problem: string, status = 422): void => {
      visit.show(signUpPage(typedIn(visit, problem), visit.visitor), status);
    };
    const [email, password] = [visit.field("email"), visit.field("password")];
    const fault = faultOfSignUp(email, password);
    if (fault !== null) {
      refuse(FAULTS[fault]);
      return;
    }
    const opened = await signUp(world, visit.req.socket.remoteAddress ?? "", { email, password });
    if ("account" in opened) await enter(visit, sessions, opened.account);
    else if (opened.refused === "tooMany") refuse(TOO_MANY, 429);
    else refuse("There is an account of this address. Sign in instead.");
  };

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
