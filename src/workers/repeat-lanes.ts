import { nameOfError } from "../ports/logger.js";
import type { Logger } from "../ports/logger.js";
import { repeat } from "./repeat.js";
import type { Worker } from "./repeat.js";

/** Work of which each lane goes at its own pace, and waits for no other. */
export interface Lanes<Lane extends string | null> {
  /** Those that have something to do. */
  readonly list: () => Promise<readonly Lane[]>;
  /** Does it. After the signal it begins nothing more, and resolves when what is under way has ended. */
  readonly run: (lane: Lane, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Looks every `pauseMs` which lanes have something to do, and begins those that are at rest. A run that fails is
 * logged, and the lane is begun again by a later look.
 */
export function repeatLanes<Lane extends string | null>(
  name: string,
  { list, run }: Lanes<Lane>,
  pauseMs: number,
  log: Logger,
): Worker {
  const underWay = new Map<Lane, Promise<void>>();
  const stopping = new AbortController();
  const begin = async (lane: Lane): Promise<void> => {
    try {
      await run(lane, stopping.signal);
    } catch (error) {
      log.warn("pass.failed", { pass: name, error: nameOfError(error) });
    } finally {
      underWay.delete(lane);
    }
  };
  const look = async (): Promise<void> => {
    for (const lane of await list()) if (!underWay.has(lane)) underWay.set(lane, begin(lane));
  };
  const looking = repeat(name, look, pauseMs, log);
  return {
    async stop() {
      stopping.abort();
      await looking.stop();
      await Promise.all(underWay.values());
    },
  };
}
