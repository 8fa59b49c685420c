import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import type { AccountResult } from "../../core/account-result.js";
import { monthlyPeriodEnd } from "../../core/dates.js";
import type { AccountCall } from "../../ports/account-system.js";

interface SubscriptionRow {
  readonly merchantEntitlementId: string;
  readonly accountId: string;
  readonly plan: string;
  readonly status: "pending" | "active" | "suspended" | "ended";
  readonly startedAt: number;
  readonly endsAt: number | null;
  readonly endedAt: number | null;
}

/** What one operation does to accounts and subscriptions, inside the transaction that also writes the ledger. */
export type BookEntry = (books: Knex, call: AccountCall) => Promise<AccountResult>;

const PERIOD_MONTHS = 1;

const find = (books: Knex, call: AccountCall): Promise<SubscriptionRow | undefined> =>
  books<SubscriptionRow>("demo_subscription")
    .where({ merchantEntitlementId: call.entitlement.merchantEntitlementId })
    .first();

const write = async (books: Knex, call: AccountCall, change: Partial<SubscriptionRow>): Promise<void> => {
  await books<SubscriptionRow>("demo_subscription")
    .where({ merchantEntitlementId: call.entitlement.merchantEntitlementId })
    .update(change);
};

const refuseMissing: AccountResult = {
  kind: "refused",
  reason: "NO_SUBSCRIPTION",
  text: "the demo has no live subscription for this entitlement",
};

/** The customer's own account where one signed up; else one a customer of a reseller, made when first needed. */
async function accountOf(books: Knex, call: AccountCall): Promise<string> {
  if (call.entitlement.accountReference !== null) return call.entitlement.accountReference;
  const { resellerId, sharedCustomerId, bangoUserId, customerIdentifier } = call.entitlement;
  const key = { resellerId, customer: sharedCustomerId ?? bangoUserId ?? customerIdentifier ?? "" };
  const made = { accountId: `acc_${randomUUID()}`, ...key, createdAt: call.now };
  // Of two entitlements that come first at once, one makes the account and both read it back.
  await books("demo_account").insert(made).onConflict(["resellerId", "customer"]).merge(["customer"]);
  const account = await books<{ accountId: string }>("demo_account").where(key).first();
  return account?.accountId ?? made.accountId;
}

async function planOf(books: Knex, call: AccountCall): Promise<string> {
  const plan = call.entitlement.plan ?? "none";
  // Two customers may be the plan's first at once.
  await books("demo_plan").insert({ plan, periodMonths: PERIOD_MONTHS }).onConflict("plan").merge(["plan"]);
  return plan;
}

const subscribe =
  (status: "pending" | "active"): BookEntry =>
  async (books, call) => {
    const known = await find(books, call);
    if (known && known.status !== "ended") return { kind: "alreadySo", accountReference: known.accountId };
    const accountId = await accountOf(books, call);
    const subscription = {
      accountId,
      plan: await planOf(books, call),
      status,
      startedAt: call.now,
      endsAt: null,
      endedAt: null,
    };
    const { merchantEntitlementId } = call.entitlement;
    if (known) await write(books, call, subscription);
    else await books<SubscriptionRow>("demo_subscription").insert({ merchantEntitlementId, ...subscription });
    return status === "pending" ? { kind: "accepted" } : { kind: "done", accountReference: accountId };
  };

/** The account must be one of ours. The tie is the subscription: a live one moves, else `activate` writes it. */
export const link: BookEntry = async (books, call) => {
  const accountId = call.entitlement.accountReference ?? "";
  const known = await books<{ accountId: string }>("demo_account").where({ accountId }).first();
  if (!known) return { kind: "refused", reason: "NO_ACCOUNT", text: "the demo does not know this account" };
  const subscription = await find(books, call);
  if (subscription && subscription.status !== "ended") await write(books, call, { accountId });
  return { kind: "done", accountReference: accountId };
};

export const activate = subscribe("active");
/** An activation that is to complete later: it can be changed and ended meanwhile. */
export const acceptActivation = subscribe("pending");
export const acceptOnly: BookEntry = () => Promise.resolve({ kind: "accepted" });

/** What is resumed while the merchant blocks it remains without access. */
const become =
  (wanted: "active" | "suspended"): BookEntry =>
  async (books, call) => {
    const status = call.access === "none" ? "suspended" : wanted;
    const known = await find(books, call);
    if (!known || known.status === "ended") return refuseMissing;
    if (known.status === status) return { kind: "alreadySo" };
    await write(books, call, { status });
    return { kind: "done" };
  };

export const suspend = become("suspended");
export const resume = become("active");

export const change: BookEntry = async (books, call) => {
  const known = await find(books, call);
  if (!known || known.status === "ended") return refuseMissing;
  await write(books, call, { plan: await planOf(books, call) });
  return { kind: "done" };
};

export const endAtPeriod: BookEntry = async (books, call) => {
  const known = await find(books, call);
  if (!known || known.status === "ended") return refuseMissing;
  const periodEndsAt = known.endsAt ?? monthlyPeriodEnd(known.startedAt, call.now);
  await write(books, call, { endsAt: periodEndsAt });
  return { kind: known.endsAt === null ? "done" : "alreadySo", periodEndsAt };
};

export const reinstate: BookEntry = async (books, call) => {
  const known = await find(books, call);
  if (!known || known.status === "ended") return refuseMissing;
  await write(books, call, { endsAt: null });
  return { kind: known.endsAt === null ? "alreadySo" : "done" };
};

export const revoke: BookEntry = async (books, call) => {
  const known = await find(books, call);
  if (!known || known.status === "ended") return { kind: "alreadySo" };
  await write(books, call, { status: "ended", endedAt: call.now });
  return { kind: "done" };
};
