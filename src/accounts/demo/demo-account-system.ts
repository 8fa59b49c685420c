import type { Knex } from "knex";
import type { AccountResult } from "../../core/account-result.js";
import type { AccountCall, AccountStep, AccountSystem } from "../../ports/account-system.js";
import * as books from "./demo-books.js";
import type { BookEntry } from "./demo-books.js";
import { authenticate, register } from "./demo-logins.js";
import { aborted, forceable, forceableQuestion } from "../forced-results.js";
import type { ForcedOperation } from "../forced-results.js";
import { findEffect, insertEffect, listLedger } from "./demo-ledger.js";
import type { LedgerEntry } from "./demo-ledger.js";

export type DemoAccountSystem = Required<Omit<AccountSystem, "idempotent" | "list" | "close">> & {
  readonly ledger: (entitlementId: string) => Promise<LedgerEntry[]>;
};

/**
 * An account system with accounts, plans and subscriptions in tables of its own, and a ledger of every effect: good
 * for trying, testing and certifying, not for customers. Testers force results by customer ids (forced-results.ts).
 */
export function demoAccountSystem(knex: Knex): DemoAccountSystem {
  const step =
    (operation: ForcedOperation, entry: BookEntry): AccountStep =>
    (call) => {
      // What is not begun is known not to have been done.
      if (call.signal.aborted) return Promise.reject(aborted());
      const enter = (as: BookEntry) => () => takeEffect(knex, call, operation, as);
      return forceable(call, operation, {
        act: enter(entry),
        accept: enter(operation === "activate" ? books.acceptActivation : books.acceptOnly),
      });
    };
  return {
    name: "demo",
    accountSystemVersion: 1,
    lagMs: 0,
    activate: step("activate", books.activate),
    suspend: step("suspend", books.suspend),
    resume: step("resume", books.resume),
    change: step("update", books.change),
    endAtPeriod: step("cancel", books.endAtPeriod),
    reinstate: step("reinstate", books.reinstate),
    revoke: step("revoke", books.revoke),
    eligibility: (call) => forceableQuestion(call, everyone),
    register: (call) => register(knex, call),
    authenticate: (call) => authenticate(knex, call),
    link: (call) => takeEffect(knex, call, "link", books.link),
    async lookup(idempotencyKey) {
      const result = await findEffect(knex, idempotencyKey);
      return result ? { kind: "present", result } : { kind: "absent" };
    },
    async health() {
      await knex("demo_plan").first();
      return { ok: true };
    },
    ledger: (entitlementId) => listLedger(knex, entitlementId),
  };
}

const everyone = (): Promise<AccountResult> => Promise.resolve({ kind: "done" });

/** The effect and its entry in the ledger. The same key again finds the first answer, also at the very same time. */
async function takeEffect(
  knex: Knex,
  call: AccountCall,
  operation: ForcedOperation | "link",
  entry: BookEntry,
): Promise<AccountResult> {
  try {
    return await takeEffectOnce(knex, call, operation, entry);
  } catch (error) {
    // Of equal calls at once one writes the ledger; what the others wrote is rolled back with their entry.
    const known = await findEffect(knex, call.idempotencyKey);
    if (known) return known;
    throw error;
  }
}

function takeEffectOnce(
  knex: Knex,
  call: AccountCall,
  operation: ForcedOperation | "link",
  entry: BookEntry,
): Promise<AccountResult> {
  return knex.transaction(async (transaction) => {
    const known = await findEffect(transaction, call.idempotencyKey);
    if (known) return known;
    const result = await entry(transaction, call);
    if (result.kind !== "refused") await record(transaction, call, operation, result);
    return result;
  });
}

const record = (
  knex: Knex,
  call: AccountCall,
  operation: ForcedOperation | "link",
  result: AccountResult,
): Promise<void> =>
  insertEffect(knex, {
    idempotencyKey: call.idempotencyKey,
    merchantEntitlementId: call.entitlement.merchantEntitlementId,
    entitlementId: call.entitlement.entitlementId,
    operation,
    result,
    at: call.now,
  });
