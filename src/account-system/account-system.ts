import type { AccountResult } from "../core/account-result.js";
import type { AccountHooks, AccountSystemFactory, Lookup } from "../ports/account-system.js";

export type { AccountResult, AccountResultKind } from "../core/account-result.js";
export type { Access } from "../core/decide.js";
export type { Instant, JsonObject, Reason } from "../core/entitlement.js";
export type { AccountOperation } from "../core/moves.js";
export type {
  AccountCall,
  AccountEntitlement,
  AccountHooks,
  AccountPage,
  AccountStep,
  AccountSystem,
  AccountSystemContext,
  AccountSystemFactory,
  AccountSystemHealth,
  AfterHook,
  BeforeHook,
  ListPage,
  ListedAccess,
  Lookup,
  Refuse,
  SignUpCall,
  SignUpResult,
  SignUpStep,
} from "../ports/account-system.js";
export type { LogFields, Logger } from "../ports/logger.js";
export type { TraceContext } from "../ports/trace.js";

/** The maker of an account system as it is; the compiler checks it here, and knows the types of its calls. */
export const defineAccountSystem = <Options = unknown>(
  make: AccountSystemFactory<Options>,
): AccountSystemFactory<Options> => make;

/** Hooks as they are; the compiler checks them here. */
export const defineHooks = (hooks: AccountHooks): AccountHooks => hooks;

type InEffect = Extract<AccountResult, { kind: "done" | "alreadySo" }>;

/** It is in effect now. */
export const done = (more: Omit<InEffect, "kind"> = {}): InEffect => ({ kind: "done", ...more });
/** It was so before. */
export const alreadySo = (more: Omit<InEffect, "kind"> = {}): InEffect => ({ kind: "alreadySo", ...more });
/** The customer has to act; only `activate`, and only where nothing was done. */
export const signUpRequired = (): AccountResult => ({ kind: "signUpRequired" });
/** It will be done later, and completed by the Merchant API. */
export const accepted = (): AccountResult => ({ kind: "accepted" });
/** It will not be done, and nothing was. `reason`: for programs; `text`: for people. */
export const refused = (reason: string, text?: string): Extract<AccountResult, { kind: "refused" }> =>
  text === undefined ? { kind: "refused", reason } : { kind: "refused", reason, text };
/** Nothing was done; the same again may do. */
export const retryLater = (afterMs?: number): Extract<AccountResult, { kind: "retryLater" }> =>
  afterMs === undefined ? { kind: "retryLater" } : { kind: "retryLater", afterMs };
/** It may have been done or not: looked up later. Throwing says the same. */
export const unknown = (): Extract<AccountResult, { kind: "unknown" }> => ({ kind: "unknown" });

/** What `lookup` answers of an effect that was found. */
export const present = (result: AccountResult): Lookup => ({ kind: "present", result });
