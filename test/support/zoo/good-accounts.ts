import { createHash, randomUUID } from "node:crypto";
import type { AccountResult } from "../../../src/core/account-result.js";
import type {
  AccountCall,
  AccountEntitlement,
  AccountStep,
  AccountSystem,
  SignUpCall,
} from "../../../src/ports/account-system.js";

const MONTH_MS = 30 * 86_400_000;

export interface Holding {
  readonly account: string;
  readonly plan: string | null;
  readonly access: "full" | "none";
  readonly isEnded: boolean;
  readonly endsAt: number | null;
}

/** The books of one account system, open for animals to spoil. */
export interface Books {
  readonly holdings: Map<string, Holding>;
  readonly accounts: Map<string, string>;
  readonly logins: Map<string, { readonly password: string; readonly account: string; readonly key: string }>;
  readonly results: Map<string, AccountResult>;
  readonly effects: Map<string, number>;
}

export type Offered = Required<Omit<AccountSystem, "idempotent" | "close">>;

export interface Good {
  readonly system: Offered;
  readonly books: Books;
  /** An account of the customer, as the spoilt ones may ask for it too. */
  readonly accountOf: (entitlement: AccountEntitlement) => string;
}

export const idOf = ({ entitlement }: Pick<AccountCall, "entitlement">): string =>
  entitlement.merchantEntitlementId;
export const customerOf = (entitlement: AccountEntitlement): string =>
  entitlement.sharedCustomerId ?? entitlement.bangoUserId ?? entitlement.customerIdentifier ?? "nobody";

/** A way to the system and back, which an abort cuts short; customers `slow-…` stay on it until then. */
export async function travel({ signal, entitlement }: AccountCall | SignUpCall): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve, reject) => {
    const timer = customerOf(entitlement).startsWith("slow-")
      ? setTimeout(resolve, 60_000).unref()
      : setTimeout(resolve, 2);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("interrupted"));
    });
  });
}

export const newAccount = (): string => `account-${randomUUID()}`;
const hash = (password: string): string => createHash("sha256").update(password).digest("hex");
const NOT_HELD: AccountResult = {
  kind: "refused",
  reason: "NOT_HELD",
  text: "there is no such subscription",
};

/** An account system in memory that keeps every promise of the port: what the animals of the zoo are made of. */
export function goodAccounts(): Good {
  const books: Books = {
    holdings: new Map(),
    accounts: new Map(),
    logins: new Map(),
    results: new Map(),
    effects: new Map(),
  };
  const accountOf = (entitlement: AccountEntitlement): string => {
    if (entitlement.accountReference !== null) return entitlement.accountReference;
    const customer = customerOf(entitlement);
    const account = books.accounts.get(customer) ?? newAccount();
    books.accounts.set(customer, account);
    return account;
  };
  /** What has no await in it is a transaction here. */
  const step =
    (act: (call: AccountCall, held: Holding | undefined) => AccountResult): AccountStep =>
    async (call) => {
      await travel(call);
      const known = books.results.get(call.idempotencyKey);
      if (known) return known;
      const result = act(call, books.holdings.get(idOf(call)));
      if (result.kind === "refused") return result;
      books.results.set(call.idempotencyKey, result);
      books.effects.set(call.idempotencyKey, (books.effects.get(call.idempotencyKey) ?? 0) + 1);
      return result;
    };
  const onHeld = (act: (call: AccountCall, held: Holding) => AccountResult): AccountStep =>
    step((call, held) => (!held || held.isEnded ? NOT_HELD : act(call, held)));
  const write = (call: AccountCall, held: Holding): void => {
    books.holdings.set(idOf(call), held);
  };
  const setAccess = onHeld((call, held) => {
    if (held.access === call.access) return { kind: "alreadySo" };
    write(call, { ...held, access: call.access });
    return { kind: "done" };
  });
  const system: Offered = {
    name: "good",
    accountSystemVersion: 1,
    lagMs: 0,
    activate: step((call, held) => {
      if (customerOf(call.entitlement).startsWith("decline-"))
        return { kind: "refused", reason: "DECLINED", text: "not this customer" };
      if (held && !held.isEnded) return { kind: "alreadySo", accountReference: held.account };
      const account = accountOf(call.entitlement);
      write(call, { account, plan: call.entitlement.plan, access: "full", isEnded: false, endsAt: null });
      return { kind: "done", accountReference: account, activationCode: `code-${account}` };
    }),
    suspend: setAccess,
    resume: setAccess,
    change: onHeld((call, held) => {
      write(call, { ...held, plan: call.entitlement.plan });
      return { kind: held.plan === call.entitlement.plan ? "alreadySo" : "done" };
    }),
    endAtPeriod: onHeld((call, held) => {
      const periodEndsAt = held.endsAt ?? call.now + MONTH_MS;
      write(call, { ...held, endsAt: periodEndsAt });
      return { kind: held.endsAt === null ? "done" : "alreadySo", periodEndsAt };
    }),
    reinstate: onHeld((call, held) => {
      write(call, { ...held, endsAt: null });
      return { kind: held.endsAt === null ? "alreadySo" : "done" };
    }),
    revoke: step((call, held) => {
      if (!held || held.isEnded) return { kind: "alreadySo" };
      write(call, { ...held, access: "none", isEnded: true });
      return { kind: "done" };
    }),
    eligibility: async (call) => {
      await travel(call);
      return { kind: "done" };
    },
    link: step((call, held) => {
      const account = call.entitlement.accountReference ?? "";
      if (held && !held.isEnded) write(call, { ...held, account });
      return { kind: "done", accountReference: account };
    }),
    async register(call) {
      await travel(call);
      const known = books.logins.get(call.email);
      if (known)
        return known.key === call.idempotencyKey
          ? { kind: "done", accountReference: known.account }
          : { kind: "emailExists" };
      const account = newAccount();
      books.logins.set(call.email, { password: hash(call.password), account, key: call.idempotencyKey });
      return { kind: "done", accountReference: account };
    },
    async authenticate(call) {
      await travel(call);
      const known = books.logins.get(call.email);
      return known?.password === hash(call.password)
        ? { kind: "done", accountReference: known.account }
        : { kind: "wrongPassword" };
    },
    async lookup(key) {
      const result = books.results.get(key);
      return result ? { kind: "present", result } : { kind: "absent" };
    },
    async list({ cursor, limit }) {
      const ids = [...books.holdings.keys()].sort();
      const rest = cursor === null ? ids : ids.filter((id) => id > cursor);
      const page = rest.slice(0, limit);
      return {
        items: page.map((id) => ({
          merchantEntitlementId: id,
          accountReference: books.holdings.get(id)?.account ?? null,
          access: books.holdings.get(id)?.access ?? "none",
        })),
        next: rest.length > limit ? (page.at(-1) ?? null) : null,
      };
    },
    health: async () => ({ ok: true }),
  };
  return { system, books, accountOf };
}
