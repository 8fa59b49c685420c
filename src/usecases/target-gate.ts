import type { Logger } from "../ports/logger.js";

/** Whether a message may be sent now: freely, as the probe that finds out whether to go on, or not (null). */
export type Admission = "free" | "probe" | null;

/** What a send tells of the target itself. */
export type Health = "answered" | "failed" | "refused";

/** One target's circuit breaker and credential, in this process. */
export interface TargetGate {
  readonly admit: () => Admission;
  /** Milliseconds until the next probe; 0 where everything passes. */
  readonly restMs: () => number;
  readonly note: (health: Health) => void;
}

export interface GateOptions {
  readonly target: string;
  /** Failures in a row that open the breaker. */
  readonly failuresMax: number;
  readonly probeEveryMs: number;
  /** In milliseconds; it never goes back. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Closed, everything passes. After failures in a row (breaker) or a refused credential nothing passes but one probe
 * in `probeEveryMs`; the first that is answered closes it again.
 */
export function makeTargetGate({ target, failuresMax, probeEveryMs, now, log }: GateOptions): TargetGate {
  let failures = 0;
  let shut: { readonly why: "breaker" | "credential"; nextProbeAt: number } | null = null;
  const shutFor = (why: "breaker" | "credential"): void => {
    if (shut?.why !== why)
      if (why === "credential") log.error("bango.credential_refused", { target });
      else log.warn("bango.breaker_opened", { target });
    shut = { why, nextProbeAt: now() + probeEveryMs };
  };
  const restMs = (): number => (shut === null ? 0 : Math.max(1, shut.nextProbeAt - now()));
  return {
    restMs,
    admit() {
      if (shut === null) return "free";
      if (now() < shut.nextProbeAt) return null;
      shut.nextProbeAt = now() + probeEveryMs;
      return "probe";
    },
    note(health) {
      if (health === "refused") shutFor("credential");
      else if (health === "failed") {
        failures += 1;
        if (shut !== null || failures >= failuresMax) shutFor(shut?.why ?? "breaker");
      } else {
        failures = 0;
        if (shut !== null) log.info("bango.reachable_again", { target });
        shut = null;
      }
    },
  };
}
