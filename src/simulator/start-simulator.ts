import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { ErrorRequestHandler } from "express";
import { apiRouter, refuse } from "./api-router.js";
import type { World } from "./api-router.js";
import { bangoEndpoint } from "./bango-endpoint.js";
import { makeExchanges } from "./exchanges.js";
import type { Exchanges } from "./exchanges.js";
import { makeFaults } from "./faults.js";
import { knownHostOnly, ownPagesOnly, safeHeaders } from "./guard.js";
import { makeMerchantCaller } from "./merchant-caller.js";
import { DEFAULT_ROUTES } from "./merchant-routes.js";
import type { MerchantRoutes } from "./merchant-routes.js";
import { pageRouter } from "./page-router.js";
import { makeRecords } from "./records.js";
import { makeReseller } from "./reseller.js";
import type { Product } from "./reseller.js";

export interface SimulatorOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Where the adapter's public port is; a function where that is known only later. */
  readonly adapterUrl: string | (() => string);
  /** The merchant's routes, where they are not the default contract's. */
  readonly routes?: MerchantRoutes;
  /** What Bango sends to the adapter. */
  readonly inbound: { readonly username: string; readonly password: string };
  /** What the adapter has to send to Bango. */
  readonly bango: { readonly username: string; readonly password: string };
  readonly products: readonly Product[];
  /** How Bango answers about what has ended: 409, or 410. */
  readonly endedStatus?: 409 | 410;
  /** Bango's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  readonly log: Log;
}

type Log = (event: string, fields?: Record<string, string | number | boolean>) => void;

export interface RunningSimulator {
  readonly port: number;
  readonly baseUrl: string;
  readonly stop: () => Promise<void>;
}

const MERCHANT_BODY_MAX = "1mb";

/**
 * Bango and BangoTel on one port. All state is in memory and bounded: this is the outside world's stand-in, and a
 * restart is a new world.
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { adapterUrl, inbound, bango, products, log, now = Date.now } = options;
  const stopping = new AbortController();
  const exchanges = logged(makeExchanges(), log);
  const records = makeRecords(now);
  const faults = makeFaults();
  const caller = makeMerchantCaller({
    adapterUrl: typeof adapterUrl === "string" ? () => adapterUrl : adapterUrl,
    routes: options.routes ?? DEFAULT_ROUTES,
    credentials: inbound,
    exchanges,
    now,
    stopped: stopping.signal,
  });
  const world: World = { records, exchanges, faults, reseller: makeReseller(records, caller, products) };
  const endpoint = bangoEndpoint({
    credentials: bango,
    records,
    exchanges,
    faults,
    now,
    endedStatus: options.endedStatus ?? 409,
    stopped: stopping.signal,
  });
  const server = createServer(appOf(endpoint, world, options));
  const port = await listen(server, options.host, options.port);
  log("simulator.started", { port });
  return {
    port,
    baseUrl: `http://${reachable(options.host)}:${String(port)}`,
    async stop() {
      stopping.abort();
      await close(server);
      log("simulator.stopped");
    },
  };
}

function appOf(
  endpoint: express.Router,
  world: World,
  { host, products, log }: SimulatorOptions,
): express.Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(safeHeaders, knownHostOnly(host), ownPagesOnly);
  app.use("/merchant-api-v1", express.text({ type: () => true, limit: MERCHANT_BODY_MAX }));
  app.use(endpoint);
  app.use("/api", apiRouter(world));
  app.use(pageRouter(world, products));
  app.use(answerError(log));
  return app;
}

/** What Express says of a request that is not well formed; anything else is a bug of ours. */
const answerError =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _req, res, next) => {
    const status = typeof error === "object" && error !== null && "status" in error ? error.status : null;
    const told = typeof status === "number" && status >= 400 && status < 500 ? status : 500;
    if (told === 500) log("simulator.failed", { reason: error instanceof Error ? error.message : "unknown" });
    if (res.headersSent) next(error);
    else refuse(res, told, told === 500 ? "internal error" : "the request is not well formed");
  };

/** A line in the log for every exchange; ids stay out of it. */
function logged(exchanges: Exchanges, log: Log): Exchanges {
  return {
    ...exchanges,
    add(exchange) {
      const kept = exchanges.add(exchange);
      const { direction, operation, attempt, durationMs, reply } = kept;
      log("simulator.exchange", { direction, operation, attempt, durationMs, status: reply?.status ?? 0 });
      return kept;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** An address to listen on everywhere is none to connect to. */
const reachable = (host: string): string =>
  host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
