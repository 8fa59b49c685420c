import { createHash } from "node:crypto";
import type { AccountResult } from "../../../src/core/account-result.js";
import type { AccountCall, AccountStep, AccountSystem } from "../../../src/ports/account-system.js";
import { everyStep } from "./animal.js";
import type { Animal } from "./animal.js";
import { customerOf, idOf, newAccount, travel } from "./good-accounts.js";
import type { Good, Holding } from "./good-accounts.js";

type Lookup = NonNullable<AccountSystem["lookup"]>;
type List = NonNullable<AccountSystem["list"]>;

/** A step that changes what is held once it is done. */
const and =
  ({ books }: Good, step: AccountStep, change: (held: Holding) => Partial<Holding>): AccountStep =>
  async (call) => {
    const result = await step(call);
    const held = books.holdings.get(idOf(call));
    if (held && !held.isEnded) books.holdings.set(idOf(call), { ...held, ...change(held) });
    return result;
  };

const refusing =
  ({ books }: Good, step: AccountStep, isRefused: (held: Holding) => boolean): AccountStep =>
  async (call) => {
    const held = books.holdings.get(idOf(call));
    if (held && !held.isEnded && isRefused(held)) return { kind: "refused", reason: "NOT_NOW" };
    return step(call);
  };

/** A revoke of all that a customer has. */
const revokesAllOf = ({ system, books }: Good, customerIn: (call: AccountCall) => string) => {
  const held = new Map<string, Set<string>>();
  const activate: AccountStep = async (call) => {
    const result = await system.activate(call);
    if (result.kind === "done")
      held.set(customerIn(call), (held.get(customerIn(call)) ?? new Set()).add(idOf(call)));
    return result;
  };
  const revoke: AccountStep = async (call) => {
    const result = await system.revoke(call);
    for (const id of held.get(customerIn(call)) ?? []) {
      const one = books.holdings.get(id);
      if (one) books.holdings.set(id, { ...one, access: "none", isEnded: true });
    }
    return result;
  };
  return { activate, revoke };
};

const withoutDate = (result: AccountResult): AccountResult =>
  result.kind === "done" || result.kind === "alreadySo" ? { ...result, periodEndsAt: undefined } : result;

