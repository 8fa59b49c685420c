import type { AccountResult } from "../../../src/core/account-result.js";
import type { AccountStep, AccountSystem } from "../../../src/ports/account-system.js";
import type { Animal } from "./animal.js";
import { idOf, travel } from "./good-accounts.js";
import type { Good } from "./good-accounts.js";

type Lookup = NonNullable<AccountSystem["lookup"]>;
type List = NonNullable<AccountSystem["list"]>;

const setAccess = ({ books }: Good, id: string, access: "full" | "none"): void => {
  const held = books.holdings.get(id);
  if (held) books.holdings.set(id, { ...held, access });
};

/** What it says of itself, and when. */
export const TRUTH: readonly Animal[] = [
  {
    name: "suspends in name only",
    fails: ["access"],
    spoil: (good) => {
      const suspend: AccountStep = async (call) => {
        const result = await good.system.suspend(call);
        setAccess(good, idOf(call), "full");
        return result;
      };
      return { suspend };
    },
  },
  {
    name: "opens on every resume",
    fails: ["access-wished"],
    spoil: ({ system }) => ({
      resume: (call: Parameters<AccountStep>[0]) => system.resume({ ...call, access: "full" }),
    }),
  },
  {
    name: "reads a copy that lags",
    fails: ["lagging-read"],
    spoil: ({ system, books }) => {
      const fresh = new Set<string>();
      const activate: AccountStep = async (call) => {
        const result = await system.activate(call);
        fresh.add(idOf(call));
        setTimeout(() => fresh.delete(idOf(call)), 1);
        return result;
      };
      const revoke: AccountStep = async (call) => {
        if (!fresh.has(idOf(call))) return system.revoke(call);
        await travel(call);
        books.results.set(call.idempotencyKey, { kind: "alreadySo" });
        return { kind: "alreadySo" };
      };
      return { activate, revoke };
    },
  },
  {
    name: "does not hear an abort",
    fails: ["abort"],
    spoil: ({ system }) => {
      const activate: AccountStep = async (call) => {
        try {
          return await system.activate(call);
        } catch (error) {
          if (call.signal.aborted) return new Promise(() => undefined);
          throw error;
        }
      };
      return { activate };
    },
  },
  {
    name: "acts after it was aborted",
    fails: ["late-effect"],
    spoil: ({ system }) => {
      const activate: AccountStep = async (call) => {
        try {
          return await system.activate(call);
        } catch (error) {
          setTimeout(() => void system.activate({ ...call, signal: new AbortController().signal }), 250);
          throw error;
        }
      };
      return { activate };
    },
  },
  {
    name: "forgets the key of what was interrupted",
    fails: ["unknown-outcome"],
    spoil: ({ system, books }) => {
      const activate: AccountStep = async (call) => {
        try {
          return await system.activate(call);
        } catch (error) {
          // Its two writes are two transactions, and the second one is never made.
          await system.activate({ ...call, signal: new AbortController().signal });
          books.results.delete(call.idempotencyKey);
          throw error;
        }
      };
      return {
        activate: (call: Parameters<AccountStep>[0]) =>
          // It would wait for a slow customer without end.
          call.entitlement.sharedCustomerId?.startsWith("slow-") === true
            ? system.activate(call)
            : activate(call),
      };
    },
  },
  {
    name: "never knows of a key that it has not seen",
    fails: ["lookup-unused"],
    spoil: ({ system }) => {
      const lookup: Lookup = async (key, context) => {
        const found = await system.lookup(key, context);
        return found.kind === "absent" ? { kind: "unsure" } : found;
      };
      return { lookup };
    },
  },
  {
    name: "looks up half of the result",
    fails: ["lookup-result"],
    spoil: ({ books }) => {
      const lookup: Lookup = async (key) => {
        const known: AccountResult | undefined = books.results.get(key);
        return known ? { kind: "present", result: { kind: "done" } } : { kind: "absent" };
      };
      return { lookup };
    },
  },
  {
    name: "lags longer than it says",
    fails: ["lookup-lag"],
    spoil: ({ system, books }) => {
      const seenAt = new Map<string, number>();
      const lookup: Lookup = async (key, context) => {
        if (books.results.has(key) && !seenAt.has(key)) seenAt.set(key, performance.now());
        const age = performance.now() - (seenAt.get(key) ?? Infinity);
        return age < 60 ? { kind: "absent" } : system.lookup(key, context);
      };
      return { lookup };
    },
  },
  {
    name: "has one page",
    fails: ["list-complete"],
    spoil: ({ system }) => {
      const list: List = async (page) => ({ ...(await system.list(page)), next: null });
      return { list };
    },
  },
  {
    name: "has no last page",
    fails: ["list-complete"],
    spoil: ({ system }) => {
      const list: List = async (page) => {
        const { items, next } = await system.list(page);
        // Few enough to have been read at once have an end.
        return { items, next: next ?? (page.limit < 10 ? "zzz" : null) };
      };
      return { list };
    },
  },
  {
    name: "begins each page with the last of the page before",
    fails: ["list-once"],
    spoil: ({ system }) => {
      const list: List = async (page) => {
        // One less of the others, or a page would be too long.
        const limit = page.cursor === null ? page.limit : page.limit - 1;
        const { items, next } = await system.list({ ...page, limit });
        const last =
          page.cursor === null
            ? []
            : [{ merchantEntitlementId: page.cursor, accountReference: null, access: "full" as const }];
        return { items: [...last, ...items], next };
      };
      return { list };
    },
  },
];
