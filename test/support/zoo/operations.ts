import type { AccountStep } from "../../../src/ports/account-system.js";
import { refusesRepeats } from "./animal.js";
import type { Animal } from "./animal.js";
import { customerOf, idOf, newAccount, travel } from "./good-accounts.js";

/** How it does what it is asked for, and what it makes of a repeat. */
export const OPERATIONS: readonly Animal[] = [
  { name: "speaks version 2", fails: ["shape"], spoil: () => ({ accountSystemVersion: 2 }) },
  { name: "declares no lag", fails: ["shape"], spoil: () => ({ lagMs: undefined }) },
  {
    name: "never says how it is",
    fails: ["health"],
    spoil: () => ({ health: () => new Promise(() => undefined) }),
  },
  { name: "says OK for its health", fails: ["health"], spoil: () => ({ health: async () => "OK" }) },
  {
    name: "is not well",
    fails: ["health"],
    spoil: () => ({ health: async () => ({ ok: false, detail: "no disk" }) }),
  },
  {
    name: "gives activation codes as numbers",
    fails: ["results"],
    spoil: ({ system }) => ({
      change: async (call: never) => ({ ...(await system.change(call)), activationCode: 4711 }),
    }),
  },
  {
    name: "refuses a key that it knows",
    fails: ["repeat", "repeat-late"],
    spoil: ({ system }) => {
      const open = new Map<string, ReturnType<AccountStep>>();
      const seen = new Set<string>();
      const activate: AccountStep = async (call) => {
        const { idempotencyKey: key } = call;
        if (seen.has(key)) return { kind: "refused", reason: "DUPLICATE_REQUEST" };
        // Equal calls at once are one; afterwards they are not.
        const joined = open.get(key) ?? system.activate(call);
        open.set(key, joined);
        try {
          const result = await joined;
          seen.add(key);
          return result;
        } finally {
          open.delete(key);
        }
      };
      return { activate };
    },
  },
  {
    name: "looks before it writes",
    fails: ["parallel"],
    spoil: ({ system, books }) => {
      const activate: AccountStep = async (call) => {
        const isOld = books.results.has(call.idempotencyKey) || books.holdings.has(idOf(call));
        if (isOld || customerOf(call.entitlement).startsWith("decline-")) return system.activate(call);
        await travel(call);
        const account = call.entitlement.accountReference ?? newAccount();
        const { plan } = call.entitlement;
        books.holdings.set(idOf(call), { account, plan, access: "full", isEnded: false, endsAt: null });
        const result = { kind: "done", accountReference: account } as const;
        books.results.set(call.idempotencyKey, result);
        return result;
      };
      return { activate };
    },
  },
  {
    name: "sells a second one under a second key",
    fails: ["another-key"],
    spoil: ({ system, books }) => {
      const activate: AccountStep = async (call) => {
        const held = books.holdings.get(idOf(call));
        const isOther = held !== undefined && !held.isEnded && !books.results.has(call.idempotencyKey);
        return isOther ? { kind: "done", accountReference: newAccount() } : system.activate(call);
      };
      return { activate };
    },
  },
  {
    name: "cannot revoke what it never had",
    fails: ["revoke-unknown"],
    spoil: ({ system, books }) => {
      const revoke: AccountStep = async (call) => {
        if (!books.holdings.has(idOf(call))) throw new Error("404");
        return system.revoke(call);
      };
      return { revoke };
    },
  },
  {
    name: "cannot revoke twice",
    fails: ["revoke"],
    spoil: ({ system, books }) => {
      const strict = refusesRepeats(system.revoke);
      return {
        revoke: (call: Parameters<AccountStep>[0]) =>
          books.holdings.has(idOf(call)) ? strict(call) : system.revoke(call),
      };
    },
  },
  {
    name: "cannot suspend twice",
    fails: ["suspend"],
    spoil: ({ system }) => ({ suspend: refusesRepeats(system.suspend) }),
  },
  {
    name: "cannot resume what runs",
    fails: ["resume"],
    // What wishes no access is suspended, and so remains; to the good one that is so already.
    spoil: ({ system }) => ({
      resume: (call: Parameters<AccountStep>[0]) =>
        call.access === "none" ? system.resume(call) : refusesRepeats(system.resume)(call),
    }),
  },
  {
    name: "cannot change to the plan that it has",
    fails: ["change"],
    spoil: ({ system }) => ({ change: refusesRepeats(system.change) }),
  },
  {
    name: "cannot reinstate what does not end",
    fails: ["reinstate"],
    spoil: ({ system }) => ({ reinstate: refusesRepeats(system.reinstate) }),
  },
  {
    name: "counts seconds",
    fails: ["endAtPeriod"],
    spoil: ({ system, books }) => {
      const endAtPeriod: AccountStep = async (call) => {
        const result = await system.endAtPeriod(call);
        if (result.kind !== "done" && result.kind !== "alreadySo") return result;
        const inSeconds = { ...result, periodEndsAt: Math.floor((result.periodEndsAt ?? 0) / 1000) };
        if (!books.results.has(call.idempotencyKey)) return inSeconds;
        books.results.set(call.idempotencyKey, inSeconds);
        return inSeconds;
      };
      // What it stored is in seconds already.
      return {
        endAtPeriod: async (call: Parameters<AccountStep>[0]) =>
          books.results.get(call.idempotencyKey) ?? endAtPeriod(call),
      };
    },
  },
  {
    name: "ended yesterday",
    fails: ["endAtPeriod"],
    spoil: ({ system }) => ({
      endAtPeriod: (call: Parameters<AccountStep>[0]) =>
        system.endAtPeriod({ ...call, now: call.now - 31 * 86_400_000 }),
    }),
  },
  {
    name: "activates whom it is asked about",
    fails: ["eligibility"],
    spoil: ({ system }) => ({ eligibility: system.activate }),
  },
];
