import type { Knex } from "knex";
import { findAccount, findByCustomer, findByEmail } from "./accounts.js";
import type { AccountRow } from "./accounts.js";
import { answer } from "./answers.js";
import type { Answer } from "./answers.js";
import type { EligibilityBody } from "./bodies.js";
import { findPlan } from "./database.js";
import { listOfAccount, stateAt } from "./membership-row.js";
import type { MembershipRow } from "./membership-row.js";

/** ISO 3166 codes of where we have no rights to show anything: Antarctica, Bouvet Island, Heard and McDonald. */
const COUNTRIES_NOT_SERVED: ReadonlySet<string> = new Set(["AQ", "BV", "HM"]);

/** A live membership that the account bought from us: it must not pay twice for the same. */
export async function directMembershipOf(
  books: Knex,
  accountNumber: string,
  now: number,
): Promise<MembershipRow | undefined> {
  const all = await listOfAccount(books, accountNumber);
  return all.find((row) => row.origin === "direct" && stateAt(row, now) !== "ended");
}

const no = (code: string, message: string): Answer => answer(200, { eligible: false, code, message });

/** A question: it changes nothing and promises nothing. */
export async function checkEligibility(books: Knex, body: EligibilityBody, now: number): Promise<Answer> {
  if (!(await findPlan(books, body.plan_code))) return no("plan_unknown", "we do not sell this plan");
  if (COUNTRIES_NOT_SERVED.has(body.country?.toUpperCase() ?? ""))
    return no("country_not_served", "we may not show anything in this country");
  const account = await namedAccount(books, body);
  if (!account) return answer(200, { eligible: true });
  if (account.isBlocked === 1) return no("account_blocked", "this account is closed by the house");
  if (await directMembershipOf(books, account.number, now))
    return no("already_subscribed", "this account has a membership bought from us directly");
  return answer(200, { eligible: true });
}

async function namedAccount(books: Knex, body: EligibilityBody): Promise<AccountRow | undefined> {
  const { account_number: number, email, partner, customer } = body;
  if (number) return findAccount(books, number);
  if (email) return findByEmail(books, email);
  return partner && customer ? findByCustomer(books, partner, customer) : undefined;
}
