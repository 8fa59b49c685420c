import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { makeDice } from "../lib/dice.mjs";
import { newLife } from "./lives.mjs";

/** So many entitlements of a reseller at least take turns. */
const LIVES_MIN = 40;
/** A tick that finds so many calls under way sends none, and is counted. */
const UNDER_WAY_MAX = 400;

/**
 * One reseller's calls, one every `1000 / perSecond` ms whatever becomes of those before: the next call of whichever
 * entitlement has waited longest. Repeats come on top. A call takes as long as from its tick to its last answer.
 */
export function makeLoad({ resellerId, perSecond, seed, givesUp, callNext }) {
  const dice = makeDice(seed);
  const lives = [];
  const ready = [];
  const load = { lives, calls: [], notSent: 0, underWay: 0, tick, run, rest };
  let startedAt = null;
  let ticks = 0;

  function nextLife() {
    if (ready.length > 0 && load.underWay + ready.length >= LIVES_MIN) return ready.shift();
    const life = newLife({ resellerId, dice, givesUp });
    lives.push(life);
    return life;
  }

  function tick(phase, dueAt) {
    if (load.underWay >= UNDER_WAY_MAX) {
      load.notSent += 1;
      return;
    }
    const life = nextLife();
    const call = { phase, replies: [], ms: null };
    load.calls.push(call);
    load.underWay += 1;
    void callNext(life, (reply) => call.replies.push(reply))
      .then((goesOn) => goesOn && ready.push(life))
      .catch((error) => life.faults.push(error.stack))
      .finally(() => {
        call.ms = performance.now() - dueAt;
        load.underWay -= 1;
      });
  }

  /** Ticks until `isOver()`; what `phaseOf()` says at a tick is the phase of its call. */
  async function run(phaseOf, isOver) {
    startedAt = performance.now();
    while (!isOver()) {
      const dueAt = startedAt + (ticks * 1000) / perSecond;
      const early = dueAt - performance.now();
      if (early > 0) await pause(early);
      tick(phaseOf(), dueAt);
      ticks += 1;
    }
  }

  /** Until every call has had its last answer; false where that takes longer than so many seconds. */
  async function rest(secondsMax) {
    const until = performance.now() + secondsMax * 1000;
    while (load.underWay > 0 && performance.now() < until) await pause(100);
    return load.underWay === 0;
  }
  return load;
}

/** The smallest value that so large a share of all values does not exceed. */
export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
