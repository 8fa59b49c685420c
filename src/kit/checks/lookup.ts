import { pause } from "../bounded.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { contentOf, json } from "../same-result.js";

/** How much longer than it declared `lookup` may take before its answer, instead of its delay, is judged. */
const LATER_MS = 1000;
const LOOK_EVERY_MS = 25;

export const lookupUnused: Check = {
  id: "lookup-unused",
  title: "calls a key that was never used absent",
  needs: ["lookup"],
  async run({ lookUp }) {
    const found = await lookUp(newKey());
    must(
      found.kind === "absent",
      `lookup of a key that was never used answered ${json(found)}`,
      "a call that never arrived stays open until lookup says absent; its customer waits",
      'answer {kind: "absent"} where your records can tell that there was no such call; unsure only where they cannot be read',
    );
  },
};

export const lookupResult: Check = {
  id: "lookup-result",
  title: "finds the whole result by lookup, as the call had answered it",
  needs: ["lookup"],
  async run({ newEntitlement, inEffect, lookUp, lagMs, system, active }) {
    const entitlement = newEntitlement();
    const key = newKey();
    const asked = [{ key, result: await inEffect("activate", entitlement, { key }) }];
    if (system.endAtPeriod) {
      const ending = newKey();
      asked.push({ key: ending, result: await inEffect("endAtPeriod", await active(), { key: ending }) });
    }
    for (const { key: one, result } of asked) {
      let found = await lookUp(one);
      for (
        let waitedMs = 0;
        found.kind !== "present" && waitedMs < lagMs + LATER_MS;
        waitedMs += LOOK_EVERY_MS
      ) {
        await pause(LOOK_EVERY_MS);
        found = await lookUp(one);
      }
      must(
        found.kind === "present" && json(contentOf(found.result)) === json(contentOf(result)),
        `the call answered ${json(result)}, lookup ${json(found)}`,
        "where the answer was lost, the service goes on with what lookup says: account, end of the period, activation code",
        "store the result with the key, and give it back unchanged",
      );
    }
  },
};

export const lookupLag: Check = {
  id: "lookup-lag",
  title: "shows an effect by lookup within the declared lagMs",
  needs: ["lookup"],
  async run({ newEntitlement, inEffect, lookUp, settle, lagMs }) {
    const key = newKey();
    await inEffect("activate", newEntitlement(), { key });
    await settle();
    const { kind } = await lookUp(key);
    must(
      kind !== "absent",
      `${String(lagMs)} ms after an effect, lookup answers absent`,
      "after lagMs the service believes it, and tells Bango that nothing happened",
      "read where you write, or declare the longest time that it takes as lagMs",
    );
  },
};
