import { setTimeout as pause } from "node:timers/promises";
import express, { Router } from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { refusal, retryLater } from "./answers.js";
import type { Answer } from "./answers.js";
import { EFFECTS } from "./api-effects.js";
import type { Effect, Incoming, Operation } from "./api-operation.js";
import { QUESTIONS } from "./api-questions.js";
import { bearerOf, isSecret } from "./guard.js";
import type { Fate } from "./operator-switch.js";
import type { World } from "./world.js";

const BODY_MAX = "256kb";
const DOWN_RETRY_AFTER_SECONDS = 2;

/** The back end's REST API: every path of it asks for the token. */
export function apiRouter(world: World): Router {
  const router = Router();
  for (const operation of [...EFFECTS, ...QUESTIONS]) {
    const handlers = [
      meetFate(world, operation),
      requireToken(world.apiToken),
      // Whatever it is called: a body that was passed over in silence would be a wish not heard.
      express.json({ type: () => true, limit: BODY_MAX }),
      serve(world, operation),
    ];
    router[operation.method](operation.path, handlers);
  }
  router.use(requireToken(world.apiToken), (_req, res) =>
    send(res, refusal(404, "route_unknown", "there is no such route")),
  );
  router.use(answerError(world));
  return router;
}

/** The dice are thrown as soon as the call is in: a service that is down asks for no token. */
const meetFate =
  ({ operatorSwitch }: World, { name, isEffect }: Operation): RequestHandler =>
  (req, res, next) => {
    const fate = operatorSwitch.fateOf(name, isEffect);
    (res.locals as Locals).fate = fate;
    switch (fate.before) {
      case "reset":
        req.socket.resetAndDestroy();
        return;
      case "unavailable":
        send(res, retryLater(503, "unavailable", "we are down", DOWN_RETRY_AFTER_SECONDS));
        return;
      case "busy":
        send(res, retryLater(429, "too_many_calls", "we are busy", DOWN_RETRY_AFTER_SECONDS));
        return;
      case "error":
        send(res, broken());
        return;
      case null:
        next();
    }
  };

interface Locals {
  fate: Fate;
}

const broken = (): Answer => refusal(500, "internal", "something broke");

const requireToken =
  (token: string): RequestHandler =>
  (req, res, next) => {
    if (isSecret(bearerOf(req), token)) next();
    else
      send(res.set("WWW-Authenticate", "Bearer"), refusal(401, "token_invalid", "a bearer token is needed"));
  };

const serve =
  (world: World, operation: Operation): RequestHandler =>
  async (req, res) => {
    const { fate } = res.locals as Locals;
    const incoming: Incoming = {
      params: req.params as Record<string, string>,
      query: req.query,
      body: (req.body as unknown) ?? {},
    };
    const wait = async (): Promise<void> => {
      if (fate.latencyMs > 0) await pause(fate.latencyMs, undefined, { signal: world.stopping });
    };
    if (operation.isEffect) {
      settle(res, fate, await takeEffect(world, operation, { req, incoming, wait }));
      return;
    }
    const ask = operation.read(incoming);
    await wait();
    settle(res, fate, await ask(world));
  };

const KEY = /^[\x21-\x7e]{1,200}$/;
const REQUEST_ID_CHARACTERS_MAX = 255;

interface Arrival {
  readonly req: Request;
  readonly incoming: Incoming;
  readonly wait: () => Promise<void>;
}

async function takeEffect(
  { once }: World,
  operation: Effect,
  { req, incoming, wait }: Arrival,
): Promise<Answer> {
  const idempotencyKey = req.get("idempotency-key") ?? "";
  if (!KEY.test(idempotencyKey))
    return refusal(400, "idempotency_key_missing", "Idempotency-Key: 1 to 200 visible ASCII signs");
  const { content, act } = operation.read(incoming);
  const requestId = req.get("x-request-id")?.slice(0, REQUEST_ID_CHARACTERS_MAX) ?? null;
  return once.run({ idempotencyKey, operation: operation.name, content, requestId }, wait, act);
}

const GARBAGE = "<!doctype html><title>It works!</title><p>This is the default page of this server.";

/** The effect has been taken; this is what the caller hears of it. */
function settle(res: Response, { after }: Fate, answer: Answer): void {
  switch (after) {
    case "error":
      send(res, broken());
      return;
    case "garbage":
      res.status(200).type("html").send(GARBAGE);
      return;
    case "silence":
      return;
    case null:
      send(res, answer);
  }
}

function send(res: Response, { status, body, retryAfterSeconds }: Answer): void {
  if (retryAfterSeconds !== undefined) res.set("Retry-After", String(retryAfterSeconds));
  res.status(status).json(body);
}

const answerError =
  ({ log, stopping }: World): ErrorRequestHandler =>
  (error: unknown, req, res, next) => {
    if (res.headersSent) next(error);
    else if (stopping.aborted) req.socket.destroy();
    else if (error instanceof z.ZodError) send(res, invalid(error));
    else {
      const status = typeof error === "object" && error !== null && "status" in error ? error.status : null;
      const isTheirs = typeof status === "number" && status >= 400 && status < 500;
      if (!isTheirs) log("ott.failed", { reason: error instanceof Error ? error.message : "unknown" });
      send(res, isTheirs ? refusal(status, "request_invalid", "the request is not well formed") : broken());
    }
  };

function invalid({ issues }: z.ZodError): Answer {
  const faults = issues.map(({ path, message }) => ({ field: path.map(String).join("."), message }));
  return {
    status: 400,
    body: { error: { code: "request_invalid", message: "the request is not well formed", faults } },
  };
}
