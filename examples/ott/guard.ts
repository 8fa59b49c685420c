import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler } from "express";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Takes as long for a good guess as for a bad one. */
export const isSecret = (given: string, secret: string): boolean =>
  timingSafeEqual(digest(given), digest(secret));

export const bearerOf = (req: Request): string =>
  /^Bearer +(\S+)$/i.exec(req.get("authorization") ?? "")?.[1] ?? "";

const LOOPBACK_ADDRESS = /^(::ffff:)?127\.|^::1$/;
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** A page of another site, opened in a browser of this machine, must not press our buttons; a link to look may lead here. */
const isFromOtherSite = (req: Request): boolean => {
  if (req.method === "GET" && req.get("sec-fetch-mode") === "navigate") return false;
  const site = req.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const origin = req.get("origin");
  return origin !== undefined && origin !== `${req.protocol}://${req.get("host") ?? ""}`;
};

/** By the socket: a header that names an address proves nothing. The host is asked for against rebound names. */
const isLoopback = (req: Request): boolean =>
  LOOPBACK_ADDRESS.test(req.socket.remoteAddress ?? "") && LOOPBACK_HOST.test(req.get("host") ?? "");

/** The operator: whoever has the API token, or sits at this machine. */
export const operatorOnly =
  (apiToken: string): RequestHandler =>
  (req, res, next) => {
    if (isSecret(bearerOf(req), apiToken) || (isLoopback(req) && !isFromOtherSite(req))) next();
    else
      res.status(403).json({ error: { code: "operator_only", message: "use the token, or this machine" } });
  };
