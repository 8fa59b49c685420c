import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { contentOf, json } from "../same-result.js";
import { isTaken } from "../subject.js";

const PARALLEL = 50;
const WHY_ONCE =
  "after a lost answer the service asks again, and the customer must not be served, or charged, twice";
const FIX_KEY =
  "store the idempotency key with its result in the transaction of the effect, and answer a known key from there";

export const repeat: Check = {
  id: "repeat",
  title: "answers a repeated key as it answered the first, and acts once",
  needs: [],
  async run({ newEntitlement, inEffect, ask, effects }) {
    const [entitlement, key] = [newEntitlement(), newKey()];
    const first = await inEffect("activate", entitlement, { key });
    for (let times = 2; times <= 3; times += 1) {
      const again = await ask("activate", entitlement, { key });
      must(
        isTaken(again) && json(contentOf(again)) === json(contentOf(first)),
        `activate answered ${json(first)} first, and ${json(again)} to the same key again`,
        WHY_ONCE,
        FIX_KEY,
      );
    }
    const seen = await effects(key);
    must(seen === undefined || seen === 1, `the key took effect ${String(seen)} times`, WHY_ONCE, FIX_KEY);
  },
};

export const parallel: Check = {
  id: "parallel",
  title: `makes one effect of ${String(PARALLEL)} equal calls at once`,
  needs: [],
  async run({ newEntitlement, ask, effects }) {
    const [entitlement, key] = [newEntitlement(), newKey()];
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () => ask("activate", entitlement, { key })),
    );
    const why = "two processes may ask at once, and a look before the write does not keep them apart";
    const fix =
      "let the database decide: a unique index on the key, or a lock on it, in the effect's transaction";
    const other = answers.find((answer) => !isTaken(answer));
    must(other === undefined, `one of ${String(PARALLEL)} equal calls was answered ${json(other)}`, why, fix);
    const contents = new Set(answers.map((answer) => json(contentOf(answer))));
    must(
      contents.size === 1,
      `${String(PARALLEL)} equal calls had ${String(contents.size)} different answers, such as ${[...contents].slice(0, 2).join(" and ")}`,
      why,
      fix,
    );
    const seen = await effects(key);
    must(
      seen === undefined || seen === 1,
      `${String(PARALLEL)} equal calls took effect ${String(seen)} times`,
      why,
      fix,
    );
  },
};

export const anotherKey: Check = {
  id: "another-key",
  title: "knows an entitlement that it has, under whatever key it is asked for again",
  needs: [],
  async run({ newEntitlement, inEffect }) {
    const entitlement = newEntitlement();
    const first = await inEffect("activate", entitlement);
    const again = await inEffect("activate", entitlement);
    const [one, two] = [first, again].map((result) =>
      "accountReference" in result ? result.accountReference : undefined,
    );
    must(
      one === two || one === undefined || two === undefined,
      `activate gave one entitlement the account ${String(one)} first, and ${String(two)} under another key`,
      "a key is for one call; the entitlement is the same, and so is what the customer bought",
      "find what you hold by merchantEntitlementId first, and answer alreadySo where it is active",
    );
  },
};
