import { Router } from "express";
import type { Request, RequestHandler, Response } from "express";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "../contract/merchant-operations.js";
import type { MerchantOperation, MerchantRoute } from "../contract/merchant-operations.js";
import { merchantRecordOf } from "../contract/merchant-replies.js";
import type { MerchantChange } from "../contract/merchant-requests.js";
import { cursorOf } from "../contract/page-cursor.js";
import { parseIdempotencyKey, parseListQuery, parsePathId } from "../contract/parse-merchant-request.js";
import { noteInLog } from "../http/access-log.js";
import { jsonBody, rawBody } from "../http/read-body.js";
import { traceOf } from "../http/request-id.js";
import { methodNotAllowed, noSuchPath, sendReply } from "../http/send-reply.js";
import type { Logger } from "../ports/logger.js";
import type { MerchantApiUseCases, MerchantCall } from "../ports/merchant-api.js";
import type { AdminTokens } from "./admin-router.js";
import { requireRoleOf, requireToken, tokenOf } from "./merchant-access.js";
import { MERCHANT_CALLS } from "./merchant-calls.js";
import { answerProblem } from "./send-problem.js";

export interface MerchantApi {
  readonly tokens: AdminTokens;
  readonly use: MerchantApiUseCases;
  /** The OpenAPI document of this API. */
  readonly openApi: object;
  readonly log: Logger;
}

const BODY_BYTES_MAX = 64 * 1024;
const OPEN_API_PATH = "/openapi.json";

/** What the merchant itself calls (4.3): every refusal below the base is problem+json. */
export function merchantRouter({ tokens, use, openApi, log }: MerchantApi): Router {
  const api = Router({ caseSensitive: true });
  api.use(requireToken(tokens), neverStored);
  api.get(OPEN_API_PATH, (_req, res) => {
    res.json(openApi);
  });
  const body = rawBody(BODY_BYTES_MAX);
  for (const route of MERCHANT_OPERATIONS) {
    const gate = [noteOperation(route.operation), requireRoleOf(route.role)];
    if (route.method === "GET") api.get(route.path, gate, answerQuery(use, route.operation));
    else api.post(route.path, gate, body, answerChange(use, route));
  }
  for (const { path, method } of [...MERCHANT_OPERATIONS, { path: OPEN_API_PATH, method: "GET" }])
    api.all(path, methodNotAllowed(method === "GET" ? ["GET", "HEAD"] : [method]));
  api.use(noSuchPath, answerProblem(log));
  return Router().use(MERCHANT_API_BASE, api);
}

/** Customers' data are in every reply. */
const neverStored: RequestHandler = (_req, res, next) => {
  res.set("Cache-Control", "no-store");
  next();
};

const noteOperation =
  (operation: MerchantOperation): RequestHandler =>
  (_req, res, next) => {
    noteInLog(res, { operation });
    next();
  };

const answerQuery =
  (use: MerchantApiUseCases, operation: MerchantOperation): RequestHandler =>
  async (req, res) => {
    res.json(operation === "list" ? await pageOf(use, req) : await oneOf(use, req, res));
  };

/** One more than asked for tells whether there is a next page. */
async function pageOf(use: MerchantApiUseCases, req: Request): Promise<object> {
  const query = parseListQuery(req.query);
  const found = await use.list({ ...query, limit: query.limit + 1 });
  const items = found.slice(0, query.limit);
  const last = found.length > query.limit ? items.at(-1) : undefined;
  return {
    items: items.map(merchantRecordOf),
    next: last ? cursorOf(last.merchantEntitlementId) : null,
  };
}

async function oneOf(use: MerchantApiUseCases, req: Request, res: Response): Promise<object> {
  const view = await use.find(pathId(req, "merchantEntitlementId"));
  noteInLog(res, { merchantEntitlementId: view.entitlement.merchantEntitlementId });
  return use.toJson(view);
}

const answerChange =
  (use: MerchantApiUseCases, { operation, body: need }: MerchantRoute): RequestHandler =>
  async (req, res) => {
    const change = operation as MerchantChange;
    const named = change === "completeSignUp" ? "signUpId" : "merchantEntitlementId";
    const call: MerchantCall = {
      merchantEntitlementId: pathId(req, named),
      idempotencyKey: parseIdempotencyKey(req.headersDistinct["idempotency-key"] ?? []),
      actor: tokenOf(res).id,
      trace: traceOf(res),
    };
    const { status, body, replayed } = await MERCHANT_CALLS[change](use, call, jsonBody(req, need));
    noteInLog(res, { merchantEntitlementId: call.merchantEntitlementId, replayed });
    if (replayed) res.set("Idempotent-Replayed", "true");
    sendReply(res, { status, body });
  };

/** Any text that we store: what cannot be an id is told apart from one that is not there. */
const pathId = (req: Request, name: string): string => parsePathId(name, req.params[name]);
