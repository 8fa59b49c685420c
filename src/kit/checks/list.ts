import type { Check } from "../check.js";
import { must } from "../finding.js";
import { listHoldings } from "../holdings.js";
import { DEADLINE_MS } from "../subject.js";
import type { Subject } from "../subject.js";

const MADE = 7;
/** Small, so that a few entitlements are several pages, and no whole number of them. */
const LIMIT = 3;

async function listed(
  subject: Subject,
  mustEnd: boolean,
): Promise<{ readonly made: string[]; readonly seen: string[] }> {
  const made: string[] = [];
  for (let count = 0; count < MADE; count += 1) made.push((await subject.active()).merchantEntitlementId);
  await subject.settle();
  const holdings = await listHoldings(subject.system, subject.settings.deadlineMs ?? DEADLINE_MS, {
    limit: LIMIT,
    mustEnd,
  });
  return { made, seen: holdings.map(({ merchantEntitlementId }) => merchantEntitlementId) };
}

export const listComplete: Check = {
  id: "list-complete",
  title: "lists every entitlement, over all pages, and ends",
  needs: ["list"],
  async run(subject) {
    const { made, seen } = await listed(subject, true);
    const missing = made.filter((id) => !seen.includes(id));
    must(
      missing.length === 0,
      `of ${String(MADE)} entitlements, in pages of ${String(LIMIT)}, list left out ${String(missing.length)}`,
      "what is left out is taken for lost, and reported as drift",
      "go on after the last one of the page before, in the order of a unique key, until there is none left",
    );
  },
};

export const listOnce: Check = {
  id: "list-once",
  title: "lists every entitlement once",
  needs: ["list"],
  async run(subject) {
    const { seen } = await listed(subject, false);
    must(
      new Set(seen).size === seen.length,
      `in pages of ${String(LIMIT)}, list gave ${String(seen.length - new Set(seen).size)} entitlements twice`,
      "the counts of the comparison would be wrong",
      "begin a page after the last entitlement of the page before, not with it",
    );
  },
};
