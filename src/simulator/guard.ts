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

/** No page of another site may press our buttons. */
export const sameSiteOnly: RequestHandler = (req, res, next) => {
  const reads = req.method === "GET" || req.method === "HEAD";
  if (reads || req.get("sec-fetch-site") !== "cross-site") next();
  else res.status(403).json({ error: "calls from pages of other sites are refused" });
};
