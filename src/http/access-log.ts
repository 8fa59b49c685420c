import type { RequestHandler, Response } from "express";
import type { LogFields, Logger } from "../ports/logger.js";
import { requestIdOf } from "./request-id.js";

/** Adds fields to this request's line in the log. Each is chosen by name: nothing of a body is ever logged whole. */
export function noteInLog(res: Response, fields: LogFields): void {
  res.locals.logFields = { ...(res.locals.logFields as LogFields | undefined), ...fields };
}

/** One line a request, when it has been answered or its caller has gone. Paths are logged as routes, never as sent. */
export const accessLog =
  (log: Logger): RequestHandler =>
  (req, res, next) => {
    const startedAt = performance.now();
    res.once("close", () => {
      log.info("request.answered", {
        requestId: requestIdOf(res),
        method: req.method,
        status: res.statusCode,
        durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(res.writableFinished ? {} : { aborted: true }),
        ...(res.locals.logFields as LogFields | undefined),
      });
    });
    next();
  };
