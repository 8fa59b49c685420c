const WINDOW_MS = 60_000;
const FAILURES_MAX = 10;
const ADDRESSES_MAX = 10_000;

export interface SignInLimit {
  /** How long this address has to wait; 0 may try. */
  readonly waitSeconds: (email: string) => number;
  readonly noteFailure: (email: string) => void;
}

/** Ten wrong passwords a minute for one address. */
export function makeSignInLimit(now: () => number): SignInLimit {
  const failures = new Map<string, number[]>();
  const recent = (email: string): number[] =>
    (failures.get(email.toLowerCase()) ?? []).filter((at) => at > now() - WINDOW_MS);
  return {
    waitSeconds(email) {
      const [oldest, ...rest] = recent(email);
      if (oldest === undefined || rest.length + 1 < FAILURES_MAX) return 0;
      return Math.ceil((oldest + WINDOW_MS - now()) / 1000);
    },
    noteFailure(email) {
      const kept = [...recent(email), now()].slice(-FAILURES_MAX);
      failures.delete(email.toLowerCase());
      failures.set(email.toLowerCase(), kept);
      const [first] = failures.keys();
      if (failures.size > ADDRESSES_MAX && first !== undefined) failures.delete(first);
    },
  };
}
