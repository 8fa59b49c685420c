import type { Request, RequestHandler, Response } from "express";
import { noteInLog } from "../http/access-log.js";
import { chooseMessages } from "./messages/choose-messages.js";
import type { Messages } from "./messages/messages.js";
import { renderPage } from "./pages.js";
import type { PageContent } from "./pages.js";
import type { Theme } from "./theme.js";

/** In the log, the page's name stands for it: neither the token nor what was typed does. */
export interface PageAnswer {
  readonly name: string;
  readonly status: number;
  readonly content: (messages: Messages) => PageContent;
  readonly retryAfterSeconds?: number;
  /** For a page with a form: what it may be sent to, and be redirected to, beside ourselves. */
  readonly formTargets?: readonly string[];
}

export type SendPage = (req: Request, res: Response, answer: PageAnswer) => void;

/** Instead of helmet's. No `upgrade-insecure-requests`: the sandbox is on plain HTTP. */
export const pageHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    "Content-Security-Policy": contentSecurityPolicy("'none'"),
    "Cache-Control": "no-store",
    // Not no-referrer: with it Chromium sends `Origin: null` with our own form.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
  });
  next();
};

const contentSecurityPolicy = (formAction: string): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");

export const makeSendPage =
  (theme: Theme, stylesheetHref: (req: Request) => string): SendPage =>
  (req, res, { name, status, content, retryAfterSeconds, formTargets }) => {
    const messages = chooseMessages(req);
    noteInLog(res, { page: name });
    if (retryAfterSeconds !== undefined) res.set("Retry-After", String(retryAfterSeconds));
    if (formTargets !== undefined)
      res.set("Content-Security-Policy", contentSecurityPolicy(["'self'", ...formTargets].join(" ")));
    res
      .status(status)
      .set({ "Content-Language": messages.language, Vary: "Accept-Language" })
      .type("html")
      .send(renderPage({ messages, theme, stylesheetHref: stylesheetHref(req) }, content(messages)));
  };
