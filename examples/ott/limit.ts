const KEYS_MAX = 10_000;

/** So many attempts within a window, for each key. */
export interface Limit {
  /** Takes a place before the attempt, so that attempts at once are all counted; false where there is none left. */
  readonly take: (key: string) => boolean;
  /** The attempt turned out not to be of the kind that is limited. */
  readonly giveBack: (key: string) => void;
  /** How long until a place is free; 0 where one is. */
  readonly waitSeconds: (key: string) => number;
}

/** In memory: a restart forgets. Keys are told apart without regard to case. */
export function makeLimit(
  now: () => number,
  { count, windowMs }: { count: number; windowMs: number },
): Limit {
  const taken = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] =>
    (taken.get(key.toLowerCase()) ?? []).filter((at) => at > now() - windowMs);
  function keep(key: string, times: readonly number[]): void {
    taken.delete(key.toLowerCase());
    if (times.length > 0) taken.set(key.toLowerCase(), times);
    const [quietest] = taken.keys();
    if (taken.size > KEYS_MAX && quietest !== undefined) taken.delete(quietest);
  }
  return {
    take(key) {
      const times = recent(key);
      if (times.length >= count) return false;
      keep(key, [...times, now()]);
      return true;
    },
    giveBack(key) {
      keep(key, recent(key).slice(0, -1));
    },
    waitSeconds(key) {
      const [oldest, ...rest] = recent(key);
      if (oldest === undefined || rest.length + 1 < count) return 0;
      return Math.ceil((oldest + windowMs - now()) / 1000);
    },
  };
}
