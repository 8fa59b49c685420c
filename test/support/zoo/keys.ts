import type { AccountResult } from "../../../src/core/account-result.js";
import type {
  AccountCall,
  AccountStep,
  AccountSystem,
  SignUpStep,
} from "../../../src/ports/account-system.js";
import { everyStep } from "./animal.js";
import type { Animal } from "./animal.js";
import { idOf, newAccount, travel } from "./good-accounts.js";
import type { Good } from "./good-accounts.js";

type Lookup = NonNullable<AccountSystem["lookup"]>;
const underKey = (good: Good, change: (key: string) => string) =>
  everyStep(good, (step) => (call) => step({ ...call, idempotencyKey: change(call.idempotencyKey) }));

const withoutSignal = (call: AccountCall): AccountCall => ({ ...call, signal: new AbortController().signal });

const nap = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** What it makes of keys, and of calls that come at once. */
export const KEYS: readonly Animal[] = [
  {
    name: "remembers twenty keys",
    fails: ["repeat-late"],
    spoil: (good) =>
      everyStep(good, (step) => async (call) => {
        const result = await step(call);
        const { results } = good.books;
        for (const key of results.keys()) if (results.size > 20) results.delete(key);
        return result;
      }),
  },
  {
    name: "goes by what there is, and keeps no key",
    fails: ["repeat-late"],
    spoil: (good) => ({
      lookup: undefined,
      lagMs: undefined,
      idempotent: true,
      ...everyStep(good, (step) => async (call) => {
        const result = await step(call);
        good.books.results.clear();
        const isInEffect = result.kind === "done" || result.kind === "alreadySo";
        return isInEffect ? { ...result, activationCode: undefined } : result;
      }),
    }),
  },
  {
    name: "takes keys in any case",
    fails: ["keys"],
    spoil: (good) => {
      const lookup: Lookup = async (key, context) => good.system.lookup(key.toLowerCase(), context);
      return { ...underKey(good, (key) => key.toLowerCase()), lookup };
    },
  },
  {
    name: "has room for 63 characters of a key",
    fails: ["keys"],
    spoil: (good) => {
      const lookup: Lookup = async (key, context) => good.system.lookup(key.slice(0, 63), context);
      return { ...underKey(good, (key) => key.slice(0, 63)), lookup };
    },
  },
  {
    name: "refuses what is flagged as a repeat",
    fails: ["repeat", "unknown-outcome"],
    spoil: ({ system }) => ({
      activate: async (call: AccountCall) =>
        call.repeat === true ? { kind: "refused", reason: "DUPLICATE" } : system.activate(call),
    }),
  },
  {
    name: "writes one row for each of equal calls",
    fails: ["parallel"],
    spoil: ({ system, books }) => {
      const rows = new Map<string, number>();
      const activate: AccountStep = async (call) => {
        const isOld = books.results.has(call.idempotencyKey);
        const result = await system.activate(call);
        if (!isOld && result.kind === "done") rows.set(idOf(call), (rows.get(idOf(call)) ?? 0) + 1);
        return result;
      };
      const list: NonNullable<AccountSystem["list"]> = async (page) => {
        const { items, next } = await system.list(page);
        const twice = items.flatMap((item) =>
          Array.from({ length: rows.get(item.merchantEntitlementId) ?? 1 }, () => item),
        );
        return { items: twice, next };
      };
      return { activate, list };
    },
  },
  {
    name: "forgets the key of an interrupted revoke",
    fails: ["unknown-outcome"],
    spoil: ({ system, books }) => {
      const revoke: AccountStep = async (call) => {
        try {
          return await system.revoke(call);
        } catch (error) {
          await system.revoke(withoutSignal(call));
          books.results.delete(call.idempotencyKey);
          throw error;
        }
      };
      return { revoke };
    },
  },
  {
    name: "forgets the key of an interrupted registration",
    fails: ["register-repeat"],
    spoil: ({ system }) => {
      const register: SignUpStep = async (call) => {
        try {
          return await system.register(call);
        } catch (error) {
          await system.register({ ...call, idempotencyKey: "lost", signal: new AbortController().signal });
          throw error;
        }
      };
      return { register };
    },
  },
  {
    name: "makes two accounts of a form that is sent twice at once",
    fails: ["register-repeat"],
    spoil: ({ system, books }) => {
      const register: SignUpStep = async (call) => {
        if (books.logins.has(call.email)) return system.register(call);
        await travel(call);
        const result = await system.register({ ...call, idempotencyKey: `${call.idempotencyKey}-inner` });
        if (result.kind === "done") {
          const login = books.logins.get(call.email)!;
          books.logins.set(call.email, { ...login, key: call.idempotencyKey });
          return result;
        }
        return { kind: "done", accountReference: newAccount() };
      };
      return { register };
    },
  },
  {
    name: "writes back all that it had read",
    fails: ["parallel-others"],
    spoil: ({ system, books }) => {
      const activate: AccountStep = async (call) => {
        const before = new Map(books.holdings);
        const isOld = books.results.has(call.idempotencyKey);
        const result = await system.activate(call);
        const held = books.holdings.get(idOf(call));
        if (isOld || result.kind !== "done" || !held) return result;
        books.holdings.clear();
        for (const [id, holding] of before.set(idOf(call), held)) books.holdings.set(id, holding);
        return result;
      };
      return { activate };
    },
  },
  {
    name: "keeps the last answer in a variable of the module",
    fails: ["parallel-others"],
    spoil: ({ system, books }) => {
      let last: AccountResult;
      const activate: AccountStep = async (call) => {
        const known = books.results.get(call.idempotencyKey);
        if (known) return known;
        const result = await system.activate(call);
        last = books.results.get(call.idempotencyKey) ?? result;
        await nap(1);
        return last;
      };
      return { activate };
    },
  },
];
