import type { AccountEntitlement } from "../../ports/account-system.js";
import { accountIn, contentOf, isTaken } from "../answers.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import type { Subject } from "../subject.js";
import { json } from "../texts.js";

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
    const [entitlement, key] = [await newEntitlement(), newKey()];
    const first = await inEffect("activate", entitlement, { key });
    for (const flags of [{}, { repeat: true }]) {
      const again = await ask("activate", entitlement, { key, ...flags });
      must(
        isTaken(again) && json(contentOf(again)) === json(contentOf(first)),
        `activate answered ${json(first)} first, and ${json(again)} to the same key again${"repeat" in flags ? ", flagged as a repeat" : ""}`,
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
  async run(subject) {
    const [entitlement, key] = [await subject.newEntitlement(), newKey()];
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () => subject.ask("activate", entitlement, { key })),
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
    const times = await timesSeen(subject, entitlement, key);
    must(times <= 1, `${String(PARALLEL)} equal calls took effect ${String(times)} times`, why, fix);
  },
};

/** By the books, and by the rows of `list`; 0 where neither tells. */
async function timesSeen(
  { effects, settle, rowsOf }: Subject,
  { merchantEntitlementId }: AccountEntitlement,
  key: string,
): Promise<number> {
  const effective = (await effects(key)) ?? 0;
  await settle();
  return Math.max(effective, (await rowsOf(merchantEntitlementId)).length);
}

const LATER_CALLS = 30;

export const repeatLate: Check = {
  id: "repeat-late",
  title: "knows a key after many others, and when what it did has been taken back",
  needs: [],
  async run({ newEntitlement, inEffect, ask, accessOf, active, settle }) {
    const [entitlement, key] = [await newEntitlement(), newKey()];
    const first = await inEffect("activate", entitlement, { key });
    for (let count = 0; count < LATER_CALLS; count += 1) await active();
    await inEffect("revoke", entitlement);
    const again = await ask("activate", entitlement, { key });
    must(
      isTaken(again) && json(contentOf(again)) === json(contentOf(first)),
      `activate answered ${json(first)} first, and ${json(again)} to the same key after ${String(LATER_CALLS)} others`,
      WHY_ONCE,
      FIX_KEY,
    );
    await settle();
    must(
      (await accessOf(entitlement.merchantEntitlementId)) !== "full",
      "a repeated activate opened again what had been revoked since",
      WHY_ONCE,
      FIX_KEY,
    );
  },
};

export const anotherKey: Check = {
  id: "another-key",
  title: "knows an entitlement that it has, under whatever key it is asked for again",
  needs: [],
  async run({ newEntitlement, inEffect }) {
    const entitlement = await newEntitlement();
    const one = accountIn(await inEffect("activate", entitlement));
    const two = accountIn(await inEffect("activate", entitlement));
    must(
      one === two || one === undefined || two === undefined,
      `activate gave one entitlement the account ${String(one)} first, and ${String(two)} under another key`,
      "a key is for one call; the entitlement is the same, and so is what the customer bought",
      "find what you hold by merchantEntitlementId first, and answer alreadySo where it is active",
    );
  },
};
