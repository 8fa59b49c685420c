import express from "express";
import type { Express, Router } from "express";
import helmet from "helmet";
import type { Logger } from "../ports/logger.js";
import { accessLog } from "./access-log.js";
import { requestId } from "./request-id.js";
import { answerError, noSuchPath } from "./send-reply.js";
import type { RenderProblem } from "./send-reply.js";

export interface PortOptions {
  readonly log: Logger;
  readonly trustProxy: number | string | false;
  readonly renderProblem: RenderProblem;
  /** Where Bango sends its id of a request. */
  readonly requestIdHeader?: string;
}

/** What every port has in common, in order; the routers of one port stand between. */
export function baseApp(
  routers: readonly Router[],
  { log, trustProxy, renderProblem, requestIdHeader = "X-RequestIdentifier" }: PortOptions,
): Express {
  const app = express();
  app.set("trust proxy", trustProxy);
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(requestId(requestIdHeader), accessLog(log), helmet());
  for (const router of routers) app.use(router);
  app.use(noSuchPath, answerError(log, renderProblem));
  return app;
}
