import { Router, urlencoded } from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { Problem } from "../core/problem.js";
import { noteInLog } from "../http/access-log.js";
import { requestIdOf } from "../http/request-id.js";
import { methodNotAllowed } from "../http/send-reply.js";
import type { Logger } from "../ports/logger.js";
import { hostedSignUp } from "./hosted-sign-up.js";
import { orUnavailable, withoutText } from "./or-unavailable.js";
import * as pages from "./pages.js";
import { chooseReturnUrl } from "./return-url.js";
import { makeSendPage, pageHeaders } from "./send-page.js";
import type { PageAnswer } from "./send-page.js";
import { makeSlidingWindow } from "../http/sliding-window.js";
import type { WindowLimit } from "../http/sliding-window.js";
import { makeStylesheet } from "./stylesheet.js";
import type { Theme } from "./theme.js";
import type { ClientApiUseCases, SignUp } from "../ports/sign-up.js";

export interface ClientApiLimits {
  /** Links that do not work, per address. */
  readonly unknownLinks: WindowLimit;
  /** Wrong passwords, per link. */
  readonly failedSignIns: WindowLimit;
}

export const defaultClientApiLimits: ClientApiLimits = {
  unknownLinks: { count: 60, windowMs: 60_000 },
  failedSignIns: { count: 10, windowMs: 900_000 },
};

export interface ClientApiDependencies {
  readonly use: ClientApiUseCases;
  /** For the HMAC in the form: secret, the same in every replica, used for nothing else. */
  readonly formKey: Buffer;
  readonly returnUrls: (resellerId: string) => readonly string[];
  /** In milliseconds: the age of forms, and the windows of the limits. */
  readonly now: () => number;
  readonly limits: ClientApiLimits;
  readonly theme: Theme;
  /** The path of a reseller's public URL, without a slash at its end: "" where we have the host to ourselves. */
  readonly basePathOf: (resellerId: string) => string;
  readonly log: Logger;
}

const BODY_BYTES_MAX = 16 * 1024;
const RETRY_AFTER_SECONDS = 15;
const ONE_YEAR_SECONDS = 31_536_000;

