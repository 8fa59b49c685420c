import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { directMembershipOf } from "./eligibility.js";
import { findMembership, saveMembership, stateAt } from "./membership-row.js";

interface Sale {
  readonly accountNumber: string;
  readonly planCode: string;
}

/** A membership bought from us. An account has one at most; a second is not sold. */
export function sellDirectly(books: Knex, sale: Sale, now: number): Promise<void> {
  return books.transaction(async (transaction) => {
    if (await directMembershipOf(transaction, sale.accountNumber, now)) return;
    await saveMembership(transaction, {
      ...sale,
      reference: `direct-${randomUUID()}`,
      origin: "direct",
      state: "on",
      access: "open",
      startedAt: now,
      readyAt: now,
      endsAt: null,
      endedAt: null,
      validUntil: null,
      displayName: null,
      offerCode: null,
      partnerEntitlement: null,
      activationCode: null,
      extra: "{}",
      revision: 1,
    });
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
