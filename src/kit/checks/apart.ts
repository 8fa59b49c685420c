import type { AccountResult } from "../../core/account-result.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { accountChosen, asLookup } from "../answers.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { lookSoon } from "../look-soon.js";
import type { Subject } from "../subject.js";

interface Activated {
  readonly entitlement: AccountEntitlement;
  readonly result: AccountResult;
}

interface Advice {
  readonly who: string;
  readonly why: string;
  readonly fix: string;
}

/** Each has an account of its own, and access, as far as either can be seen. */
async function mustBeApart(
  { look, settle }: Subject,
  activated: readonly Activated[],
  { who, why, fix }: Advice,
): Promise<void> {
  const accounts = activated
    .map(({ entitlement, result }) => accountChosen(entitlement, result))
    .filter((account) => account !== undefined);
  const different = new Set(accounts).size;
  must(
    different === accounts.length,
    `${who} were given ${String(different)} account${different === 1 ? "" : "s"} in all`,
    why,
    fix,
  );
  await settle();
  const done = activated.filter(({ result }) => result.kind === "done");
  const seen = await look(done.map(({ entitlement }) => entitlement.merchantEntitlementId));
  if (seen.size === 0) return;
  const without = done.filter(({ entitlement }) => seen.get(entitlement.merchantEntitlementId) !== "full");
  must(without.length === 0, `of ${who} ${String(without.length)} did not get access`, why, fix);
}

const OTHERS = 10;

export const parallelOthers: Check = {
  id: "parallel-others",
  title: `keeps ${String(OTHERS)} customers apart that come at once`,
  needs: [],
  async run(subject) {
    const advice: Advice = {
      who: `${String(OTHERS)} customers at once`,
      why: "what is read before an await and written after it undoes what others wrote meanwhile",
      fix: "change what belongs to this call alone, in a transaction; keep nothing of a call in a variable of the module",
    };
    const asked: { readonly entitlement: AccountEntitlement; readonly key: string }[] = [];
    for (let count = 0; count < OTHERS; count += 1)
      asked.push({ entitlement: await subject.newEntitlement(), key: newKey() });
    const activated = await Promise.all(
      asked.map(async ({ entitlement, key }) => ({
        entitlement,
        result: await subject.inEffect("activate", entitlement, { key }),
      })),
    );
    await mustBeApart(subject, activated, advice);
    if (!subject.system.lookup) return;
    const found = await Promise.all(asked.map(({ key }) => lookSoon(subject, key)));
    must(
      !found.some((said) => asLookup(said).kind === "absent"),
      `of ${advice.who} one's key is absent afterwards`,
      advice.why,
      advice.fix,
    );
  },
};

export const keys: Check = {
  id: "keys",
  title: "keeps keys apart that differ in case, or in the last of 64 characters",
  needs: [],
  async run(subject) {
    const advice: Advice = {
      who: "three customers whose keys differ in the last character",
      why: "two calls whose keys are taken for one are answered alike, and one customer gets nothing",
      fix: "compare keys byte by byte, and keep 64 characters of them",
    };
    const stem = newKey().slice(0, 63);
    const activated: Activated[] = [];
    for (const end of ["a", "A", "b"]) {
      const entitlement = await subject.newEntitlement();
      const result = await subject.inEffect("activate", entitlement, { key: stem + end });
      activated.push({ entitlement, result });
    }
    await mustBeApart(subject, activated, advice);
    const { kind } = await subject.lookUp(`${stem}B`);
    must(
      kind !== "present",
      "lookup finds a key that differs in case from one that was used",
      advice.why,
      advice.fix,
    );
  },
};
