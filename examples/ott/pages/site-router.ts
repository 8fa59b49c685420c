import { Router, urlencoded } from "express";
import type { AccountRow } from "../accounts.js";
import { findPlan, listPlans } from "../database.js";
import { endDirectly, sellDirectly } from "../direct-sales.js";
import { listOfAccount } from "../membership-row.js";
import type { World } from "../world.js";
import { signInPage, signOutPage, signUpPage } from "./account-forms.js";
import { accountPage } from "./account-page.js";
import { doorOf } from "./door.js";
import { homePage } from "./home-page.js";
import { messagePage } from "./layout.js";
import { answerPageError, meetPageFate } from "./page-faults.js";
import { makeSessions } from "./session.js";
import type { Sessions } from "./session.js";
import { refuseStale, takeSignIn, takeSignUp, typedIn } from "./take-account-forms.js";
import { homeButton, visiting, visitingSignedIn } from "./visit.js";
import type { Visit } from "./visit.js";
import { notSoldPage } from "./not-sold-page.js";
import { closedPage, nowPlayingPage } from "./watch-pages.js";

const FORM_MAX = "16kb";

/** What customers see. No page needs a script. */
export function siteRouter(world: World): Router {
  const { books, now } = world;
  const sessions = makeSessions(books, now);
  const router = Router();
  router.use(meetPageFate(world, sessions), urlencoded({ extended: false, limit: FORM_MAX }));
  router.get(
    "/",
    visiting(sessions, async ({ show, visitor }) => show(homePage(await listPlans(books), visitor))),
  );
  addSignIn(router, world, sessions);
  router.get(
    "/watch",
    visitingSignedIn(sessions, async ({ show }, account) => {
      const door = doorOf(account, await listOfAccount(books, account.number), now());
      if (door.isOpen) show(nowPlayingPage(await findPlan(books, door.by.planCode)));
      else show(closedPage(door.why));
    }),
  );
  addAccount(router, world, sessions);
  router.use(
    visiting(sessions, ({ show }) =>
      show(messagePage("No such page", "It may have moved.", homeButton("To the start")), 404),
    ),
  );
  router.use(answerPageError(world));
  return router;
}

function addSignIn(router: Router, world: World, sessions: Sessions): void {
  const at = (serve: (visit: Visit) => Promise<void> | void, refuse?: (visit: Visit) => void) =>
    visiting(sessions, serve, refuse);
  router.get(
    "/signup",
    at((visit) => visit.show(signUpPage(typedIn(visit, null), visit.visitor))),
  );
  router.post("/signup", at(takeSignUp(world, sessions), refuseStale(signUpPage)));
  router.get(
    "/signin",
    at((visit) => visit.show(signInPage(typedIn(visit, null), visit.visitor))),
  );
  router.post("/signin", at(takeSignIn(world, sessions), refuseStale(signInPage)));
  router.get(
    "/signout",
    at(({ show, visitor }) => show(signOutPage(visitor))),
  );
  router.post(
    "/signout",
    at(async ({ res, visitor }) => {
      await sessions.end(res, visitor);
      res.redirect(303, "/signout");
    }),
  );
}

function addAccount(router: Router, { books, now }: World, sessions: Sessions): void {
  const signedIn = (serve: (visit: Visit, account: AccountRow) => Promise<void>) =>
    visitingSignedIn(sessions, serve);
  router.get(
    "/account",
    signedIn(async ({ show, visitor }, { number, email }) => {
      const memberships = await listOfAccount(books, number);
      const plans = await listPlans(books);
      show(accountPage({ email: email ?? "", number, memberships, plans, viewer: visitor, now: now() }));
    }),
  );
  router.post(
    "/subscribe",
    signedIn(async ({ field, res, show }, account) => {
      const plan = await findPlan(books, field("plan"));
      if (!plan) {
        show(messagePage("No such plan", "We do not sell it.", homeButton("See the plans")), 404);
        return;
      }
      const sold = await sellDirectly(books, { account, plan }, now());
      if (sold === "sold" || sold === "alreadySo") res.redirect(303, "/account");
      else show(notSoldPage(sold), 409);
    }),
  );
  router.post(
    "/unsubscribe",
    signedIn(async ({ field, res }, { number }) => {
      await endDirectly(books, { reference: field("reference"), accountNumber: number }, now());
      res.redirect(303, "/account");
    }),
  );
}
