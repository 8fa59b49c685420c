import type { Knex } from "knex";
import { isoOf } from "./answers.js";
import type { JsonObject } from "./answers.js";

export type Access = "open" | "closed";

export interface MembershipRow {
  /** Whoever sells it names it: the partner's reference, or our own for a direct sale. */
  readonly reference: string;
  readonly accountNumber: string;
  readonly planCode: string;
  readonly origin: "partner" | "direct";
  readonly state: "on" | "paused" | "ended";
  /** The access that is wanted, whatever the state: a membership that is on may be closed all the same. */
  readonly access: Access;
  readonly startedAt: number;
  readonly readyAt: number;
  readonly endsAt: number | null;
  readonly endedAt: number | null;
  readonly validUntil: number | null;
  readonly displayName: string | null;
  readonly offerCode: string | null;
  readonly partnerEntitlement: string | null;
  readonly activationCode: string | null;
  /** JSON. */
  readonly extra: string;
  readonly revision: number;
}

export type State = "setting_up" | "on" | "paused" | "ended";

/** A membership ends by itself at its end date, and is set up by itself when its time has come. */
export function stateAt({ state, endsAt, readyAt }: MembershipRow, now: number): State {
  if (state === "ended" || (endsAt !== null && endsAt <= now)) return "ended";
  if (state === "paused") return "paused";
  return readyAt > now ? "setting_up" : "on";
}

export const isOpen = (row: MembershipRow, now: number): boolean =>
  stateAt(row, now) === "on" && row.access === "open";

const MONTHS_PER_YEAR = 12;

/** The same day and time `months` later, in UTC; the last day of the month where that day is missing. */
function monthsAfter(start: number, months: number): number {
  const date = new Date(start);
  const total = date.getUTCFullYear() * MONTHS_PER_YEAR + date.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(Math.floor(total / MONTHS_PER_YEAR), (total % MONTHS_PER_YEAR) + 1, 0));
  date.setUTCFullYear(
    lastDay.getUTCFullYear(),
    lastDay.getUTCMonth(),
    Math.min(date.getUTCDate(), lastDay.getUTCDate()),
  );
  return date.getTime();
}

/** When the paid month ends that `now` lies in. */
export function periodEnd({ startedAt }: MembershipRow, now: number): number {
  let months = 1;
  while (monthsAfter(startedAt, months) <= now) months += 1;
  return monthsAfter(startedAt, months);
}

export function presentMembership(row: MembershipRow, now: number): JsonObject {
  const state = stateAt(row, now);
  return {
    reference: row.reference,
    state,
    access: isOpen(row, now) ? "open" : "closed",
    plan_code: row.planCode,
    account_number: row.accountNumber,
    started_at: isoOf(row.startedAt),
    period_ends_at: state === "ended" ? null : isoOf(periodEnd(row, now)),
    ends_at: isoOf(row.endsAt),
    ended_at: state === "ended" ? isoOf(row.endedAt ?? row.endsAt) : null,
    valid_until: isoOf(row.validUntil),
    display_name: row.displayName,
    offer_code: row.offerCode,
    partner_entitlement: row.partnerEntitlement,
    activation_code: row.activationCode,
    extra: JSON.parse(row.extra) as JsonObject,
    revision: row.revision,
  };
}

const memberships = (books: Knex) => books<MembershipRow>("membership");

const COLUMNS = [
  "reference",
  "accountNumber",
  "planCode",
  "origin",
  "state",
  "access",
  "startedAt",
  "readyAt",
  "endsAt",
  "endedAt",
  "validUntil",
  "displayName",
  "offerCode",
  "partnerEntitlement",
  "activationCode",
  "extra",
  "revision",
] as const satisfies readonly (keyof MembershipRow)[];

export const findMembership = (books: Knex, reference: string): Promise<MembershipRow | undefined> =>
  memberships(books)
    .select(...COLUMNS)
    .where({ reference })
    .first();

export const listOfAccount = (books: Knex, accountNumber: string): Promise<MembershipRow[]> =>
  memberships(books)
    .select(...COLUMNS)
    .where({ accountNumber })
    .orderBy("id");

/** One row a reference: a membership that is taken up again replaces the one that has ended. */
export async function saveMembership(books: Knex, row: MembershipRow): Promise<void> {
  await memberships(books).insert(row).onConflict("reference").merge();
}
