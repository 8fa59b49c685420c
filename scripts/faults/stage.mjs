import { performance } from "node:perf_hooks";

const WARM_UP_SECONDS = 12;
/** Of each phase so much at its beginning still has to do with the one before. */
const GAP_SECONDS = 2;
/** In this part of a faulty phase everything stalls. */
const OUTAGE = { from: 0.35, to: 0.6 };

/**
 * Calm and faulty phases by turns, in pairs whose order changes: what drifts meanwhile drifts for both. The last one is
 * faulty, so that something is left to be settled when all calls have ended. `now()` says of this moment `{ isFaulty, isOutage, pair }`; the pair is null where calls do not count.
 */
export function makeStage(pairCount, phaseSeconds) {
  const pairs = Array.from({ length: pairCount }, (_, pair) => pair);
  const isFaultyAt = pairs.flatMap((pair) => ((pairCount - pair) % 2 === 1 ? [false, true] : [true, false]));
  const length = phaseSeconds + GAP_SECONDS;
  let startedAt = Infinity;
  const seconds = () => (performance.now() - startedAt) / 1000 - WARM_UP_SECONDS;
  return {
    pairs,
    begin: () => (startedAt = performance.now()),
    isOver: () => seconds() >= isFaultyAt.length * length,
    now() {
      const index = Math.floor(seconds() / length);
      const into = seconds() - index * length;
      const isFaulty = isFaultyAt[index] ?? false;
      const counts = index >= 0 && index < isFaultyAt.length && into >= GAP_SECONDS;
      return {
        isFaulty,
        isOutage: isFaulty && into > OUTAGE.from * length && into < OUTAGE.to * length,
        pair: counts ? Math.floor(index / 2) : null,
      };
    },
  };
}
