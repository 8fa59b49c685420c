import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";
import type { TraceContext } from "../ports/trace.js";

/** Safe in a header and in a log line. */
const WELL_FORMED = /^[\w.:/=+-]{1,128}$/;
/** Of any version the first four parts; a later one may have more (W3C Trace Context, 4.3). */
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?=-|$)/;

/**
 * Gives every request an id before anything can refuse it, so that a 401 has one too: X-Request-Id, the trace of
 * `traceparent`, what the contract calls X-RequestIdentifier, or a new one. It goes back in X-Request-Id.
 */
export const requestId =
  (contractHeader: string): RequestHandler =>
  (req, res, next) => {
    const traceparent = TRACE_PARENT.exec(req.get("traceparent") ?? "");
    const id =
      wellFormed(req.get("x-request-id")) ??
      traceparent?.[1] ??
      wellFormed(req.get(contractHeader)) ??
      randomUUID();
    res.locals.trace = { requestId: id, traceparent: traceparent?.[0] ?? null } satisfies TraceContext;
    res.set("X-Request-Id", id);
    next();
  };

const wellFormed = (value: string | undefined): string | undefined =>
  value !== undefined && WELL_FORMED.test(value) ? value : undefined;

export const traceOf = (res: Response): TraceContext => res.locals.trace as TraceContext;

export const requestIdOf = (res: Response): string => traceOf(res).requestId;