/** What becomes of what customers have. */
export const HOLDINGS: readonly Animal[] = [
  {
    name: "opens what is suspended by a change",
    fails: ["access-wished"],
    spoil: (good) => ({ change: and(good, good.system.change, () => ({ access: "full" })) }),
  },
  {
    name: "opens what is suspended by a reinstate",
    fails: ["access-wished"],
    spoil: (good) => ({ reinstate: and(good, good.system.reinstate, () => ({ access: "full" })) }),
  },
  {
    name: "closes at once, and names a date to come",
    fails: ["access-until"],
    spoil: (good) => ({ endAtPeriod: and(good, good.system.endAtPeriod, () => ({ access: "none" })) }),
  },
  {
    name: "names no date, and closes nothing",
    fails: ["access-until"],
    spoil: ({ system }) => {
      const lookup: Lookup = async (key, context) => {
        const found = await system.lookup(key, context);
        return found.kind === "present" ? { ...found, result: withoutDate(found.result) } : found;
      };
      return {
        endAtPeriod: async (call: AccountCall) => withoutDate(await system.endAtPeriod(call)),
        lookup,
      };
    },
  },
  {
    name: "puts an end off whenever it is asked for one",
    fails: ["endAtPeriod"],
    spoil: (good) => ({
      endAtPeriod: (call: AccountCall) => {
        const held = good.books.holdings.get(idOf(call));
        const isKnown = good.books.results.has(call.idempotencyKey);
        if (held && !isKnown && held.endsAt !== null)
          good.books.holdings.set(idOf(call), { ...held, endsAt: held.endsAt + 86_400_000 });
        return good.system.endAtPeriod(call);
      },
    }),
  },
  {
    name: "reinstates in name only",
    fails: ["reinstate"],
    spoil: (good) => {
      const reinstate: AccountStep = async (call) => {
        const endsAt = good.books.holdings.get(idOf(call))?.endsAt ?? null;
        return and(good, good.system.reinstate, () => ({ endsAt }))(call);
      };
      return { reinstate };
    },
  },
  {
    name: "does not revoke what is suspended",
    fails: ["revoke"],
    spoil: (good) => ({ revoke: refusing(good, good.system.revoke, ({ access }) => access === "none") }),
  },
  {
    name: "does not revoke what will end by itself",
    fails: ["revoke"],
    spoil: (good) => ({ revoke: refusing(good, good.system.revoke, ({ endsAt }) => endsAt !== null) }),
  },
  {
    name: "revokes all that a customer has",
    fails: ["ids-alone"],
    spoil: (good) => revokesAllOf(good, ({ entitlement }) => customerOf(entitlement)),
  },
  {
    name: "revokes all of a customer in any case, and names no accounts",
    fails: ["ids-alone", "ids-case"],
    spoil: (good) => {
      const bare = (result: AccountResult): AccountResult =>
        result.kind === "done" || result.kind === "alreadySo"
          ? { ...result, accountReference: undefined, activationCode: undefined }
          : result;
      const { activate, revoke } = revokesAllOf(good, ({ entitlement }) =>
        customerOf(entitlement).toLowerCase(),
      );
      const lookup: Lookup = async (key, context) => {
        const found = await good.system.lookup(key, context);
        return found.kind === "present" ? { ...found, result: bare(found.result) } : found;
      };
      return { activate: async (call: AccountCall) => bare(await activate(call)), revoke, lookup };
    },
  },
  {
    name: "knows customers by two of the three ids",
    fails: ["ids-alone"],
    spoil: ({ system }) => ({
      activate: (call: AccountCall) => {
        const { sharedCustomerId, bangoUserId } = call.entitlement;
        const entitlement = {
          ...call.entitlement,
          sharedCustomerId: String(sharedCustomerId ?? bangoUserId),
        };
        return system.activate({ ...call, entitlement });
      },
    }),
  },
  {
    // Those of the service begin alike where they come soon after each other.
    name: "knows entitlements by the beginning of their ids, and lists none",
    fails: [
      "ids-alone",
      "ids-case",
      "ids-length",
      "ids-odd",
      "ids-spaces",
      "ids-unicode",
      "keys",
      "parallel-others",
      "refusal-effect",
      "unknown-outcome",
    ],
    spoil: (good) => ({
      list: undefined,
      ...everyStep(good, (step) => (call) => {
        const merchantEntitlementId = idOf(call).slice(0, 6);
        return step({ ...call, entitlement: { ...call.entitlement, merchantEntitlementId } });
      }),
    }),
  },
  {
    name: "links what is active in name only",
    fails: ["link"],
    spoil: () => {
      const link: AccountStep = async (call) => {
        await travel(call);
        return { kind: "done", accountReference: call.entitlement.accountReference ?? undefined };
      };
      return { link };
    },
  },
  {
    name: "lists somebody's account with everything",
    fails: ["link"],
    spoil: ({ system }) => {
      const account = newAccount();
      const list: List = async (page) => {
        const { items, next } = await system.list(page);
        return { items: items.map((item) => ({ ...item, accountReference: account })), next };
      };
      return { list };
    },
  },
  {
    name: "lists everything, whatever the limit",
    fails: ["list-complete"],
    spoil: ({ system }) => ({
      list: (page: Parameters<List>[0]) => system.list({ ...page, limit: 1_000_000 }),
    }),
  },
  {
    name: "leaves out the end of its list",
    fails: ["list-complete"],
    spoil: ({ system }) => ({
      list: async (page: Parameters<List>[0]) => {
        const { items, next } = await system.list(page);
        return next === null ? { items } : { items, next };
      },
    }),
  },
  {
    name: "answers accounts that are too long",
    fails: ["results"],
    spoil: ({ system }) => {
      const long = (result: AccountResult): AccountResult =>
        "accountReference" in result
          ? {
              ...result,
              accountReference: createHash("sha256")
                .update(String(result.accountReference))
                .digest("hex")
                .repeat(5),
            }
          : result;
      const lookup: Lookup = async (key, context) => {
        const found = await system.lookup(key, context);
        return found.kind === "present" ? { ...found, result: long(found.result) } : found;
      };
      return {
        activate: async (call: AccountCall) =>
          call.entitlement.accountReference === null
            ? long(await system.activate(call))
            : system.activate(call),
        lookup,
      };
    },
  },
];
