import type { AccountStep, AccountSystem } from "../../../src/ports/account-system.js";
import type { Good } from "./good-accounts.js";

/** An account system that breaks one promise, and keeps the others. */
export interface Animal {
  readonly name: string;
  /** The checks that are meant for it; every other one passes. */
  readonly fails: readonly string[];
  readonly spoil: (good: Good) => { readonly [method in keyof AccountSystem]?: unknown };
}

/** One that refuses what was so already, where that came under another key. */
export const refusesRepeats = (step: AccountStep): AccountStep => {
  return async (call) => {
    const result = await step(call);
    return result.kind === "alreadySo" ? { kind: "refused", reason: "ALREADY_SO" } : result;
  };
};

const STEPS = [
  "activate",
  "revoke",
  "suspend",
  "resume",
  "change",
  "endAtPeriod",
  "reinstate",
  "link",
] as const;

/** Every step of the good one, each with the same fault. */
export const everyStep = ({ system }: Good, spoil: (step: AccountStep) => AccountStep) =>
  Object.fromEntries(STEPS.map((name) => [name, spoil(system[name])]));
