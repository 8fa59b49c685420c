import { createHash, timingSafeEqual } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Router } from "express";
import type { Request, Response } from "express";
import { UNAUTHORISED, envelope, faultAnswer, wire } from "./bango-answers.js";
import type { Answer } from "./bango-answers.js";
import { isEnded } from "./bango-states.js";
import { bodyKept, headersKept } from "./exchanges.js";
import type { Exchange, Exchanges } from "./exchanges.js";
import type { Fault, Faults, MessageName } from "./faults.js";
import { isObject, parsed, textOf } from "./json.js";
import type { JsonObject } from "./json.js";
import { faultsOf, takeMessage } from "./merchant-message.js";
import type { EntitlementMessage } from "./merchant-message.js";
import type { EntitlementRecord, Records } from "./records.js";

export interface BangoEndpointOptions {
  readonly credentials: { readonly username: string; readonly password: string };
  readonly records: Records;
  readonly exchanges: Exchanges;
  readonly faults: Faults;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How a message about an ended entitlement is answered. */
  readonly endedStatus: 409 | 410;
  readonly stopped: AbortSignal;
}

const ENTITLEMENT = "/merchant-api-v1/entitlement/:entitlementId";
const DELAY_DEFAULT_MS = 15_000;

/** Bango as the merchant calls it (4.1). Bodies come as text; a fault is played before anything is said. */
export function bangoEndpoint(options: BangoEndpointOptions): Router {
  const router = Router();
  const play = (message: MessageName, idName: "entitlementId" | "id") => (req: Request, res: Response) =>
    answerMessage(options, message, String(req.params[idName]), req, res);
  for (const message of ["activate", "terminate", "suspend", "resume", "notify"] as const)
    router.post(`${ENTITLEMENT}/${message}`, play(message, "entitlementId"));
  router.patch(ENTITLEMENT, play("update", "entitlementId"));
  router.get("/merchant-api-v1/echo/:id", play("echo", "id"));
  router.use("/merchant-api-v1", (req, res) => {
    const answer = envelope(404, "NOT_FOUND", "Bango has no such path");
    record(options, { message: "unknown", entitlementId: null, req }, answer, null);
    send(res, answer);
  });
  return router;
}

async function answerMessage(
  options: BangoEndpointOptions,
  message: MessageName,
  id: string,
  req: Request,
  res: Response,
): Promise<void> {
  const heard = { message, entitlementId: message === "echo" ? null : id, req, at: options.now() };
  const authorised = isAuthorised(req.get("authorization"), options.credentials);
  const fault = authorised ? options.faults.take(message) : null;
  if (fault?.kind === "slow") await waitFor(fault.delayMs ?? DELAY_DEFAULT_MS, options.stopped);
  const answer = authorised ? (faultAnswer(fault) ?? effectOf(options, message, id, req)) : UNAUTHORISED;
  const silent = fault?.kind === "down" || fault?.kind === "cutAfterEffect";
  record(options, heard, silent ? null : answer, fault);
  if (silent) req.socket.destroy();
  else send(res, answer);
}

async function waitFor(delayMs: number, stopped: AbortSignal): Promise<void> {
  await pause(delayMs, undefined, { signal: stopped }).catch(() => undefined);
}

function effectOf(options: BangoEndpointOptions, message: MessageName, id: string, req: Request): Answer {
  if (message === "echo") return envelope(200, "OK", "Success", { echo: id });
  const found = options.records.find(id);
  if (found === null || found.status === null)
    return envelope(404, "NOT_FOUND", "Bango has no such entitlement");
  const body = parsed(textBody(req));
  const wrong = faultsOf(message, body, found, req.get("x-requestidentifier"));
  if (wrong.length > 0 || !isObject(body)) return envelope(400, "BAD_REQUEST", wrong.join("; "));
  return answerOf(options, message, body, found);
}

function answerOf(
  { endedStatus }: BangoEndpointOptions,
  message: EntitlementMessage,
  body: JsonObject,
  found: EntitlementRecord,
): Answer {
  switch (takeMessage(message, body, found)) {
    case "done":
      return envelope(200, "OK", "Success", wire(found));
    case "alreadyExists":
      return envelope(409, "ALREADY_EXISTS", "The entitlement is active already", wire(found));
    case "conflict":
      return envelope(
        isEnded(found.status) ? endedStatus : 409,
        "CONFLICT",
        `Not possible while the entitlement is ${String(found.status)}`,
        wire(found),
      );
  }
}

function isAuthorised(
  header: string | undefined,
  { username, password }: { username: string; password: string },
) {
  const pair = Buffer.from(`${username}:${password}`).toString("base64");
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Basic ${pair}`));
}

const textBody = (req: Request): string => (typeof req.body === "string" ? req.body : "");

interface Heard {
  readonly message: string;
  readonly entitlementId: string | null;
  readonly req: Request;
  readonly at?: number;
}

function record(
  options: BangoEndpointOptions,
  heard: Heard,
  answer: Answer | null,
  fault: Fault | null,
): void {
  const { message, entitlementId, req, at = options.now() } = heard;
  const body = bodyKept(textBody(req));
  const requestId = req.get("x-requestidentifier") ?? textOf(body, "requestId");
  options.exchanges.add({
    at: new Date(at).toISOString(),
    durationMs: options.now() - at,
    direction: "merchant-to-bango",
    operation: message,
    entitlementId,
    requestId,
    attempt: 1 + deliveriesBefore(options.exchanges, entitlementId, requestId),
    request: {
      method: req.method,
      path: req.originalUrl,
      headers: headersKept(Object.entries(req.headers)),
      body,
    },
    reply: answer && {
      status: answer.status,
      headers: headersKept(Object.entries({ "Content-Type": "application/json", ...answer.headers })),
      body: answer.body,
    },
    error: answer === null ? "the connection was cut" : null,
    fault: fault?.kind ?? null,
    remark: null,
  } satisfies Omit<Exchange, "number">);
}

const deliveriesBefore = (exchanges: Exchanges, id: string | null, requestId: string | null): number =>
  id === null || requestId === null
    ? 0
    : exchanges.list(id).filter((one) => one.direction === "merchant-to-bango" && one.requestId === requestId)
        .length;

function send(res: Response, { status, body, headers = {} }: Answer): void {
  res.status(status).set(headers).json(body);
}
