import type { RequestHandler } from "express";

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Links lead to the merchant, which has no business knowing where this page is.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

export const safeHeaders: RequestHandler = (_req, res, next) => {
  res.set(HEADERS);
  next();
};

const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/**
 * A name of another site that was made to lead here would be a page of ours to a browser. Only where we listen on this
 * machine alone: on a network it is called by names that we do not know.
 */
export const knownHostOnly =
  (listensOn: string): RequestHandler =>
  (req, res, next) => {
    const isOpen = !LOOPBACK_HOST.test(listensOn.includes(":") ? `[${listensOn}]` : listensOn);
    if (isOpen || LOOPBACK_HOST.test(req.get("host") ?? "")) next();
    else res.status(403).json({ error: "the simulator answers to localhost alone" });
  };

/** No page but ours may press our buttons: another port of this machine is the same site to a browser. */
export const ownPagesOnly: RequestHandler = (req, res, next) => {
  const reads = req.method === "GET" || req.method === "HEAD";
  const site = req.get("sec-fetch-site");
  if (reads || site === undefined || site === "same-origin" || site === "none") next();
  else res.status(403).json({ error: "calls from pages of other sites are refused" });
};
