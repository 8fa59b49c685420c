export interface SlidingWindow {
  /** Counts one more; false, and nothing counted, where the key has had its number within the window. */
  readonly take: (key: string) => boolean;
  /** Uncounts the latest: it turned out not to be of the kind that is limited. */
  readonly giveBack: (key: string) => void;
  readonly retryAfterSeconds: (key: string) => number;
}

export interface WindowLimit {
  readonly count: number;
  readonly windowMs: number;
}

/** Memory stays flat whoever comes: beyond this the key that was quiet the longest is forgotten. */
const KEYS_MAX = 10_000;

/** Counts in memory, per process: with n replicas, up to n times as many pass. A restart forgets. */
export function makeSlidingWindow(
  { count, windowMs }: WindowLimit,
  now: () => number,
  keysMax = KEYS_MAX,
): SlidingWindow {
  const takenAt = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] =>
    (takenAt.get(key) ?? []).filter((at) => at > now() - windowMs);
  const keep = (key: string, times: readonly number[]): void => {
    takenAt.delete(key);
    if (times.length > 0) takenAt.set(key, times);
    const [quietest] = takenAt.keys();
    if (takenAt.size > keysMax && quietest !== undefined) takenAt.delete(quietest);
  };
  return {
    take(key) {
      const times = recent(key);
      const isFree = times.length < count;
      keep(key, isFree ? [...times, now()] : times);
      return isFree;
    },
    giveBack(key) {
      keep(key, recent(key).slice(0, -1));
    },
    retryAfterSeconds(key) {
      const [first] = recent(key);
      return first === undefined ? 1 : Math.max(1, Math.ceil((first + windowMs - now()) / 1000));
    },
  };
}
