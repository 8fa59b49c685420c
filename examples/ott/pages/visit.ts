import type { Request, RequestHandler, Response } from "express";
import type { AccountRow } from "../accounts.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { messagePage, renderPage } from "./layout.js";
import type { Page } from "./layout.js";
import type { Sessions, Visitor } from "./session.js";

/** One request for a page. */
export interface Visit {
  readonly req: Request;
  readonly res: Response;
  readonly visitor: Visitor;
  /** A field of the form that was sent, or of the query; "" where it is missing. */
  readonly field: (name: string) => string;
  readonly show: (page: Page, status?: number) => void;
}

export const homeButton = (text: string): Html => html`<a class="button" href="/">${text}</a>`;

/** Only a path of our own: no page of ours sends a visitor to another site. */
export const nextOf = ({ field }: Visit): string =>
  /^\/[\w-][\w/-]*$/.test(field("next")) ? field("next") : "/watch";

const notOurForm = messagePage(
  "Please try again",
  "The page was open for long, or came from elsewhere. Nothing was done.",
  homeButton("To the start"),
);

const refuseForm = ({ show }: Visit): void => {
  show(notOurForm, 403);
};

/** `refuse` answers a form that was not made for this browser: nothing may be done for it. */
export const visiting =
  (
    sessions: Sessions,
    serve: (visit: Visit) => Promise<void> | void,
    refuse: (visit: Visit) => void = refuseForm,
  ): RequestHandler =>
  async (req, res) => {
    const visitor = await sessions.visit(req, res);
    const fields = { ...req.query, ...(req.body as Record<string, unknown> | undefined) };
    const field = (name: string): string => {
      const value = fields[name];
      return typeof value === "string" ? value : "";
    };
    const show = (page: Page, status = 200): void => {
      res
        .status(status)
        .type("html")
        .send(renderPage(page, visitor, req.path));
    };
    const visit = { req, res, visitor, field, show };
    if (req.method === "POST" && !sessions.isFormOurs(visitor, field("form_token"))) refuse(visit);
    else await serve(visit);
  };

/** Where the visitor was: what was sent has no page of its own. */
const placeOf = ({ method, path }: Request): string => (method === "POST" ? "/account" : path);

/** For pages of an account: others are asked to sign in, and brought back. */
export const visitingSignedIn = (
  sessions: Sessions,
  serve: (visit: Visit, account: AccountRow) => Promise<void>,
): RequestHandler =>
  visiting(sessions, async (visit) => {
    const { account } = visit.visitor;
    if (account) await serve(visit, account);
    else visit.res.redirect(303, `/signin?next=${encodeURIComponent(placeOf(visit.req))}`);
  });
