/** Spares a system that does not answer, and whoever waits for it. */
export interface Breaker {
  /** Null where a call may go; otherwise how long to stay away, in milliseconds. */
  readonly closedForMs: () => number | null;
  /** True where it had been resting. */
  readonly succeeded: () => boolean;
  /** True where it begins to rest. */
  readonly failed: () => boolean;
}

/** After so many failures in a row nothing is sent for a while; then one call tries, and its outcome decides. */
export function makeBreaker(
  { failures, restMs }: { readonly failures: number; readonly restMs: number },
  now: () => number,
): Breaker {
  let inARow = 0;
  let restsUntil = 0;
  return {
    closedForMs() {
      if (inARow < failures) return null;
      const leftMs = restsUntil - now();
      if (leftMs > 0) return leftMs;
      // This caller is the probe; the others wait for what becomes of it, or for another rest.
      restsUntil = now() + restMs;
      return null;
    },
    succeeded() {
      const rested = inARow >= failures;
      inARow = 0;
      return rested;
    },
    failed() {
      inARow += 1;
      if (inARow >= failures) restsUntil = now() + restMs;
      return inARow === failures;
    },
  };
}
