import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { Express } from "express";
import helmet from "helmet";
import { apiRouter } from "./api-router.js";
import { openDatabase } from "./database.js";
import { makeLimit } from "./limit.js";
import { makeOnce } from "./once.js";
import { operatorRouter } from "./operator-router.js";
import { makeOperatorSwitch } from "./operator-switch.js";
import type { SettingsInput } from "./operator-switch.js";
import { ICON } from "./pages/layout.js";
import { siteRouter } from "./pages/site-router.js";
import { STYLESHEET } from "./pages/stylesheet.js";
import { SIGN_INS_WRONG } from "./sign-in.js";
import { SIGN_UPS } from "./sign-up.js";
import type { Log, World } from "./world.js";

export interface OttOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A path, or ":memory:". */
  readonly databaseFile: string;
  readonly apiToken: string;
  /** How the operator's switch stands at first. */
  readonly switch?: SettingsInput;
  readonly log?: Log;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningOtt {
  readonly port: number;
  readonly baseUrl: string;
  readonly stop: () => Promise<void>;
}

/** Lantern, an invented streaming service: pages, REST API and back office on one port. */
export async function startOtt(options: OttOptions): Promise<RunningOtt> {
  const { host, apiToken, now = Date.now, log = () => undefined } = options;
  const books = await openDatabase(options.databaseFile);
  const stopping = new AbortController();
  const once = makeOnce(books, now);
  const world: World = {
    books,
    once,
    operatorSwitch: makeOperatorSwitch(options.switch),
    signInLimit: makeLimit(now, SIGN_INS_WRONG),
    signUpLimit: makeLimit(now, SIGN_UPS),
    now,
    apiToken,
    log,
    stopping: stopping.signal,
  };
  const server = createServer(appOf(world));
  try {
    const port = await listen(server, host, options.port);
    log("ott.started", { port });
    return {
      port,
      baseUrl: `http://${reachable(host)}:${String(port)}`,
      async stop() {
        stopping.abort();
        await close(server);
        await once.idle();
        await books.destroy();
        log("ott.stopped");
      },
    };
  } catch (error) {
    await books.destroy();
    throw error;
  }
}

const safeHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      "default-src": ["'none'"],
      "style-src": ["'self'"],
      "img-src": ["'self'"],
      "form-action": ["'self'"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
    },
  },
  // Not no-referrer: with it Chromium sends `Origin: null` with our own forms.
  referrerPolicy: { policy: "same-origin" },
  // On a machine of its own this is plain HTTP.
  strictTransportSecurity: false,
});

function appOf(world: World): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(safeHeaders);
  app.get("/site.css", (_req, res) => res.type("css").send(STYLESHEET));
  app.get("/icon.svg", (_req, res) => res.type("svg").send(ICON));
  app.use((_req, res, next) => {
    res.set("Cache-Control", "no-store");
    next();
  });
  app.use("/api/v1", apiRouter(world));
  app.use("/operator", operatorRouter(world));
  app.use(siteRouter(world));
  return app;
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
