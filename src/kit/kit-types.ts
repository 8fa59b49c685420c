import type { Access } from "../core/access.js";
import type { AccountEntitlement, AccountSystem } from "../ports/account-system.js";

/** What an entitlement of the kit's is to say beyond ids of its own: a product that you sell, say. */
export type EntitlementPart = Partial<AccountEntitlement>;

/** The account system under test, and what else helps to judge it. */
export interface Made {
  readonly system: AccountSystem;
  /** Called after each check. */
  readonly close?: () => Promise<void> | void;
  /** A look into its books from behind; without it the kit judges by answers, `lookup` and `list`. */
  readonly books?: {
    /** How often the key has taken effect. */
    readonly effects?: (idempotencyKey: string) => Promise<number> | number;
    /** Whether the customer has access now; undefined where nothing is known of the entitlement. */
    readonly accessOf?: (merchantEntitlementId: string) => Promise<Access | undefined> | Access | undefined;
  };
}

/** Called before each check. A new system each time is best; the same one does, since every id is new. */
export type Make = () => Made | Promise<Made>;

export interface KitSettings {
  /** In every entitlement: the product and the plan that your system sells, its reseller, extension data. */
  readonly entitlement?: EntitlementPart;
  /** What `change` changes to; the plan `kit-other` where nothing is said. */
  readonly changed?: EntitlementPart;
  /** What your system refuses to activate: an excluded customer, say. */
  readonly refused?: EntitlementPart;
  /** What your system answers slowly, so that it can be interrupted. */
  readonly slow?: EntitlementPart;
  /** Passwords and tokens that it was configured with: no error may show them. */
  readonly secrets?: readonly string[];
  /** What one call may take, in milliseconds; 5000 where nothing is said. */
  readonly deadlineMs?: number;
  /** Ids of the checks to run; all of them where nothing is said. */
  readonly only?: readonly string[];
}

export type CheckState = "passed" | "failed" | "notOffered" | "notSeen";

export interface CheckReport {
  readonly id: string;
  readonly title: string;
  readonly state: CheckState;
  readonly ms: number;
  /** Only where it failed. */
  readonly finding?: { readonly what: string; readonly why: string; readonly fix: string };
  /** Why there was nothing to judge. */
  readonly because?: string;
}

export interface KitReport {
  readonly ok: boolean;
  readonly checks: readonly CheckReport[];
}
