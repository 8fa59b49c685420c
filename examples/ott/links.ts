import type { Knex } from "knex";
import { findAccount } from "./accounts.js";
import { answer, refusal } from "./answers.js";
import type { Outcome } from "./ledger.js";
import { findMembership, saveMembership } from "./membership-row.js";

interface LinkRow {
  readonly reference: string;
  readonly accountNumber: string;
}

export const findLink = async (books: Knex, reference: string): Promise<string | undefined> =>
  (await books<LinkRow>("link").where({ reference }).first())?.accountNumber;

/** Whose the membership is to be, or from now on is: the customer may have signed up with the wrong account. */
export async function setLink(books: Knex, { reference, accountNumber }: LinkRow): Promise<Outcome> {
  if (!(await findAccount(books, accountNumber)))
    return { refused: refusal(422, "account_unknown", `there is no account ${accountNumber}`) };
  const before = await findLink(books, reference);
  await books<LinkRow>("link").insert({ reference, accountNumber }).onConflict("reference").merge();
  const membership = await findMembership(books, reference);
  const moved = membership && membership.accountNumber !== accountNumber;
  const after = moved ? { ...membership, accountNumber, revision: membership.revision + 1 } : null;
  if (after) await saveMembership(books, after);
  const changed = before !== accountNumber || after !== null;
  return {
    answer: answer(200, { link: { reference, account_number: accountNumber }, changed }),
    reference,
    changed,
    ...(after && { membershipAfter: after }),
  };
}