/** Where activation links lead. GET and HEAD look; only a POST of our own form signs up. */
export function clientApiRouter(deps: ClientApiDependencies): Router {
  const { basePathOf, log, now, use } = deps;
  const stylesheet = makeStylesheet(deps.theme);
  const sendPage = makeSendPage(deps.theme, hrefFrom(stylesheet.path));
  const unknownLinks = makeSlidingWindow(deps.limits.unknownLinks, now);
  const failedSignIns = makeSlidingWindow(deps.limits.failedSignIns, now);
  const hosted = hostedSignUp({ ...deps, failedSignIns });

  const onwardUrl = (req: Request, { resellerId, askedReturnUrl }: SignUp): string => {
    const { returnUrl } = req.query;
    const asked = [typeof returnUrl === "string" ? returnUrl : null, askedReturnUrl];
    return chooseReturnUrl(deps.returnUrls(resellerId), asked) ?? `${basePathOf(resellerId)}/welcome`;
  };
  const goOn = (req: Request, res: Response, signUp: SignUp): void => {
    res.status(303).set("Location", onwardUrl(req, signUp)).end();
  };

  /** Looked up first and counted afterwards: behind a shared address a link that works is never refused. */
  const sendUnknown = (req: Request, res: Response): void => {
    const address = req.ip ?? "";
    const isCounted = unknownLinks.take(address);
    const retryAfterSeconds = unknownLinks.retryAfterSeconds(address);
    sendPage(req, res, isCounted ? UNKNOWN : { ...TOO_MANY_LINKS, retryAfterSeconds });
  };

  const show: RequestHandler<{ token: string }> = async (req, res) => {
    const { token } = req.params;
    const found = await orUnavailable(use.view(token), log, res);
    if (found.kind === "unknown") sendUnknown(req, res);
    else if (found.kind === "unavailable") sendPage(req, res, UNAVAILABLE);
    else if (found.kind === "ended") sendPage(req, res, ENDED);
    else if (found.kind === "setUp") sendPage(req, res, setUp(onwardUrl(req, found.signUp)));
    else sendPage(req, res, hosted.open(token, found.signUp));
  };

  /** A second sending finds the good end of the first: 303 to where that one led. */
  const submit: RequestHandler<{ token: string }> = async (req, res) => {
    const { token } = req.params;
    const found = await orUnavailable(use.view(token), log, res);
    const isOpen = found.kind === "open" || found.kind === "unavailable";
    const submitted = isOpen ? await hosted.submit(token, found.signUp, req, res) : { outcome: found };
    if ("form" in submitted) sendPage(req, res, submitted.form);
    else if (submitted.outcome.kind === "unknown") sendUnknown(req, res);
    else if (submitted.outcome.kind === "ended") sendPage(req, res, ENDED);
    else goOn(req, res, submitted.outcome.signUp);
  };

  const refuseCrossSite: RequestHandler = (req, res, next) => {
    if (req.get("sec-fetch-site") !== "cross-site") {
      next();
      return;
    }
    noteInLog(res, { signUp: "crossSite" });
    sendPage(req, res, CROSS_SITE);
  };

  /** Nothing, or too much, after /activate/: asked all the same, so that it takes as long as a token that is wrong. */
  const showMalformed: RequestHandler = async (req, res) => {
    const found = await orUnavailable(use.view(req.path), log, res);
    if (found.kind === "unavailable") sendPage(req, res, UNAVAILABLE);
    else sendUnknown(req, res);
  };

  /** What Express cannot decode, as a link cut within %C3%BC. */
  const showUndecodable: ErrorRequestHandler = (error: unknown, req, res, next) =>
    error instanceof URIError ? showMalformed(req, res, next) : next(error);

  const answerBroken: ErrorRequestHandler = (error: unknown, req, res, next) => {
    if (res.headersSent || (error instanceof Problem && error.cause === undefined)) next(error);
    else if (isUnreadable(error)) sendPage(req, res, { ...UNREADABLE, status: error.status });
    else {
      log.error("request.failed", { requestId: requestIdOf(res) }, withoutText(error));
      noteInLog(res, { problem: "internal" });
      sendPage(req, res, FAILED);
    }
  };

  const router = Router();
  // Whatever a malformed link's page takes for its folder, too: its bytes are those of every unknown link.
  router.get([stylesheet.path, `/activate{/*rest}${stylesheet.path}`], (_req, res) => {
    res
      .set("Cache-Control", `public, max-age=${String(ONE_YEAR_SECONDS)}, immutable`)
      .type("css")
      .send(stylesheet.css);
  });
  // What a browser asks for of its own accord: there is none, which is no fault for its console.
  router.get("/favicon.ico", (_req, res) => {
    res
      .status(204)
      .set("Cache-Control", `public, max-age=${String(ONE_YEAR_SECONDS)}`)
      .end();
  });
  router.use(["/activate", "/welcome"], pageHeaders);
  router
    .route("/activate/:token")
    .get(show)
    .post(refuseCrossSite, urlencoded({ extended: false, limit: BODY_BYTES_MAX }), submit)
    .all(methodNotAllowed(["GET", "HEAD", "POST"]));
  router.use("/activate", showMalformed, showUndecodable, answerBroken);
  router
    .route("/welcome")
    .get((req, res) => {
      sendPage(req, res, WELCOME);
    })
    .all(methodNotAllowed(["GET", "HEAD"]));
  return router;
}

/**
 * Relative, since a page whose reseller nobody knows, as of an unknown link, may stand below the prefix of any brand.
 * One step up wherever it stands, but for pages of one segment, as /welcome: a malformed link shows nothing of its own.
 */
const hrefFrom =
  (path: string) =>
  ({ originalUrl }: Request): string =>
    /^\/(?!activate)[^/?]*(\?|$)/.test(originalUrl) ? path.slice(1) : `..${path}`;

const UNKNOWN: PageAnswer = { name: "unknown", status: 404, content: pages.unknownPage };
const TOO_MANY_LINKS: PageAnswer = { name: "tooManyLinks", status: 429, content: pages.tooManyLinksPage };
const ENDED: PageAnswer = { name: "ended", status: 410, content: pages.endedPage };
const CROSS_SITE: PageAnswer = { name: "crossSite", status: 403, content: pages.crossSitePage };
const UNREADABLE: PageAnswer = { name: "unreadable", status: 400, content: pages.unreadablePage };
const FAILED: PageAnswer = { name: "failed", status: 500, content: pages.failedPage };
const WELCOME: PageAnswer = { name: "welcome", status: 200, content: pages.welcomePage };
const UNAVAILABLE: PageAnswer = {
  name: "unavailable",
  status: 503,
  content: pages.unavailablePage,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};
const setUp = (onwardUrl: string): PageAnswer => ({
  name: "setUp",
  status: 200,
  content: (messages) => pages.setUpPage(messages, onwardUrl),
});

/** What the body parser says of a form that it cannot read, or of one that is too long. */
const isUnreadable = (error: unknown): error is { status: number } =>
  error instanceof Error &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status >= 400 &&
  error.status < 500;
