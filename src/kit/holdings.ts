import type { Access } from "../core/access.js";
import type { AccountPage, AccountSystem, ListedAccess } from "../ports/account-system.js";
import { within } from "./bounded.js";
import { must } from "./finding.js";
import type { Made } from "./kit-types.js";
import { json } from "./texts.js";

const PAGES_MAX = 10_000;
const LIMIT = 100;
const WHY = "the service compares all holdings with its own records, page by page";
const FIX_END = "answer next: null with the last page";

interface Reading {
  readonly deadlineMs: number;
  readonly limit?: number;
  /** Whether the pages themselves are judged; else what cannot be read ends them. */
  readonly isStrict?: boolean;
}

/** What there is, page by page; whoever has seen enough breaks off. */
export async function* pagesOf(
  { list }: AccountSystem,
  { deadlineMs, limit = LIMIT, isStrict = false }: Reading,
): AsyncGenerator<readonly ListedAccess[], void> {
  const seen = new Set<string>();
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
    // Somebody else's answer: of its type until it is looked at.
    const answer = came.answer as AccountPage | null | undefined;
    if (isStrict) requirePage(answer, limit, seen);
    if (Array.isArray(answer?.items)) yield answer.items;
    if (typeof answer?.next !== "string" || seen.has(answer.next)) return;
    seen.add(answer.next);
    cursor = answer.next;
  }
  must(!isStrict, `list did not end after ${String(PAGES_MAX)} pages`, WHY, FIX_END);
}

function requirePage(answer: AccountPage | null | undefined, limit: number, seen: ReadonlySet<string>): void {
  const { items, next } = answer ?? ({} as Partial<AccountPage>);
  must(
    Array.isArray(items) && items.every(isListed),
    `list answered ${json(answer).slice(0, 300)}`,
    WHY,
    'answer {items: [{merchantEntitlementId, accountReference, access: "full" or "none"}], next}',
  );
  must(
    items.length <= limit,
    `list gave ${String(items.length)} items where limit was ${String(limit)}`,
    "a page of everything fits neither into memory nor into the deadline once there is much",
    "stop after limit items, and go on from there with next",
  );
  must(next === null || typeof next === "string", `list answered next: ${json(next)}`, WHY, FIX_END);
  must(next === null || !seen.has(next), `list gave the same next twice, ${json(next)}`, WHY, FIX_END);
}

function isListed(item: unknown): boolean {
  const { merchantEntitlementId, access } = (item ?? {}) as Partial<ListedAccess>;
  return typeof merchantEntitlementId === "string" && (access === "full" || access === "none");
}

/** A look at what became of entitlements, by the books that were handed in or by `list`. */
export interface Sight {
  /** Who has what of these; nobody is in it where neither books nor `list` tell. */
  readonly look: (ids: readonly string[]) => Promise<ReadonlyMap<string, Access>>;
  /** Undefined where neither books nor `list` tell. */
  readonly accessOf: (merchantEntitlementId: string) => Promise<Access | undefined>;
  /** Every row that `list` has of it. */
  readonly rowsOf: (merchantEntitlementId: string) => Promise<readonly ListedAccess[]>;
}

export function makeSight({ system, books }: Made, deadlineMs: number): Sight {
  async function look(ids: readonly string[]): Promise<ReadonlyMap<string, Access>> {
    const found = new Map<string, Access>();
    if (books?.accessOf) {
      for (const id of ids) {
        const access = await books.accessOf(id);
        if (access !== undefined) found.set(id, access);
      }
      return found;
    }
    if (!system.list) return found;
    const wanted = new Set(ids);
    for await (const items of pagesOf(system, { deadlineMs })) {
      for (const { merchantEntitlementId: id, access } of items)
        if (wanted.has(id) && !found.has(id)) found.set(id, access);
      if (found.size === wanted.size) break;
    }
    return found;
  }
  return {
    look,
    accessOf: async (id) => (await look([id])).get(id),
    async rowsOf(id) {
      const rows: ListedAccess[] = [];
      if (!system.list) return rows;
      for await (const items of pagesOf(system, { deadlineMs }))
        rows.push(...items.filter(({ merchantEntitlementId }) => merchantEntitlementId === id));
      return rows;
    },
  };
}
