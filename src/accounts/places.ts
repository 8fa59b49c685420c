/** So many may be inside at once; the others wait in the order in which they came. */
export interface Places {
  /** Null where no place was found in time: nothing was taken. Else what gives the place back, once. */
  readonly take: (waitMs: number, signal: AbortSignal) => Promise<(() => void) | null>;
  readonly isEmpty: () => boolean;
}

type Admit = (release: (() => void) | null) => void;

/** `max` is asked each time, so that it may change; at most `queueMax()` wait, and whoever comes then is shed at once. */
export function makePlaces(max: () => number, queueMax: () => number): Places {
  // Insertion order is the order of waiting, and whoever gives up leaves from the middle at no cost.
  const waiting = new Set<Admit>();
  let inside = 0;
  const release = (): (() => void) => {
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      inside -= 1;
      admitNext();
    };
  };
  const admitNext = (): void => {
    for (const admit of waiting) {
      if (inside >= max()) return;
      inside += 1;
      admit(release());
    }
  };
  return {
    isEmpty: () => inside === 0 && waiting.size === 0,
    take(waitMs, signal) {
      if (signal.aborted) return Promise.resolve(null);
      if (inside < max() && waiting.size === 0) {
        inside += 1;
        return Promise.resolve(release());
      }
      if (waitMs <= 0 || waiting.size >= queueMax()) return Promise.resolve(null);
      return new Promise((resolve) => {
        const admit: Admit = (place) => {
          waiting.delete(admit);
          clearTimeout(timer);
          signal.removeEventListener("abort", giveUp);
          resolve(place);
        };
        const giveUp = (): void => {
          admit(null);
        };
        const timer = setTimeout(giveUp, waitMs);
        signal.addEventListener("abort", giveUp, { once: true });
        waiting.add(admit);
      });
    },
  };
}
