import type { AccountSystem } from "../ports/account-system.js";

/** What stops the process: what is wrong, why it matters, how to mend it. */
export interface AccountSystemFault {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

const MANDATORY = ["activate", "revoke", "health"] as const;

/** Checks an account system against version 1 of the port (ports/account-system.ts). Empty where it fits. */
export function checkAccountSystem(accounts: Partial<AccountSystem>): AccountSystemFault[] {
  const faults: AccountSystemFault[] = [];
  const version: unknown = accounts.accountSystemVersion;
  if (version !== 1)
    faults.push({
      what: `accountSystemVersion is ${String(version)}`,
      why: "this release speaks version 1 of the account-system contract",
      fix: "export accountSystemVersion: 1, or use a release that speaks the other version",
    });
  for (const method of MANDATORY)
    if (typeof accounts[method] !== "function")
      faults.push({
        what: `the method ${method} is missing`,
        why: "no entitlement could be given, taken away or watched without it",
        fix: `implement ${method} as ports/account-system.ts describes it`,
      });
  if (typeof accounts.lookup !== "function" && accounts.idempotent !== true)
    faults.push({
      what: "there is neither lookup nor idempotent: true",
      why: "after a time-out nobody could find out whether an effect took place",
      fix: "implement lookup(idempotencyKey), or declare idempotent: true where a repeated key never acts twice",
    });
  if (typeof accounts.lookup === "function" && !isDuration(accounts.lagMs))
    faults.push({
      what: "lookup is there, but lagMs is not a number of milliseconds from 0",
      why: "an effect that lookup does not show yet would be taken for absent",
      fix: "declare lagMs: the longest time until lookup shows an effect; 0 where it reads what was written",
    });
  return faults;
}

const isDuration = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
