import { setTimeout as pause } from "node:timers/promises";
import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import type { World } from "../world.js";
import { html } from "./html.js";
import { messagePage, renderPage } from "./layout.js";
import type { Page, Viewer } from "./layout.js";
import type { Sessions } from "./session.js";
import { homeButton } from "./visit.js";

const STRANGER = { isSignedIn: false, formToken: "" };
/** Leads to this very address. */
const SAME_ADDRESS = "";

const backSoonPage = (again: string): Page =>
  messagePage(
    "Back in a moment",
    "Something is wrong on our side.",
    html`<a class="button" href="${again}">Try again</a>`,
  );

/** Where what was sent only has no page, somewhere near it. */
const againFrom = ({ method }: Request, { isSignedIn }: Viewer): string =>
  method !== "POST" ? SAME_ADDRESS : isSignedIn ? "/account" : "/";

const failedPage = messagePage("That did not work", "Nothing was changed.", homeButton("To the start"));

/** Pages are met by the operator's switch as well, always before any effect. */
export const meetPageFate =
  ({ operatorSwitch, stopping }: World, sessions: Sessions): RequestHandler =>
  async (req, res, next) => {
    const { latencyMs, before, after } = operatorSwitch.fateOf("page", false);
    if (latencyMs > 0) await pause(latencyMs, undefined, { signal: stopping });
    if (before === "reset") {
      req.socket.resetAndDestroy();
      return;
    }
    if (before === null && after === null) {
      next();
      return;
    }
    const visitor = await sessions.visit(req, res);
    const status = before === "unavailable" ? 503 : before === "busy" ? 429 : 500;
    res
      .status(status)
      .type("html")
      .send(renderPage(backSoonPage(againFrom(req, visitor)), visitor, req.path));
  };

export const answerPageError =
  ({ log }: World): ErrorRequestHandler =>
  (error: unknown, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const status = typeof error === "object" && error !== null && "status" in error ? error.status : null;
    const isTheirs = typeof status === "number" && status >= 400 && status < 500;
    if (!isTheirs) log("ott.page_failed", { reason: error instanceof Error ? error.message : "unknown" });
    res
      .status(isTheirs ? status : 500)
      .type("html")
      .send(renderPage(failedPage, STRANGER, req.path));
  };
