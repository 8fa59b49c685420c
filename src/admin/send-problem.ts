import type { ErrorRequestHandler, Response } from "express";
import { merchantProblemReply } from "../contract/merchant-problems.js";
import type { MerchantRefusal } from "../contract/merchant-problems.js";
import { requestIdOf } from "../http/request-id.js";
import { answerErrorBy } from "../http/send-reply.js";
import type { Logger } from "../ports/logger.js";

export function sendProblem(res: Response, refusal: MerchantRefusal): void {
  const { status, body, retryAfterSeconds } = merchantProblemReply(refusal, requestIdOf(res));
  if (retryAfterSeconds !== undefined) res.set("Retry-After", String(retryAfterSeconds));
  res.status(status).type("application/problem+json").send(body);
}

/** The exit of errors of an API that answers problem+json. */
export const answerProblem = (log: Logger): ErrorRequestHandler => answerErrorBy(log, sendProblem);
