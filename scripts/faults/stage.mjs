import { performance } from "node:perf_hooks";

const WARM_UP_SECONDS = 12;
/** Of each phase so much at its beginning still has to do with the one before. */
const GAP_SECONDS = 2;
/** In this part of the last phase everything stalls. */
const OUTAGE = { from: 0.35, to: 0.6 };

/**
 * Calm and faulty phases by turns, in pairs whose order changes: what drifts meanwhile drifts for both. The last one is
 * faulty, so that something is left to be settled when all calls have ended; it alone has an outage, since what stalls
 * in an outage arrives in the phase after it. `now()` says of this moment `{ isFaulty, isOutage, pair }`, with one of
 * `pairs`; it is null where calls do not count.
 */
export function makeStage(pairCount, phaseSeconds) {
  const pairs = Array.from({ length: pairCount }, (_, at) => {
    const pairsLeft = pairCount - 1 - at;
    return { name: at + 1, endsFaulty: pairsLeft % 2 === 0, hasOutage: pairsLeft === 0 };
  });
  const isFaultyAt = pairs.flatMap(({ endsFaulty }) => [!endsFaulty, endsFaulty]);
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
        isOutage:
          isFaulty &&
          pairs[Math.floor(index / 2)].hasOutage &&
          into > OUTAGE.from * length &&
          into < OUTAGE.to * length,
        pair: counts ? pairs[Math.floor(index / 2)] : null,
      };
    },
  };
}
