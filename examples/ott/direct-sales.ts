import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import type { AccountRow } from "./accounts.js";
import type { PlanRow } from "./database.js";
import { findMembership, listOfAccount, saveMembership, stateAt } from "./membership-row.js";
import { termsOf } from "./plan-terms.js";

interface Sale {
  readonly account: AccountRow;
  readonly plan: PlanRow;
}

/** `alreadySo`: they have this very plan of ours. The others name what is in the way, and nothing was sold. */
export type Sold = "sold" | "alreadySo" | "hasOther" | "hasPartners" | "blocked";

/** A membership bought from us. An account has one at most, ours or a partner's: nobody pays twice. */
export function sellDirectly(books: Knex, { account, plan }: Sale, now: number): Promise<Sold> {
  return books.transaction(async (transaction): Promise<Sold> => {
    if (account.isBlocked === 1) return "blocked";
    const all = await listOfAccount(transaction, account.number);
    const live = all.filter((row) => stateAt(row, now) !== "ended");
    const ours = live.find(({ origin }) => origin === "direct");
    if (ours) return ours.planCode === plan.code ? "alreadySo" : "hasOther";
    if (live.length > 0) return "hasPartners";
    await saveMembership(transaction, {
      ...termsOf(plan, now),
      accountNumber: account.number,
      reference: `direct-${randomUUID()}`,
      origin: "direct",
      state: "on",
      access: "open",
      startedAt: now,
      endsAt: null,
      endedAt: null,
      validUntil: null,
      displayName: null,
      offerCode: null,
      partnerEntitlement: null,
      extra: "{}",
      revision: 1,
    });
    return "sold";
  });
}

/** Ends what this account bought from us; what a partner sold is the partner's to end. */
export function endDirectly(
  books: Knex,
  { reference, accountNumber }: { readonly reference: string; readonly accountNumber: string },
  now: number,
): Promise<void> {
  return books.transaction(async (transaction) => {
    const row = await findMembership(transaction, reference);
    const isTheirs = row?.accountNumber === accountNumber && row.origin === "direct";
    if (!isTheirs || stateAt(row, now) === "ended") return;
    const revision = row.revision + 1;
    await saveMembership(transaction, { ...row, state: "ended", access: "closed", endedAt: now, revision });
  });
}
