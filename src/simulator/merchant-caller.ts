import { setTimeout as pause } from "node:timers/promises";
import type { OperationName } from "../contract/operations.js";
import { bodyKept, headersKept } from "./exchanges.js";
import type { Exchange, Exchanges } from "./exchanges.js";
import { isObject, parsed } from "./json.js";
import type { JsonObject } from "./json.js";
import { sentAs } from "./merchant-routes.js";
import type { MerchantRoutes } from "./merchant-routes.js";

interface MerchantCall {
  readonly operation: OperationName;
  /** Goes into the path, where the path has a place for one. */
  readonly id: string;
  readonly entitlementId: string | null;
  readonly requestId: string;
  /** null for an operation without one. */
  readonly body: JsonObject | null;
  /** States that a final reply may carry; another earns a remark. */
  readonly expected?: readonly string[];
}

interface MerchantReply {
  readonly status: number;
  readonly body: unknown;
}

export interface MerchantOutcome {
  /** The last answer; null where there was none. */
  readonly reply: MerchantReply | null;
  readonly error: string | null;
  readonly deliveries: number;
}

export interface MerchantCaller {
  /** Whether the merchant takes such a call, be it under another name. */
  readonly canSend: (operation: OperationName) => boolean;
  /** Bango's way: a 5xx is repeated three times within milliseconds, then given up (1.3). */
  readonly call: (call: MerchantCall) => Promise<MerchantOutcome>;
  /** One question for a person who looks at the page: not recorded, not repeated. */
  readonly look: (call: MerchantCall) => Promise<MerchantOutcome>;
}

export interface CallerOptions {
  readonly adapterUrl: () => string;
  readonly routes: MerchantRoutes;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly exchanges: Exchanges;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly stopped: AbortSignal;
}

const TIMEOUT_MS = 10_000;
const LOOK_TIMEOUT_MS = 3000;
const DELIVERIES_MAX = 4;
const PAUSE_MS = 5;

export function makeMerchantCaller(options: CallerOptions): MerchantCaller {
  const { routes } = options;
  return {
    canSend: (operation) => routes[sentAs(routes, { operation, body: null }).operation].path !== null,
    async call(asked) {
      const call = sentAs(routes, asked);
      for (let attempt = 1; ; attempt += 1) {
        const exchange = await deliver(options, call, attempt, TIMEOUT_MS);
        options.exchanges.add(keep(exchange));
        const failed = exchange.reply !== null && exchange.reply.status >= 500;
        if (!failed || attempt === DELIVERIES_MAX) return outcomeOf(exchange);
        await pause(PAUSE_MS);
      }
    },
    look: async (call) => outcomeOf(await deliver(options, call, 1, LOOK_TIMEOUT_MS)),
  };
}

type Delivery = Omit<Exchange, "number">;

const outcomeOf = ({ reply, error, attempt }: Delivery): MerchantOutcome => ({
  reply: reply && { status: reply.status, body: reply.body },
  error,
  deliveries: attempt,
});

/** As it goes into the log: long bodies cut. */
const keep = (exchange: Delivery): Delivery => ({
  ...exchange,
  request: { ...exchange.request, body: short(exchange.request.body) },
  reply: exchange.reply && { ...exchange.reply, body: short(exchange.reply.body) },
});

const short = (body: unknown): unknown => (body === null ? null : bodyKept(JSON.stringify(body)));

async function deliver(
  { adapterUrl, routes, credentials, now, stopped }: CallerOptions,
  call: MerchantCall,
  attempt: number,
  timeoutMs: number,
): Promise<Delivery> {
  const { method, path } = routeOf(routes, call);
  const headers = {
    accept: "application/json",
    "user-agent": "Bango (simulator)",
    "x-requestidentifier": call.requestId,
    ...(call.body === null ? {} : { "content-type": "application/json" }),
  };
  const at = new Date(now()).toISOString();
  const startedAt = performance.now();
  const delivery = {
    at,
    direction: "bango-to-merchant",
    operation: call.operation,
    entitlementId: call.entitlementId,
    requestId: call.requestId,
    attempt,
    request: { method, path, headers: headersKept(Object.entries(headers)), body: call.body },
    fault: null,
  } as const;
  const since = (): number => Math.round(performance.now() - startedAt);
  const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  // Not AbortSignal.timeout(): any() holds it weakly, and on Node 20 a collection of garbage takes it away.
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException("no answer in time", "TimeoutError"));
  }, timeoutMs);
  try {
    const response = await fetch(new URL(path, adapterUrl()), {
      method,
      headers: { ...headers, authorization: `Basic ${pair}` },
      body: call.body === null ? null : JSON.stringify(call.body),
      redirect: "manual",
      signal: AbortSignal.any([late.signal, stopped]),
    });
    const body = parsed(await response.text());
    const reply = { status: response.status, headers: headersKept(response.headers.entries()), body };
    return { ...delivery, durationMs: since(), reply, error: null, remark: remarkOn(call, reply) };
  } catch (error) {
    return { ...delivery, durationMs: since(), reply: null, error: reasonOf(error, timeoutMs), remark: null };
  } finally {
    clearTimeout(timer);
  }
}

function routeOf(
  routes: MerchantRoutes,
  { operation, id }: MerchantCall,
): { readonly method: string; readonly path: string } {
  const { method, path } = routes[operation];
  if (path === null) throw new Error(`the merchant has no route for ${operation}`);
  return { method, path: path.replace(/\{\w+\}/, () => encodeURIComponent(id)) };
}

/** Every reply is the flat envelope (1.8); a final one carries a state that fits what was asked. */
function remarkOn({ expected }: MerchantCall, { status, body }: MerchantReply): string | null {
  if (!isObject(body)) return "the reply is not a JSON object";
  const missing = ["responseCode", "responseMessage"].filter((name) => typeof body[name] !== "string");
  if (missing.length > 0) return `the reply has no ${missing.join(" and no ")}`;
  if (expected === undefined || status >= 202) return null;
  if (typeof body.status !== "string") return "the reply has no status";
  return expected.includes(body.status) ? null : `Bango expects ${expected.join(" or ")} here`;
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "the call failed";
  if (error.name === "TimeoutError") return `no answer within ${String(timeoutMs / 1000)} s`;
  const { cause } = error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : error.message;
}
