import { ACCOUNT_OPERATIONS } from "../core/moves.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountStep, AccountSystem, SignUpStep } from "../ports/account-system.js";

export const SIGN_UP_STEPS = ["register", "authenticate"] as const;
export type SignUpOperation = (typeof SIGN_UP_STEPS)[number];

const OTHERS = ["lookup", "list", "health", "close"] as const;

/** Every method that may be missing. */
export const CAPABILITIES = [...ACCOUNT_OPERATIONS, ...SIGN_UP_STEPS, ...OTHERS];

export interface Wraps {
  readonly step?: (operation: AccountOperation, inner: AccountStep) => AccountStep;
  readonly signUp?: (operation: SignUpOperation, inner: SignUpStep) => SignUpStep;
}

/** The same account system with something around its methods; what it cannot do, it still cannot. */
export function around(accounts: AccountSystem, { step, signUp }: Wraps): AccountSystem {
  // Read by name, where no member has one type: each of the names is a method of the port that may be missing. What is
  // there but no function is as good as missing: checkAccountSystem refuses it, and the kit goes on to the rest.
  const from = accounts as unknown as Partial<Record<string, unknown>>;
  // A class has its methods on its prototype, and wants to be `this`.
  const pick = (names: readonly string[], wrap?: (name: never, inner: never) => unknown): object =>
    Object.fromEntries(
      names.flatMap((name) => {
        const member: unknown = from[name];
        if (typeof member !== "function") return [];
        const inner: unknown = member.bind(accounts);
        return [[name, wrap ? wrap(name as never, inner as never) : inner]];
      }),
    );
  const { name, accountSystemVersion, idempotent, lagMs } = accounts;
  // Put together at run time it has no type; the three lists hold every method of the port, so what was there still is.
  return {
    name,
    accountSystemVersion,
    ...(idempotent === undefined ? {} : { idempotent }),
    ...(lagMs === undefined ? {} : { lagMs }),
    ...pick(ACCOUNT_OPERATIONS, step),
    ...pick(SIGN_UP_STEPS, signUp),
    ...pick(OTHERS),
  } as AccountSystem;
}
