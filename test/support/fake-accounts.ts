import type {
  AccountCall,
  AccountResult,
  AccountStep,
  AccountSystem,
  Lookup,
} from "../../src/ports/account-system.js";

/** How the fake answers one call: with a result, or by leaving its caller without one. */
export type Behaviour =
  | AccountResult
  | "silent after its effect"
  | "silent before any effect"
  | "nonsense"
  | "throws"
  | { readonly kind: "waits"; readonly until: Promise<void>; readonly then?: AccountResult };

export interface FakeAccounts {
  readonly system: AccountSystem;
  /** Every call that arrived, in order. */
  readonly calls: {
    readonly operation: string;
    readonly idempotencyKey: string;
    readonly call: AccountCall;
    /** How long its caller would still wait, in milliseconds. */
    readonly leftMs: number;
  }[];
  /** What took effect, by key: the outside's own books. */
  readonly effects: Map<string, { readonly operation: string; readonly result: AccountResult }>;
  /** The next call of this operation behaves so; afterwards it answers `done` again. */
  readonly next: (operation: string, behaviour: Behaviour) => void;
  readonly lookups: string[];
  /** What lookup answers, where it is not what the books say. */
  answerLookup: ((idempotencyKey: string) => Lookup | Promise<Lookup>) | null;
}

export interface FakeOptions {
  readonly lookup?: boolean;
  readonly idempotent?: boolean;
  readonly lagMs?: number;
}

const done: AccountResult = { kind: "done", accountReference: "account-1" };

/** An account system whose every answer a test decides. It keeps its books by idempotency key, as a good one does. */
export function fakeAccounts({
  lookup = true,
  idempotent = false,
  lagMs = 0,
}: FakeOptions = {}): FakeAccounts {
  const scripts = new Map<string, Behaviour[]>();
  const effects: FakeAccounts["effects"] = new Map();
  const calls: FakeAccounts["calls"] = [];
  const lookups: string[] = [];

  const step =
    (operation: string): AccountStep =>
    async (call) => {
      const { idempotencyKey, deadlineAt } = call;
      calls.push({ operation, idempotencyKey, call, leftMs: deadlineAt - Date.now() });
      const behaviour = scripts.get(operation)?.shift() ?? done;
      const takeEffect = (result: AccountResult): AccountResult => {
        const known = effects.get(call.idempotencyKey);
        if (known) return known.result;
        effects.set(call.idempotencyKey, { operation, result });
        return result;
      };
      if (behaviour === "silent before any effect") return forEver(call.signal);
      if (behaviour === "nonsense") return { kind: "perhaps" } as unknown as AccountResult;
      if (behaviour === "throws") throw new Error("the connection was reset");
      if (behaviour === "silent after its effect") {
        takeEffect(done);
        return forEver(call.signal);
      }
      if (behaviour.kind === "waits") {
        await behaviour.until;
        return takeEffect(behaviour.then ?? done);
      }
      const without =
        behaviour.kind === "refused" || behaviour.kind === "retryLater" || behaviour.kind === "unknown";
      return without ? behaviour : takeEffect(behaviour);
    };

  const fake: FakeAccounts = {
    calls,
    effects,
    lookups,
    answerLookup: null,
    next: (operation, behaviour) => {
      scripts.set(operation, [...(scripts.get(operation) ?? []), behaviour]);
    },
    system: {
      name: "fake",
      accountSystemVersion: 1,
      activate: step("activate"),
      revoke: step("revoke"),
      suspend: step("suspend"),
      resume: step("resume"),
      change: step("change"),
      endAtPeriod: step("endAtPeriod"),
      reinstate: step("reinstate"),
      health: () => Promise.resolve({ ok: true }),
      // What has to be signed up for can be sold; no test of this fake signs anybody up.
      register: () => Promise.resolve({ kind: "unknown" }),
      authenticate: () => Promise.resolve({ kind: "unknown" }),
      ...(idempotent ? { idempotent } : {}),
      ...(lookup
        ? {
            lagMs,
            lookup: (idempotencyKey: string): Promise<Lookup> => {
              lookups.push(idempotencyKey);
              if (fake.answerLookup) return Promise.resolve(fake.answerLookup(idempotencyKey));
              const known = effects.get(idempotencyKey);
              return Promise.resolve(known ? { kind: "present", result: known.result } : { kind: "absent" });
            },
          }
        : {}),
    },
  };
  return fake;
}

const forEver = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error("aborted"));
    });
  });

/** A fake that a scenario keeps while each test has a fresh one behind it. */
export function renewableFake(options: FakeOptions = {}): {
  readonly system: AccountSystem;
  readonly fake: () => FakeAccounts;
  readonly renew: () => void;
} {
  let current = fakeAccounts(options);
  type Method = (...args: unknown[]) => unknown;
  const system = Object.fromEntries(
    Object.entries(current.system).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === "function"
        ? (...args: unknown[]) => (current.system as unknown as Record<string, Method>)[name]?.(...args)
        : member,
    ]),
  ) as unknown as AccountSystem;
  return {
    system,
    fake: () => current,
    renew: () => {
      current = fakeAccounts(options);
    },
  };
}
