import type { ListedAccess, AccountSystem } from "../ports/account-system.js";
import { within } from "./bounded.js";
import { must } from "./finding.js";

const PAGES_MAX = 1000;
const LIMIT = 100;
const WHY = "the service compares all holdings with its own records, page by page";

/** Every holding, in the order of the pages, as often as it came. */
export async function listHoldings(
  system: AccountSystem,
  deadlineMs: number,
  { limit = LIMIT, mustEnd = true } = {},
): Promise<ListedAccess[]> {
  const { list } = system;
  const holdings: ListedAccess[] = [];
  let cursor: string | null = null;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const asked: Parameters<NonNullable<AccountSystem["list"]>>[0] = {
      cursor,
      limit,
      signal: AbortSignal.timeout(deadlineMs),
      deadlineAt: Date.now() + deadlineMs,
    };
    const came = await within(deadlineMs, () => (list ? list(asked) : Promise.reject(new Error("no list"))));
    must(
      came.kind === "answered",
      `list gave no page ${String(page)} within ${String(deadlineMs)} ms`,
      WHY,
      "answer each page in time; a page may be shorter than was asked for",
    );
    holdings.push(...came.answer.items);
    cursor = came.answer.next;
    if (cursor === null) return holdings;
  }
  must(
    !mustEnd,
    `list did not end after ${String(PAGES_MAX)} pages`,
    WHY,
    "answer next: null with the last page",
  );
  return holdings;
  return holdings;
}
