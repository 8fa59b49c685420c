import { bangoClient } from "./bango/bango-client.js";
import type { BangoConfig, Config } from "./config/config.js";
import { outcomeOf } from "./contract/outbound.js";
import type { Logger } from "./ports/logger.js";
import type { Store } from "./store/store.js";
import { makeDeliver } from "./usecases/deliver-messages.js";
import type { DeliverDue, DeliverNow, Target } from "./usecases/deliver-messages.js";
import { makeEndByBango } from "./usecases/end-by-bango.js";
import type { RunCommand } from "./usecases/run-command.js";
import { makeTargetGate } from "./usecases/target-gate.js";

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

/** Everything that talks to Bango: one client and one circuit for each address and user. */
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
  const targets = new Map<string, Target & { readonly close: () => Promise<void> }>();
  const targetOf = (bango: BangoConfig): Target => {
    const password = bango.password[0] ?? "";
    const key = JSON.stringify([bango.baseUrl, bango.username, password]);
    const known = targets.get(key);
    if (known) return known;
    const client = bangoClient({ baseUrl: bango.baseUrl, username: bango.username, password });
    const gate = makeTargetGate({ ...pace, target: client.target, log });
    const made = { bango: client, gate, close: client.close };
    targets.set(key, made);
    return made;
  };
  const own = new Map(config.file.resellers.map(({ resellerId, bango }) => [resellerId, bango]));
  const deliver = makeDeliver({
    store,
    log,
    token,
    messageId,
    outcomeOf,
    targetOf: (resellerId) => {
      const bango = own.get(resellerId) ?? config.bango;
      return bango === null ? null : targetOf(bango);
    },
    endByBango: makeEndByBango(run),
    timeoutMs: pace.timeoutMs,
    retryScale: pace.retryScale,
  });
  return {
    ...deliver,
    close: async () => {
      await Promise.all([...targets.values()].map((target) => target.close()));
    },
  };
}
