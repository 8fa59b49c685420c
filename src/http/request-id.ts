import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";

/** Safe in a header and in a log line. */
const WELL_FORMED = /^[\w.:/=+-]{1,128}$/;
const TRACE_PARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/**
 * Gives every request an id before anything can refuse it, so that a 401 has one too: X-Request-Id, the trace of
 * `traceparent`, what the contract calls X-RequestIdentifier, or a new one. It goes back in X-Request-Id.
 */
export const requestId =
  (contractHeader: string): RequestHandler =>
  (req, res, next) => {
    const id =
      wellFormed(req.get("x-request-id")) ??
      TRACE_PARENT.exec(req.get("traceparent") ?? "")?.[1] ??
      wellFormed(req.get(contractHeader)) ??
      randomUUID();
    res.locals.requestId = id;
    res.set("X-Request-Id", id);
    next();
  };

const wellFormed = (value: string | undefined): string | undefined =>
  value !== undefined && WELL_FORMED.test(value) ? value : undefined;

export const requestIdOf = (res: Response): string => String(res.locals.requestId);
