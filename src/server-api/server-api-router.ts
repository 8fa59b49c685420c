import { Router } from "express";
import type { Request, RequestHandler } from "express";
import { problem } from "../core/problem.js";
import type { Contract, ContractOperation } from "../contract/contract.js";
import { makeParseRequest } from "../contract/parse-request.js";
import { echoReply } from "../contract/replies.js";
import { expressPath, paramsOf } from "../contract/route-path.js";
import type { Wire } from "../contract/wire.js";
import { jsonBody, rawBody } from "../http/read-body.js";
import { noteInLog } from "../http/access-log.js";
import { traceOf } from "../http/request-id.js";
import { methodNotAllowed, noteOperation, sendReply } from "../http/send-reply.js";
import type { Authenticate } from "./authenticate.js";
import type { HandleCall } from "./handle-call.js";
import { callerOf, requireCaller } from "./require-caller.js";

export interface ServerApi {
  readonly contract: Contract;
  readonly wire: Wire;
  readonly authenticate: Authenticate;
  readonly handle: HandleCall;
}

type Route = ContractOperation & { readonly path: string };

const BODY_BYTES_MAX = 256 * 1024;
const VERBS = { GET: "get", POST: "post", PUT: "put", PATCH: "patch", DELETE: "delete" } as const;

/** The routes of the contract; each call passes the same gates in the same order. */
export function serverApiRouter(api: ServerApi): Router {
  const router = Router({ caseSensitive: true });
  const gate = requireCaller(api.authenticate);
  const body = rawBody(BODY_BYTES_MAX);
  const routes = Object.values(api.contract.operations).filter((one): one is Route => one.path !== null);
  for (const route of routes)
    router[VERBS[route.method]](expressPath(route.path), named(route), gate, body, answer(api, route));
  for (const path of new Set(routes.map((route) => route.path)))
    router.all(expressPath(path), methodNotAllowed(allowedOn(routes, path)));
  return router;
}

function allowedOn(routes: readonly Route[], path: string): string[] {
  const methods = routes.filter((route) => route.path === path).map((route) => route.method);
  return methods.includes("GET") ? [...methods, "HEAD"] : methods;
}

/** Before anything is refused: how a refusal is said may differ by operation. */
const named =
  ({ operation }: Route): RequestHandler =>
  (_req, res, next) => {
    noteOperation(res, operation);
    noteInLog(res, { operation });
    next();
  };

function answer(api: ServerApi, route: Route): RequestHandler {
  const { contract, wire } = api;
  const parse = makeParseRequest(contract, route.operation);
  const params = paramsOf(route.path);
  return async (req, res) => {
    if (!route.enabled) throw problem("switchedOff", `${route.operation} is not offered here`);
    const parsed = parse({
      params: Object.fromEntries(params.map((name) => [name, parameterOf(req, name)])),
      query: req.query,
      body: jsonBody(req, route.body),
      requestIdentifier: req.get(contract.idempotency.header),
    });
    if (parsed.echo !== null) {
      sendReply(res, wire.reply("echo", echoReply(parsed.echo)));
      return;
    }
    if (parsed.unknownFields) noteInLog(res, { unknownFields: Object.keys(parsed.unknownFields).length });
    const { reply, log } = await api.handle(parsed, callerOf(res), traceOf(res));
    noteInLog(res, log);
    sendReply(res, wire.reply(route.operation, reply));
  };
}

/** A parameter of the route is there whenever the route is: Express decoded it. */
const parameterOf = (req: Request, name: string): string => String(req.params[name]);
