export interface FairShare {
  /**
   * Resolves, when the caller may go on, to what it calls once when it has ended; rejects with NoPlaceError. What is asked for
   * in no lane (null) has one for all of it, beside which nobody has to leave room.
   */
  readonly enter: (lane: string | null) => Promise<() => void>;
}

export interface FairShareOptions {
  /** Places in all. */
  readonly places: number;
  /** Of them so many for each lane, while another one has had a place not long ago. */
  readonly perLane: number;
  /** How long to wait for a place at most. */
  readonly waitMs: number;
  /** Milliseconds, never backward. */
  readonly now: () => number;
}

export class NoPlaceError extends Error {
  override readonly name = "NoPlaceError";
}

/** For so long after its last place room is kept for somebody's next one. */
const REMEMBERED_MS = 1000;

interface Lane {
  readonly name: string | null;
  readonly waiting: (() => void)[];
  inside: number;
  leftAt: number;
}

/**
 * Places that lanes share (ADR 20). A lane alone may take all of them; beside others it has its few, and they are served
 * in turn, within each the first come first.
 */
export function makeFairShare({ places, perLane, waitMs, now }: FairShareOptions): FairShare {
  /** Whose turn is next stands first. */
  let lanes: Lane[] = [];
  let inside = 0;

  const laneOf = (name: string | null): Lane => {
    const known = lanes.find((lane) => lane.name === name);
    if (known) return known;
    const made = { name, waiting: [], inside: 0, leftAt: now() };
    lanes.push(made);
    return made;
  };
  // Resellers under `*` are whoever calls: nothing is kept of those that are gone.
  const isGone = (lane: Lane): boolean =>
    lane.inside === 0 && lane.waiting.length === 0 && now() - lane.leftAt >= REMEMBERED_MS;
  const serve = (): void => {
    lanes = lanes.filter((lane) => !isGone(lane));
    const most = lanes.filter(({ name }) => name !== null).length > 1 ? perLane : places;
    while (inside < places) {
      const next = lanes.find((lane) => lane.waiting.length > 0 && lane.inside < most);
      if (!next) return;
      lanes = [...lanes.filter((lane) => lane !== next), next];
      next.inside += 1;
      inside += 1;
      next.waiting.shift()?.();
    }
  };
  const leave = (lane: Lane): void => {
    lane.inside -= 1;
    lane.leftAt = now();
    inside -= 1;
    serve();
  };
  return {
    enter: (name) =>
      new Promise((resolve, reject) => {
        const lane = laneOf(name);
        const begin = (): void => {
          clearTimeout(timer);
          resolve(() => {
            leave(lane);
          });
        };
        const timer = setTimeout(() => {
          lane.waiting.splice(lane.waiting.indexOf(begin), 1);
          reject(new NoPlaceError(`no place within ${String(waitMs)} ms`));
        }, waitMs);
        lane.waiting.push(begin);
        serve();
      }),
  };
}
