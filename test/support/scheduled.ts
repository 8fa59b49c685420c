import fc from "fast-check";
import type { Scheduler } from "fast-check";
import type { Database } from "../../src/store/database.js";

/** One thing that somebody does while others do theirs. */
export interface Thread {
  readonly name: string;
  readonly act: () => Promise<unknown>;
}

/** Where one of several calls stops, and fast-check decides which of them goes on. */
export interface Steps {
  /** Comes back when it is this caller's turn; at once where nothing is being scheduled. */
  readonly point: (label: string) => Promise<void>;
  /** The scheduler that `during` runs under; how it chooses follows from fast-check's seed alone. */
  readonly scheduler: () => fc.Arbitrary<Scheduler>;
  /** Does everything side by side, one step at a time. */
  readonly during: (scheduler: Scheduler, threads: readonly Thread[]) => Promise<void>;
  /** Counts the steps so far: what happened before what. */
  readonly at: () => number;
  /** Belongs to the step that it is called in. */
  readonly undisturbed: <T>(work: () => Promise<T>) => Promise<T>;
  /** The database with a point before each read and each transaction, which then runs to its end undisturbed. */
  readonly database: (inner: Database) => Database;
}

/** Far more than any race needs: whoever waits for what never comes is found by it, and not by a time-out. */
const STEPS_MAX = 5000;

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function makeSteps(): Steps {
  let current: Scheduler | null = null;
  let steps = 0;
  let running = 0;
  let stepsMax = 0;
  const point = async (label: string): Promise<void> => {
    if (current === null) return;
    if (steps > stepsMax) throw new Error(`nobody comes to an end: ${label}`);
    await current.schedule(Promise.resolve(), label);
  };
  // A step ends when everybody stands at a point again: no timing of a driver or a pool decides who is next.
  const act = async (step: () => Promise<void>): Promise<void> => {
    steps += 1;
    await step();
    do await nextTick();
    while (running > 0);
  };
  const undisturbed = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
  return {
    point,
    scheduler: () => fc.scheduler({ act }),
    async during(scheduler, threads) {
      current = scheduler;
      stepsMax = steps + STEPS_MAX;
      const ends = await scheduler.waitFor(
        Promise.allSettled(threads.map(({ name, act: begin }) => point(`${name} begins`).then(begin))),
      );
      await scheduler.waitIdle();
      current = null;
      for (const end of ends) if (end.status === "rejected") throw end.reason as Error;
    },
    at: () => steps,
    undisturbed,
    database: (inner) => ({
      ...inner,
      read: async (script) => {
        await point("read");
        return undisturbed(() => inner.read(script));
      },
      transaction: async (script) => {
        await point(`transaction ${nameOf(script)}`);
        return undisturbed(() => inner.transaction(script));
      },
    }),
  };
}

/** The store's arrow functions hold nothing but the script's name: enough to read a failing schedule by. */
const nameOf = (script: () => unknown): string =>
  /=>\s*(?:\(0,\s*)?(?:\w+\.)?(\w+)/.exec(String(script))?.[1] ?? "";
