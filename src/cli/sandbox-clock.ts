/** The business clock as the adapter's surroundings know it, so that dates agree on all sides. */
export interface SandboxClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What the business clock says at this moment: noted at start, and when `POST /sandbox/clock` has moved it. */
  readonly set: (now: number) => void;
}

/** Until it is set, the clock of this machine. Another process that moves the same database's clock is not heard of. */
export function makeSandboxClock(): SandboxClock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    set(now) {
      aheadMs = now - Date.now();
    },
  };
}
