import { Router, raw } from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { Problem } from "../core/problem.js";
import type { TokenError } from "../contract/token-reply.js";
import { tokenBody, tokenErrorBody } from "../contract/token-reply.js";
import { noteInLog } from "../http/access-log.js";
import { methodNotAllowed } from "../http/send-reply.js";
import type { SigningKeys } from "../ports/signing-keys.js";
import type { AccessTokens } from "./access-token.js";
import type { AddressAllowed } from "./address-list.js";
import type { CountFailure } from "./failure-limit.js";
import type { SecretMatch } from "./match-secret.js";
import type { NamedSecret } from "./parse-basic.js";
import { parseTokenRequest, whyNotGranted } from "./token-request.js";

export interface OAuth {
  readonly tokens: AccessTokens;
  readonly keys: SigningKeys;
  readonly addressAllowed: AddressAllowed;
  readonly matchClient: (sent: NamedSecret | null) => SecretMatch | null;
  readonly countFailure: CountFailure;
  readonly noteUse: (credentialId: string, secretHash: string) => void;
}

const TOKEN_PATH = "/oauth2/token";
const JWKS_PATH = "/.well-known/jwks.json";
const BODY_BYTES_MAX = 16 * 1024;
const JWKS_MAX_AGE_SECONDS = 300;
const RETRY_AFTER_SECONDS = 2;

/** The token endpoint (RFC 6749, client credentials alone), and the public parts of the keys that sign its tokens. */
export function oauthRouter(oauth: OAuth): Router {
  const router = Router({ caseSensitive: true });
  const body = raw({ type: () => true, limit: BODY_BYTES_MAX });
  router.post(TOKEN_PATH, notStored, body, answerToken(oauth), answerTokenError);
  router.all(TOKEN_PATH, methodNotAllowed(["POST"]));
  router.get(JWKS_PATH, (_req, res) => {
    res.set("Cache-Control", `public, max-age=${String(JWKS_MAX_AGE_SECONDS)}`);
    res.json({ keys: oauth.keys.published() });
  });
  router.all(JWKS_PATH, methodNotAllowed(["GET", "HEAD"]));
  return router;
}

const notStored: RequestHandler = (_req, res, next) => {
  noteInLog(res, { operation: "token" });
  res.set({ "Cache-Control": "no-store", Pragma: "no-cache" });
  next();
};

const answerToken =
  (oauth: OAuth): RequestHandler =>
  async (req, res) => {
    const bytes: unknown = req.body;
    const request = parseTokenRequest({
      authorization: req.get("authorization"),
      contentType: req.get("content-type"),
      body: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
    });
    if ("error" in request) {
      sendError(res, request);
      return;
    }
    const match = oauth.addressAllowed(req.ip) ? oauth.matchClient(request.client) : null;
    if (match === null) {
      refuseClient(oauth, req, res, request.client?.name ?? null);
      return;
    }
    const { credential, secretHash } = match;
    noteInLog(res, { credentialId: credential.credentialId });
    oauth.noteUse(credential.credentialId, secretHash);
    const refused = whyNotGranted(request);
    if (refused) sendError(res, refused);
    else
      res
        .type("application/json")
        .send(tokenBody(await oauth.tokens.issue(credential), oauth.tokens.expiresInSeconds));
  };

function refuseClient(oauth: OAuth, req: Request, res: Response, name: string | null): void {
  const retryAfterSeconds = oauth.countFailure(req.ip, name);
  if (retryAfterSeconds === null) {
    res.set("WWW-Authenticate", 'Basic realm="merchant interface", charset="UTF-8"');
    sendError(res, {
      status: 401,
      error: "invalid_client",
      description: "no valid client credentials, or not from an allowed address",
    });
  } else {
    res.set("Retry-After", String(retryAfterSeconds));
    sendError(res, { status: 429, error: "invalid_client", description: "too many failed attempts" });
  }
}

function sendError(res: Response, error: TokenError): void {
  noteInLog(res, { problem: error.error });
  res.status(error.status).type("application/json").send(tokenErrorBody(error));
}

/** What the body parser refuses, in the form that a token client reads; a bug goes on to the one exit of bugs. */
const answerTokenError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const { status } = error as { status?: unknown };
  if (error instanceof Problem && error.refusal.code === "unavailable") {
    res.set("Retry-After", String(RETRY_AFTER_SECONDS));
    sendError(res, { status: 503, error: "temporarily_unavailable", description: "ask again" });
  } else if (status === 413)
    sendError(res, { status, error: "invalid_request", description: "the body is over 16 KiB" });
  else if (typeof status === "number" && status >= 400 && status < 500)
    sendError(res, { status: 400, error: "invalid_request", description: "the request is not well formed" });
  else next(error);
};
