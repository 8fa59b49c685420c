import { randomUUID } from "node:crypto";
import type { AccountStep, AccountSystem, SignUpStep } from "../../../src/ports/account-system.js";
import type { Animal } from "./animal.js";
import { idOf, travel } from "./good-accounts.js";

type List = NonNullable<AccountSystem["list"]>;

const OTHERS = 3500;

/** Those that keep every promise, in a manner of their own. */
export const RIGHT: readonly Animal[] = [
  {
    name: "finds what it has by the account alone",
    fails: [],
    spoil: ({ system }) => {
      const byAccount =
        (step: AccountStep): AccountStep =>
        async (call) =>
          call.entitlement.accountReference === null ? { kind: "refused", reason: "NO_ACCOUNT" } : step(call);
      return {
        suspend: byAccount(system.suspend),
        resume: byAccount(system.resume),
        change: byAccount(system.change),
        endAtPeriod: byAccount(system.endAtPeriod),
        reinstate: byAccount(system.reinstate),
      };
    },
  },
  {
    name: "lets nobody in who has not signed up",
    fails: [],
    spoil: ({ system, books }) => {
      const activate: AccountStep = async (call) => {
        const isKnown = call.entitlement.accountReference !== null || books.holdings.has(idOf(call));
        if (isKnown) return system.activate(call);
        await travel(call);
        return { kind: "signUpRequired" };
      };
      return { activate };
    },
  },
  {
    name: "takes one registration at a time",
    fails: [],
    spoil: ({ system }) => {
      let isBusy = false;
      const register: SignUpStep = async (call) => {
        if (isBusy) return { kind: "retryLater", afterMs: 5 };
        isBusy = true;
        try {
          return await system.register(call);
        } finally {
          isBusy = false;
        }
      };
      return { register };
    },
  },
  {
    name: "has thousands of others, and short pages",
    fails: [],
    spoil: ({ system, books }) => {
      for (let count = 0; count < OTHERS; count += 1)
        books.holdings.set(randomUUID(), {
          account: "another",
          plan: null,
          access: "full",
          isEnded: false,
          endsAt: null,
        });
      return {
        list: (page: Parameters<List>[0]) => system.list({ ...page, limit: Math.min(page.limit, 90) }),
      };
    },
  },
];
