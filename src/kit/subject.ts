import type { AccountEntitlement, AccountSystem, Lookup } from "../ports/account-system.js";
import { asHeld, asLookup } from "./answers.js";
import { makeAsking } from "./asking.js";
import type { Asking, Who } from "./asking.js";
import { pause } from "./bounded.js";
import { newCustomer, newEntitlement } from "./calls.js";
import { must, NotSeen } from "./finding.js";
import { makeSight } from "./holdings.js";
import type { Sight } from "./holdings.js";
import type { EntitlementPart, KitSettings, Made } from "./kit-types.js";
import type { Memory } from "./memory.js";
import { json } from "./texts.js";

/** The account system under test, in the words of the checks. */
export interface Subject extends Omit<Asking, "lookUp">, Sight {
  readonly system: AccountSystem;
  readonly settings: KitSettings;
  readonly deadlineMs: number;
  readonly lagMs: number;
  /** One that nobody has seen. Where nobody is let in who has not signed up, its customer has. */
  readonly newEntitlement: (part?: EntitlementPart) => Promise<AccountEntitlement>;
  /** A new entitlement, activated, as the service sends it from then on. */
  readonly active: (part?: EntitlementPart) => Promise<AccountEntitlement>;
  /** The account that `register` makes; a Finding where it makes none. */
  readonly registered: (who: Who, key?: string) => Promise<string>;
  readonly lookUp: (key: string) => Promise<Lookup>;
  readonly lookUpAsIs: Asking["lookUp"];
  /** Undefined where the books do not tell. */
  readonly effects: (key: string) => Promise<number | undefined>;
  readonly settle: () => Promise<void>;
}

/** Somebody who has no account yet, and what it is to be for. */
export const newWho = ({ settings }: Subject): Who => ({
  ...newCustomer(),
  entitlement: newEntitlement(settings),
});

const DEADLINE_MS = 5000;

export const deadlineMsOf = ({ deadlineMs = DEADLINE_MS }: KitSettings): number => deadlineMs;

export function makeSubject(made: Made, settings: KitSettings, memory: Memory): Subject {
  const { system, books } = made;
  const deadlineMs = deadlineMsOf(settings);
  const lagMs = system.lagMs ?? 0;
  const { lookUp, ...asking } = makeAsking(system, deadlineMs);
  const { ask, inEffect, signUp } = asking;

  async function registered(who: Who, key?: string): Promise<string> {
    const result = await signUp("register", who, key);
    must(
      result.kind === "done" && typeof result.accountReference === "string" && result.accountReference !== "",
      `register of a new address answered ${json(result)}`,
      "the customer has filled in the form and is waiting",
      'answer {kind: "done", accountReference}',
    );
    return result.accountReference;
  }

  async function asksToSignUp(): Promise<boolean> {
    try {
      return (await ask("activate", newEntitlement(settings))).kind === "signUpRequired";
    } catch {
      // What is wrong with activate, the checks will say.
      return false;
    }
  }

  /**
   * What the service does while the customer is on its pages; of a usual customer, since one that the settings call slow
   * or refused is so already here.
   */
  async function signedUp(merchantEntitlementId: string): Promise<string> {
    if (!system.register)
      throw new NotSeen(
        "activate answers signUpRequired and there is no register: name an account that your system knows in the settings (entitlement.accountReference)",
      );
    const entitlement = newEntitlement(settings, { merchantEntitlementId });
    const accountReference = await registered({ ...newCustomer(), entitlement });
    if (system.link) await inEffect("link", { ...entitlement, accountReference }, { access: "none" });
    return accountReference;
  }

  async function fresh(part?: EntitlementPart): Promise<AccountEntitlement> {
    const entitlement = newEntitlement(settings, part);
    if (entitlement.accountReference !== null) return entitlement;
    memory.mustSignUp ??= asksToSignUp();
    if (!(await memory.mustSignUp)) return entitlement;
    return { ...entitlement, accountReference: await signedUp(entitlement.merchantEntitlementId) };
  }

  return {
    ...asking,
    ...makeSight(made, deadlineMs),
    system,
    settings,
    deadlineMs,
    lagMs,
    newEntitlement: fresh,
    async active(part) {
      const entitlement = await fresh(part);
      return asHeld(entitlement, await inEffect("activate", entitlement));
    },
    registered,
    lookUp: async (key) => asLookup(await lookUp(key)),
    lookUpAsIs: lookUp,
    effects: async (key) => books?.effects?.(key),
    settle: () => pause(lagMs),
  };
}
