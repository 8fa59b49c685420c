import { randomBytes } from "node:crypto";
import accountSystem from "../../examples/ott/accounts.json" with { type: "json" };
import { startOtt } from "../../examples/ott/start-ott.js";
import type { RunningOtt } from "../../examples/ott/start-ott.js";
import type { Ledger } from "../compose.js";
import type { Config } from "../config/config.js";
import type { Environment } from "../config/environment.js";
import type { Logger } from "../ports/logger.js";
import type { LedgerEntry } from "../accounts/demo/demo-ledger.js";

const HOST = "127.0.0.1";
const PORT_USUAL = 3003;
const TOKEN_BYTES = 24;

/** The example streaming service as the sandbox's account system. */
export interface Lantern {
  readonly baseUrl: string;
  /** The section of the configuration that connects it, and the variables that it refers to. */
  readonly accountSystem: object;
  readonly environment: Environment;
  readonly ledger: Ledger;
  readonly stop: () => Promise<void>;
}

/** The token of its REST API is made for this run: we alone need it. */
export async function startLantern(
  { exampleOttPort, databaseUrl }: Config,
  log: Logger,
  now: () => number,
): Promise<Lantern> {
  const apiToken = randomBytes(TOKEN_BYTES).toString("base64url");
  const start = (port: number): Promise<RunningOtt> =>
    startOtt({
      host: HOST,
      port,
      databaseFile: databaseBeside(databaseUrl),
      apiToken,
      now,
      log: (event, fields) => {
        log.debug(event, fields);
      },
    });
  const running =
    exampleOttPort === null ? await start(PORT_USUAL).catch(elsewhere(start)) : await start(exampleOttPort);
  return {
    baseUrl: `http://localhost:${String(running.port)}`,
    accountSystem: { ...accountSystem, forcedResults: true },
    environment: { OTT_API_URL: `${running.baseUrl}/api/v1`, OTT_API_TOKEN: apiToken },
    ledger: (entitlementId) => readLedger(running.baseUrl, entitlementId),
    stop: running.stop,
  };
}

/** Where nobody asked for the usual port, any other will do. */
const elsewhere =
  (start: (port: number) => Promise<RunningOtt>) =>
  (error: unknown): Promise<RunningOtt> => {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return start(0);
  };

/** Its books belong to our database: with another one, all customers are new to both. */
function databaseBeside(databaseUrl: string): string {
  const sqlite = /^sqlite:(?:\/\/)?(.+)$/.exec(databaseUrl)?.[1];
  if (sqlite !== undefined) return `${sqlite.replace(/\.db$/, "")}-lantern.db`;
  const name = /\/([^/?]+)(?:\?.*)?$/.exec(databaseUrl)?.[1] ?? "";
  return `data/${name.replace(/[^\w-]/g, "_")}-lantern.db`;
}

/** What its operators call what Bango's side knows by another name. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "membership.create": "activate",
  "membership.pause": "suspend",
  "membership.unpause": "resume",
  "membership.change": "update",
  "membership.end_at_period": "cancel",
  "membership.undo_end": "reinstate",
  "membership.end": "revoke",
  "link.set": "link",
};

interface Effect {
  readonly idempotency_key: string;
  readonly operation: string;
  readonly status: number;
  readonly changed: boolean;
  readonly at: string;
}

async function readLedger(baseUrl: string, entitlementId: string): Promise<LedgerEntry[]> {
  const reply = await fetch(
    `${baseUrl}/operator/ledger?partner_entitlement=${encodeURIComponent(entitlementId)}`,
  );
  const { effects } = (await reply.json()) as { readonly effects: readonly Effect[] };
  return effects.map(({ idempotency_key: idempotencyKey, operation, status, changed, at }) => ({
    idempotencyKey,
    operation: OPERATIONS[operation] ?? operation,
    result: status === 202 ? "accepted" : changed ? "done" : "alreadySo",
    at,
  }));
}
