import { bangoClient } from "./bango/bango-client.js";
import { bangoConnection } from "./bango/bango-connection.js";
import type { BangoConnection } from "./bango/bango-connection.js";
import { bangoFor } from "./config/bango.js";
import type { BangoConfig, Config } from "./config/config.js";
import { outboundContract } from "./contract/outbound-contract.js";
import type { Logger } from "./ports/logger.js";
import type { Store } from "./store/store.js";
import { makeDeliver } from "./usecases/deliver-messages.js";
import type { DeliverDue, DeliverNow, Target } from "./usecases/deliver-messages.js";
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
}

const PACE: DeliveryPace = { timeoutMs: 10_000, retryScale: 1, probeEveryMs: 60_000, failuresMax: 10 };

interface Needs {
  readonly store: Store;
  readonly log: Logger;
  readonly run: RunCommand;
  readonly token: () => string;
  readonly messageId: () => string;
}

/** Everything that talks to Bango: one connection and one circuit for each address and user, one contract a reseller. */
export function composeBango(
  config: Config,
  { store, log, run, token, messageId }: Needs,
  paced: Partial<DeliveryPace> = {},
): {
  readonly deliverDue: DeliverDue;
  readonly deliverNow: DeliverNow;
  readonly close: () => Promise<void>;
} {
  const pace = { ...PACE, ...paced };
  const lines = linesTo(log, pace);
  const targets = new Map<string, Target | null>();
  const targetOf = (resellerId: string): Target | null => {
    const known = targets.get(resellerId);
    if (known !== undefined) return known;
    const bango = bangoFor(config, resellerId);
    const made = bango && targetWith(lines.to(bango), bango);
    targets.set(resellerId, made);
    return made;
  };
  const deliver = makeDeliver({
    store,
    log,
    token,
    messageId,
    targetOf,
    endByBango: makeEndByBango(run),
    timeoutMs: pace.timeoutMs,
    retryScale: pace.retryScale,
  });
  return { ...deliver, close: lines.close };
}

const targetWith = ({ connection, gate }: Line, bango: BangoConfig): Target => ({
  bango: bangoClient(connection, outboundContract(bango)),
  gate,
});

interface Line {
  readonly connection: BangoConnection;
  readonly gate: TargetGate;
}

/** Resellers with one address, user and secret share one connection and its circuit. */
function linesTo(
  log: Logger,
  pace: DeliveryPace,
): { readonly to: (bango: BangoConfig) => Line; readonly close: () => Promise<void> } {
  const lines = new Map<string, Line>();
  return {
    to: ({ baseUrl, username, password }) => {
      const key = JSON.stringify([baseUrl, username, password]);
      const known = lines.get(key);
      if (known) return known;
      const connection = bangoConnection({ baseUrl, username, passwords: password }, (secret) => {
        log.info("bango.secret_changed", { target: connection.target, secret: secret + 1 });
      });
      const gate = makeTargetGate({ ...pace, target: connection.target, log });
      const made = { connection, gate };
      lines.set(key, made);
      return made;
    },
    close: async () => {
      await Promise.all([...lines.values()].map(({ connection }) => connection.close()));
    },
  };
}
