import { nameOfError } from "../ports/logger.js";
import type { Logger } from "../ports/logger.js";

export interface Worker {
  /** Resolves when the pass under way has ended; none begins after. */
  stop(): Promise<void>;
}

/** Repeats one pass, `pauseMs` after the last has ended. A pass that fails is logged and tried again. */
export function repeat(name: string, pass: () => Promise<unknown>, pauseMs: number, log: Logger): Worker {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      await pass();
    } catch (error) {
      log.warn("pass.failed", { pass: name, error: nameOfError(error) });
    }
    if (!stopped) timer = setTimeout(start, pauseMs);
  };
  const start = (): void => {
    running = once();
  };
  timer = setTimeout(start, pauseMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
