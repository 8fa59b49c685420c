import { Router } from "express";
import type { Request, RequestHandler, Response } from "express";
import { problem } from "../core/problem.js";
import { text } from "../contract/fields.js";
import { OPERATIONS } from "../contract/operations.js";
import type { OperationRoute } from "../contract/operations.js";
import { badRequest, parseRequest } from "../contract/parse-request.js";
import { echoReply } from "../contract/replies.js";
import { noteInLog } from "../http/access-log.js";
import { requestIdOf, requestIdentifierOf } from "../http/request-id.js";
import { methodNotAllowed, sendReply } from "../http/send-reply.js";
import type { AddressAllowed } from "./address-list.js";
import type { Authenticate, Caller } from "./authenticate.js";
import type { HandleCall } from "./handle-call.js";
import { jsonBody, rawBody } from "./read-body.js";

export interface ServerApi {
  readonly authenticate: Authenticate;
  readonly addressAllowed: AddressAllowed;
  readonly handle: HandleCall;
}

/** The routes of the operations table; each call passes the same gates in the same order. */
export function serverApiRouter(api: ServerApi): Router {
  const router = Router({ caseSensitive: true });
  const gate = requireCaller(api);
  for (const route of OPERATIONS) {
    const handlers = [gate, rawBody, answer(api, route)];
    if (route.method === "GET") router.get(route.path, ...handlers);
    else if (route.method === "POST") router.post(route.path, ...handlers);
    else router.patch(route.path, ...handlers);
  }
  for (const path of new Set(OPERATIONS.map((route) => route.path)))
    router.all(path, methodNotAllowed(allowedOn(path)));
  return router;
}

function allowedOn(path: string): string[] {
  const methods = OPERATIONS.filter((route) => route.path === path).map((route) => route.method);
  return methods.includes("GET") ? [...methods, "HEAD"] : methods;
}

/** Before the body is read: a stranger sends nothing that we keep in memory. */
const requireCaller =
  ({ addressAllowed, authenticate }: ServerApi): RequestHandler =>
  (req, res, next) => {
    const caller = authenticate(req.get("authorization"));
    if (caller === null || !addressAllowed(req.ip)) {
      res.set("WWW-Authenticate", 'Basic realm="merchant interface", charset="UTF-8"');
      throw problem("unauthorized", "no valid credentials, or not from an allowed address");
    }
    res.locals.caller = caller;
    noteInLog(res, { credentialId: caller.credentialId });
    next();
  };

const answer =
  (api: ServerApi, route: OperationRoute): RequestHandler =>
  async (req, res) => {
    noteInLog(res, { operation: route.operation });
    const parsed = parseRequest({
      operation: route.operation,
      pathId: parameterOf(req, "merchantEntitlementId"),
      query: req.query,
      body: jsonBody(req, route.body),
      requestIdentifier: requestIdentifierOf(req),
    });
    if (route.operation === "echo") {
      sendReply(res, echoReply(echoed(req)));
      return;
    }
    if (parsed.unknownFields) noteInLog(res, { unknownFields: Object.keys(parsed.unknownFields).length });
    const { reply, log } = await api.handle(parsed, callerOf(res), requestIdOf(res));
    noteInLog(res, log);
    sendReply(res, reply);
  };

const callerOf = (res: Response): Caller => res.locals.caller as Caller;

function parameterOf(req: Request, name: string): string | undefined {
  const value = req.params[name];
  return typeof value === "string" ? value : undefined;
}

function echoed(req: Request): string {
  const echo = text.safeParse(parameterOf(req, "echoRequestId"));
  if (echo.success) return echo.data;
  throw badRequest(echo.error.issues.map(({ message }) => ({ field: "echoRequestId", message })));
}
