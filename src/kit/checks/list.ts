import type { Check } from "../check.js";
import { must } from "../finding.js";
import { pagesOf } from "../holdings.js";
import type { Subject } from "../subject.js";

const MADE = 7;
/** Small, so that a few entitlements are several pages, and no whole number of them. */
const LIMIT = 3;

/** Where there is much besides, larger ones: a page may be a request. */
const PAGES_ABOUT = 50;

async function listed(
  { system, deadlineMs, active, settle }: Subject,
  isStrict: boolean,
): Promise<{ readonly made: string[]; readonly seen: string[]; readonly limit: number }> {
  const made: string[] = [];
  for (let count = 0; count < MADE; count += 1) made.push((await active()).merchantEntitlementId);
  await settle();
  let count = 0;
  for await (const items of pagesOf(system, { deadlineMs })) count += items.length;
  const limit = Math.max(LIMIT, Math.ceil(count / PAGES_ABOUT));
  const seen: string[] = [];
  for await (const items of pagesOf(system, { deadlineMs, limit, isStrict }))
    seen.push(...items.map(({ merchantEntitlementId }) => merchantEntitlementId));
  return { made, seen, limit };
}

export const listComplete: Check = {
  id: "list-complete",
  title: "lists every entitlement, over all pages, and ends",
  needs: ["list"],
  async run(subject) {
    const { made, seen, limit } = await listed(subject, true);
    const missing = made.filter((id) => !seen.includes(id));
    must(
      missing.length === 0,
      `of ${String(MADE)} entitlements, in pages of ${String(limit)}, list left out ${String(missing.length)}`,
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
    const { seen, limit } = await listed(subject, false);
    must(
      new Set(seen).size === seen.length,
      `in pages of ${String(limit)}, list gave ${String(seen.length - new Set(seen).size)} entitlements twice`,
      "the counts of the comparison would be wrong",
      "begin a page after the last entitlement of the page before, not with it",
    );
  },
};
