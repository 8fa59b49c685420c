import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { Problem, problem, refusal } from "../core/problem.js";
import type { Refusal } from "../core/problem.js";
import type { OperationName } from "../contract/operations.js";
import type { Reply } from "../contract/replies.js";
import { nameOfError } from "../ports/logger.js";
import type { Logger } from "../ports/logger.js";
import { noteInLog } from "./access-log.js";
import { requestIdOf } from "./request-id.js";

export function sendReply(res: Response, reply: Reply): void {
  if (reply.retryAfterSeconds !== undefined) res.set("Retry-After", String(reply.retryAfterSeconds));
  res.status(reply.status).type("application/json").send(reply.body);
}

/** Unknown paths, in the envelope. */
export const noSuchPath: RequestHandler = () => {
  throw problem("notFound", "no such path");
};

/** A known path with another method. */
export const methodNotAllowed =
  (allowed: readonly string[]): RequestHandler =>
  (_req, res) => {
    res.set("Allow", allowed.join(", "));
    throw problem("methodNotAllowed", `this path answers ${allowed.join(", ")}`);
  };

/** Which operation of the Server API a call is of, once its route is known. */
export function noteOperation(res: Response, operation: OperationName): void {
  res.locals.operation = operation;
}

const operationOf = (res: Response): OperationName | null =>
  (res.locals.operation as OperationName | undefined) ?? null;

/** How a port says a refusal; `operation`: null where the call was of none. */
export type RenderProblem = (operation: OperationName | null, refusal: Refusal) => Reply;

/** The one exit of errors, in the envelope. */
export const answerError = (log: Logger, render: RenderProblem): ErrorRequestHandler =>
  answerErrorBy(log, (res, told) => {
    sendReply(res, render(operationOf(res), told));
  });

/** A Problem says what it says, anything else is a bug and says nothing; `send` knows the form. */
export const answerErrorBy =
  (log: Logger, send: (res: Response, told: Refusal) => void): ErrorRequestHandler =>
  (error: unknown, _req, res, next) => {
    const told = error instanceof Problem ? error.refusal : httpRefusal(error);
    noteInLog(res, { problem: told?.code ?? "internal" });
    if (told === null) log.error("request.failed", { requestId: requestIdOf(res) }, error);
    else if (error instanceof Problem && error.cause !== undefined)
      log.warn("request.cause", { requestId: requestIdOf(res), cause: nameOfError(error.cause) });
    if (res.headersSent) {
      next(error);
      return;
    }
    send(res, told ?? refusal("internal", "internal error"));
  };

/** What Express and its body parser throw about a request that is not well formed. */
function httpRefusal(error: unknown): Refusal | null {
  const { status, type, limit } = (typeof error === "object" && error !== null ? error : {}) as {
    status?: unknown;
    type?: unknown;
    limit?: unknown;
  };
  if (type === "entity.too.large" || status === 413)
    return refusal(
      "tooLarge",
      typeof limit === "number" ? `the body is over ${String(limit / 1024)} KiB` : "the body is too large",
    );
  if (type === "encoding.unsupported" || status === 415)
    return refusal("unsupportedType", "this content encoding is not supported");
  if (typeof status === "number" && status >= 400 && status < 500)
    return refusal("badRequest", "the request is not well formed");
  return null;
}
