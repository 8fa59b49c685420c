import type { AccountSystem } from "../ports/account-system.js";
import { CAPABILITIES } from "./around.js";

/** What stops the process: what is wrong, why it matters, how to mend it. */
export interface AccountSystemFault {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** Why an account system cannot be used, all faults at once. */
export class AccountSystemRefused extends Error {
  constructor(readonly faults: readonly AccountSystemFault[]) {
    super(faults.map(({ what, why, fix }) => `${what}: ${why}. ${fix}.`).join("\n"));
    this.name = "AccountSystemRefused";
  }
}

const MANDATORY: readonly string[] = ["activate", "revoke", "health"];
const VERSION = 1;

/** Checks an account system against version 1 of the port (ports/account-system.ts). Empty where it fits. */
export const checkAccountSystem = (accounts: Partial<AccountSystem>): AccountSystemFault[] => [
  ...identity(accounts),
  ...methods(accounts),
  ...certainty(accounts),
];

function identity({ accountSystemVersion, name }: Partial<AccountSystem>): AccountSystemFault[] {
  const faults: AccountSystemFault[] = [];
  if ((accountSystemVersion as unknown) !== VERSION)
    faults.push({
      what: `accountSystemVersion is ${String(accountSystemVersion)}`,
      why: "this release speaks version 1 of the account-system contract",
      fix: "export accountSystemVersion: 1, or use a release that speaks the other version",
    });
  if (typeof name !== "string" || name === "")
    faults.push({
      what: "there is no name",
      why: "logs could not say which account system they speak of",
      fix: "give it a name, such as the one of your service",
    });
  return faults;
}

const methods = (accounts: Partial<AccountSystem>): AccountSystemFault[] =>
  CAPABILITIES.flatMap((method) => {
    const member: unknown = accounts[method];
    if (typeof member === "function") return [];
    if (MANDATORY.includes(method))
      return [
        {
          what: `the method ${method} is missing`,
          why: "no entitlement could be given, taken away or watched without it",
          fix: `implement ${method} as the types of merchant-interface-adapter/account-system describe it`,
        },
      ];
    return member === undefined
      ? []
      : [
          {
            what: `${method} is there, but no function`,
            why: "whether it can be asked for cannot be told from it",
            fix: `make ${method} a method, or leave it out: the operation is answered NOT_AVAILABLE then`,
          },
        ];
  });

function certainty(accounts: Partial<AccountSystem>): AccountSystemFault[] {
  const hasLookup = typeof accounts.lookup === "function";
  const faults: AccountSystemFault[] = [];
  if (!hasLookup && accounts.idempotent !== true)
    faults.push({
      what: "there is neither lookup nor idempotent: true",
      why: "after a time-out nobody could find out whether an effect took place",
      fix: "implement lookup(idempotencyKey), or declare idempotent: true where a repeated key never acts twice",
    });
  if (hasLookup && !isDuration(accounts.lagMs))
    faults.push({
      what: "lookup is there, but lagMs is not a number of milliseconds from 0",
      why: "an effect that lookup does not show yet would be taken for absent",
      fix: "declare lagMs: the longest time until lookup shows an effect; 0 where it reads what was written",
    });
  return faults;
}

const isDuration = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
