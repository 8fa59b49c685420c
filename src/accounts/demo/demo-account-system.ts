import type { Knex } from "knex";
import type { AccountResult } from "../../core/account-result.js";
import type { AccountCall, AccountStep, AccountSystem } from "../../ports/account-system.js";
import * as books from "./demo-books.js";
import type { BookEntry } from "./demo-books.js";
import { authenticate, register } from "./demo-logins.js";
import { forcedResult } from "./forced-results.js";
import type { ForcedOperation } from "./forced-results.js";
import { findEffect, insertEffect, listLedger } from "./demo-ledger.js";
import type { LedgerEntry } from "./demo-ledger.js";

const SLOW_MS = 3000;
const DOWN_RETRY_AFTER_MS = 2000;

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
      // A cancel that ends at once asks for `revoke`; testers still mean the cancel.
      const named = operation === "revoke" && call.command.operation === "cancel" ? "cancel" : operation;
      // What is not begun is known not to have been done.
      if (call.signal.aborted) return Promise.reject(aborted());
      return forceable(call, named, () => takeEffect(knex, call, operation, entry), knex);
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
    eligibility: (call) => forceable(call, "activate", () => Promise.resolve({ kind: "done" }), null),
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

/** `ledger` is null for a question, which leaves no entry. */
async function forceable(
  call: AccountCall,
  operation: ForcedOperation,
  act: () => Promise<AccountResult>,
  ledger: Knex | null,
): Promise<AccountResult> {
  switch (forcedResult(call.entitlement, operation)) {
    case "decline":
      return { kind: "refused", reason: "NOT_ELIGIBLE", text: "the customer id asks for a refusal" };
    case "down":
      return { kind: "retryLater", afterMs: DOWN_RETRY_AFTER_MS };
    case "accepted":
      if (ledger === null) return act();
      return takeEffect(
        ledger,
        call,
        operation,
        operation === "activate" ? books.acceptActivation : books.acceptOnly,
      );
    case "slow":
      await pause(SLOW_MS, call.signal);
      return act();
    case "unknown":
      await act();
      return silence(call.signal);
    case null:
      return act();
  }
}

const aborted = (): Error => new Error("the caller stopped waiting");

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(aborted());
      },
      { once: true },
    );
  });
}

/** Never answers: the caller gives up at its deadline. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(aborted());
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
