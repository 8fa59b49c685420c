import type { Knex } from "knex";
import { accountOfCustomer, findAccount } from "./accounts.js";
import { answer, refusal } from "./answers.js";
import type { ChangeBody, NewMembershipBody, StepBody } from "./bodies.js";
import { findPlan } from "./database.js";
import type { PlanRow } from "./database.js";
import { directMembershipOf } from "./eligibility.js";
import type { Done, Outcome } from "./ledger.js";
import { findLink } from "./links.js";
import { findMembership, periodEnd, presentMembership, saveMembership, stateAt } from "./membership-row.js";
import type { MembershipRow } from "./membership-row.js";
import { termsOf } from "./plan-terms.js";

const refused = (status: number, code: string, message: string): Outcome => ({
  refused: refusal(status, code, message),
});

function done(row: MembershipRow, changed: boolean, now: number, status = 200): Done {
  return {
    answer: answer(status, { membership: presentMembership(row, now), changed }),
    reference: row.reference,
    changed,
    ...(changed && { membershipAfter: row }),
  };
}

const planUnknown = (code: string): Outcome => refused(422, "plan_unknown", `there is no plan ${code}`);

/** The membership begins, or is taken up again where it has ended. */
export async function createMembership(books: Knex, body: NewMembershipBody, now: number): Promise<Outcome> {
  const plan = await findPlan(books, body.plan_code);
  if (!plan) return planUnknown(body.plan_code);
  const known = await findMembership(books, body.reference);
  if (known && stateAt(known, now) !== "ended") return createAgain(books, known, body, now);
  const account = await holderOf(books, body, now);
  if (!account) return refused(422, "account_unknown", "no account, and no customer of a partner, was named");
  if (account.isBlocked === 1) return refused(422, "account_blocked", "this account is closed by the house");
  if (await directMembershipOf(books, account.number, now))
    return refused(409, "already_subscribed", "this account has a membership bought from us directly");
  const row = newRow(
    body,
    { accountNumber: account.number, plan, revision: (known?.revision ?? 0) + 1 },
    now,
  );
  await saveMembership(books, row);
  return row.readyAt > now ? acceptedUntilReady(row, now) : done(row, true, now, 201);
}

async function createAgain(
  books: Knex,
  known: MembershipRow,
  body: NewMembershipBody,
  now: number,
): Promise<Outcome> {
  if (known.planCode !== body.plan_code)
    return refused(409, "membership_exists", `there is a live membership of plan ${known.planCode}`);
  return save(books, known, { access: body.access ?? "open" }, now);
}

/** The named account, else the linked one, else that of the partner's customer. */
async function holderOf(books: Knex, body: NewMembershipBody, now: number) {
  const number = body.account_number ?? (await findLink(books, body.reference));
  if (number !== undefined) return findAccount(books, number);
  const { partner, customer } = body;
  return partner && customer ? accountOfCustomer(books, partner, customer, now) : undefined;
}

interface Terms {
  readonly accountNumber: string;
  readonly plan: PlanRow;
  readonly revision: number;
}

const newRow = (
  body: NewMembershipBody,
  { accountNumber, plan, revision }: Terms,
  now: number,
): MembershipRow => ({
  reference: body.reference,
  accountNumber,
  ...termsOf(plan, now),
  origin: "partner",
  state: "on",
  access: body.access ?? "open",
  startedAt: body.as_of ?? now,
  endsAt: null,
  endedAt: null,
  validUntil: body.valid_until ?? null,
  displayName: body.display_name ?? null,
  offerCode: body.offer_code ?? null,
  partnerEntitlement: body.partner_entitlement ?? null,
  extra: JSON.stringify(body.extra ?? {}),
  revision,
});

function acceptedUntilReady(row: MembershipRow, now: number): Done {
  return {
    ...done(row, true, now, 202),
    later: { at: row.readyAt, answer: done(row, true, row.readyAt, 201).answer },
  };
}

type Step = (books: Knex, call: StepCall, now: number) => Promise<Outcome>;
export interface StepCall {
  readonly reference: string;
  readonly body: StepBody;
}

const unknown = (reference: string): Outcome =>
  refused(404, "membership_unknown", `there is no membership ${reference}`);

type Edit = (row: MembershipRow, body: StepBody, now: number) => Partial<MembershipRow>;

/** A step that only a live membership can take. */
const stepOfLive =
  (edit: Edit): Step =>
  async (books, { reference, body }, now) => {
    const row = await findMembership(books, reference);
    if (!row) return unknown(reference);
    if (stateAt(row, now) === "ended") return refused(409, "membership_ended", "it has ended");
    return save(books, row, edit(row, body, now), now);
  };

async function save(
  books: Knex,
  before: MembershipRow,
  edit: Partial<MembershipRow>,
  now: number,
): Promise<Done> {
  const wanted = { ...before, ...edit };
  const changed = (Object.keys(edit) as (keyof MembershipRow)[]).some(
    (column) => wanted[column] !== before[column],
  );
  const after = changed ? { ...wanted, revision: before.revision + 1 } : before;
  if (changed) await saveMembership(books, after);
  return done(after, changed, now);
}

export const pause = stepOfLive((_row, { access }) => ({ state: "paused", access: access ?? "closed" }));

/** Whoever wants it closed all the same says so: the pause ends, the door stays shut. */
export const unpause = stepOfLive((_row, { access }) => ({ state: "on", access: access ?? "open" }));

export const endAtPeriod = stepOfLive((row, { access, as_of }, now) => ({
  endsAt: row.endsAt ?? periodEnd(row, as_of ?? now),
  access: access ?? row.access,
}));

export const undoEnd = stepOfLive((row, { access }) => ({ endsAt: null, access: access ?? row.access }));

export const endNow: Step = async (books, { reference, body }, now) => {
  const row = await findMembership(books, reference);
  if (!row) return unknown(reference);
  if (stateAt(row, now) === "ended") return done(row, false, now);
  return save(books, row, { state: "ended", access: "closed", endedAt: body.as_of ?? now }, now);
};

export async function changeMembership(
  books: Knex,
  { reference, body }: { readonly reference: string; readonly body: ChangeBody },
  now: number,
): Promise<Outcome> {
  const planCode = body.plan_code ?? null;
  if (planCode !== null && !(await findPlan(books, planCode))) return planUnknown(planCode);
  const edit: Edit = (row) => ({
    planCode: planCode ?? row.planCode,
    access: body.access ?? row.access,
    ...(body.offer_code !== undefined && { offerCode: body.offer_code }),
    ...(body.display_name !== undefined && { displayName: body.display_name }),
    ...(body.valid_until !== undefined && { validUntil: body.valid_until }),
    ...(body.extra && { extra: JSON.stringify(body.extra) }),
  });
  return stepOfLive(edit)(books, { reference, body: {} }, now);
}
