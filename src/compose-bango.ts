import { bangoClient } from "./bango/bango-client.js";
import { bangoConnection } from "./bango/bango-connection.js";
import type { BangoConnection } from "./bango/bango-connection.js";
import { bangoFor } from "./config/bango.js";
import type { BangoConfig } from "./config/config.js";
import type { Live, Snapshot } from "./config/live-config.js";
import { outboundContract } from "./contract/outbound-contract.js";
import type { Bango } from "./ports/bango.js";
import type { Logger } from "./ports/logger.js";
import type { Store } from "./store/store.js";
import { makeDeliverDue } from "./usecases/deliver-due.js";
import type { DeliverDue } from "./usecases/deliver-due.js";
import { makeDeliverNow } from "./usecases/deliver-messages.js";
import type { DeliverNow, DeliveryDependencies, Target } from "./usecases/deliver-messages.js";
import { makeEndByBango } from "./usecases/end-by-bango.js";
import type { RunCommand } from "./usecases/run-command.js";
import { makeTargetGate } from "./usecases/target-gate.js";
import type { TargetGate } from "./usecases/target-gate.js";

/** How messages to Bango are paced. */
export interface DeliveryPace {
  readonly timeoutMs: number;
  /** 1: the schedule of core/retry.ts as it is. */
  readonly retryScale: number;
  readonly probeEveryMs: number;
  /** Failures in a row that open the breaker. */
  readonly failuresMax: number;
  /** What probes are timed by, in milliseconds; it never goes back. */
  readonly now: () => number;
}

const PACE: DeliveryPace = {
  timeoutMs: 10_000,
  retryScale: 1,
  probeEveryMs: 60_000,
  failuresMax: 10,
  now: () => performance.now(),
};

/** Stands in for Bango itself, at its port. */
export type OpenBango = (bango: BangoConfig) => Bango;

interface Needs {
  readonly store: Store;
  readonly log: Logger;
  readonly run: RunCommand;
  readonly token: () => string;
  readonly messageId: () => string;
  readonly openBango?: OpenBango | undefined;
}

/** Everything that talks to Bango: one connection and one circuit for each address and user, one contract a reseller. */
export function composeBango(
  live: Live,
  { store, log, run, token, messageId, openBango }: Needs,
  paced: Partial<DeliveryPace> = {},
): DeliverDue & {
  readonly deliverNow: DeliverNow;
  /** After a reload: lets go of the connections that no reseller has any more, once their calls have ended. */
  readonly retire: () => Promise<void>;
  readonly close: () => Promise<void>;
} {
  const pace = { ...PACE, ...paced };
  const lines = linesTo(log, pace);
  const targets = live.derive((snapshot) => targetsOf(snapshot, lines, openBango));
  const targetOf = (resellerId: string): Target | null => targets()(resellerId);
  const deps: DeliveryDependencies = {
    store,
    log,
    token,
    messageId,
    targetOf,
    endByBango: makeEndByBango(run),
    timeoutMs: pace.timeoutMs,
    retryScale: pace.retryScale,
  };
  return {
    ...makeDeliverDue(deps),
    deliverNow: makeDeliverNow(deps),
    retire: () => lines.keep(usedBy(live.current())),
    close: () => lines.keep([]),
  };
}

/** Made once for each reseller that has something to tell, as long as this configuration is in force. */
function targetsOf(
  { config, catalogue }: Snapshot,
  lines: Lines,
  openBango: OpenBango | undefined,
): (resellerId: string) => Target | null {
  const targets = new Map<string, Target | null>();
  return (resellerId) => {
    const known = targets.get(resellerId);
    if (known !== undefined) return known;
    const bango = bangoFor(config.file.bango, catalogue.bango(resellerId));
    const line = bango && lines.to(bango);
    const made = line && {
      line: line.name,
      bango: openBango?.(bango) ?? bangoClient(line.connection, outboundContract(bango)),
      gate: line.gate,
    };
    targets.set(resellerId, made);
    return made;
  };
}

const usedBy = ({ config: { file } }: Snapshot): BangoConfig[] =>
  [undefined, ...file.resellers.map(({ bango }) => bango)].flatMap((own) => bangoFor(file.bango, own) ?? []);

interface Line {
  /** Says nothing of whom it leads to, nor of any secret. */
  readonly name: string;
  readonly connection: BangoConnection;
  readonly gate: TargetGate;
}

interface Lines {
  /** Resellers with one address, user and secret share one connection and its circuit. */
  readonly to: (bango: BangoConfig) => Line;
  /** Lets go of all others. */
  readonly keep: (used: readonly BangoConfig[]) => Promise<void>;
}

const keyOf = ({ baseUrl, username, password }: BangoConfig): string =>
  JSON.stringify([baseUrl, username, password]);

function linesTo(log: Logger, pace: DeliveryPace): Lines {
  const lines = new Map<string, Line>();
  let made = 0;
  return {
    to: (bango) => {
      const key = keyOf(bango);
      const known = lines.get(key);
      if (known) return known;
      const { baseUrl, username, password: passwords } = bango;
      const connection = bangoConnection({ baseUrl, username, passwords }, (secret) => {
        log.info("bango.secret_changed", { target: connection.target, secret: secret + 1 });
      });
      const gate = makeTargetGate({ ...pace, target: connection.target, log });
      made += 1;
      const line = { name: `line ${String(made)}`, connection, gate };
      lines.set(key, line);
      return line;
    },
    keep: async (used) => {
      const kept = new Set(used.map(keyOf));
      const unused = [...lines].filter(([key]) => !kept.has(key));
      for (const [key] of unused) lines.delete(key);
      await Promise.all(unused.map(([, { connection }]) => connection.close()));
    },
  };
}
