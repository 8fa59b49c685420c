import type { Knex } from "knex";
import { isoOf } from "./answers.js";
import type { Answer, JsonObject } from "./answers.js";
import type { MembershipRow } from "./membership-row.js";

/** What an effect that was not refused leaves behind. */
export interface Done {
  readonly answer: Answer;
  readonly reference: string | null;
  /** False where all was so already. */
  readonly changed: boolean;
  readonly membershipAfter?: MembershipRow;
  /** What the look-up answers once a membership that was only accepted has been set up. */
  readonly later?: { readonly at: number; readonly answer: Answer };
}

/** An effect, or a refusal that did nothing. */
export type Outcome = Done | { readonly refused: Answer };

export interface EffectRow {
  readonly seq?: number;
  readonly idempotencyKey: string;
  readonly operation: string;
  readonly reference: string | null;
  readonly fingerprint: string;
  readonly requestId: string | null;
  readonly changed: number | boolean;
  readonly status: number;
  readonly body: string;
  readonly laterAt: number | null;
  readonly laterStatus: number | null;
  readonly laterBody: string | null;
  readonly membershipAfter: string | null;
  /** When the call came. */
  readonly startedAt: number;
  readonly at: number;
}

const effects = (books: Knex) => books<EffectRow>("effect");

export const findEffect = (books: Knex, idempotencyKey: string): Promise<EffectRow | undefined> =>
  effects(books).where({ idempotencyKey }).first();

export const answerOf = ({ status, body }: EffectRow): Answer => ({
  status,
  body: JSON.parse(body) as JsonObject,
});

type Call = Pick<EffectRow, "idempotencyKey" | "operation" | "fingerprint" | "requestId" | "startedAt">;

export async function insertEffect(books: Knex, call: Call, done: Done, now: number): Promise<void> {
  const { answer, reference, changed, membershipAfter, later } = done;
  await effects(books).insert({
    ...call,
    reference,
    changed,
    status: answer.status,
    body: JSON.stringify(answer.body),
    laterAt: later?.at ?? null,
    laterStatus: later?.answer.status ?? null,
    laterBody: later ? JSON.stringify(later.answer.body) : null,
    membershipAfter: membershipAfter ? JSON.stringify(membershipAfter) : null,
    at: now,
  });
}

const LATEST_MAX = 20;

export interface LedgerEntry {
  readonly idempotency_key: string;
  readonly operation: string;
  readonly reference: string | null;
  readonly request_id: string | null;
  readonly status: number;
  readonly changed: boolean;
  /** ISO 8601. */
  readonly at: string;
}

/** The latest of all, oldest first. */
export const listLatestEffects = async (books: Knex): Promise<LedgerEntry[]> =>
  (await effects(books).orderBy("seq", "desc").limit(LATEST_MAX)).reverse().map(presentEffect);

/** On one membership, or on all that a partner's entitlement has had; oldest first. */
export async function listEffectsOf(
  books: Knex,
  { reference, partnerEntitlement }: { readonly reference?: string; readonly partnerEntitlement?: string },
): Promise<LedgerEntry[]> {
  const ofPartner = books("membership").select("reference").where({ partnerEntitlement });
  const rows = await effects(books)
    .whereIn("reference", reference === undefined ? ofPartner : [reference])
    .orderBy("seq");
  return rows.map(presentEffect);
}

function presentEffect(row: EffectRow): LedgerEntry {
  return {
    idempotency_key: row.idempotencyKey,
    operation: row.operation,
    reference: row.reference,
    request_id: row.requestId,
    status: row.status,
    changed: row.changed === 1,
    at: new Date(row.at).toISOString(),
  };
}

/** The operation as the look-up tells it: what was answered, or would be now that it has been set up. */
export function presentOperation(row: EffectRow, now: number): JsonObject {
  const isSetUp = row.laterAt !== null && row.laterAt <= now;
  const answered =
    isSetUp && row.laterStatus !== null && row.laterBody !== null
      ? { status: row.laterStatus, body: JSON.parse(row.laterBody) as JsonObject }
      : { status: row.status, body: JSON.parse(row.body) as JsonObject };
  return {
    operation: {
      key: row.idempotencyKey,
      name: row.operation,
      state: row.laterAt === null || isSetUp ? "completed" : "accepted",
      at: isoOf(row.at),
    },
    answered,
  };
}

interface SnapshotRow {
  readonly id: number;
  readonly membershipAfter: string;
}

/** Memberships as a copy of the books knows them that has seen nothing after `seenAt`. */
const snapshots = (books: Knex, seenAt: number) =>
  books("membership")
    .join("effect", "effect.reference", "membership.reference")
    .whereIn(
      "effect.seq",
      books("effect")
        .max("seq")
        .whereNotNull("membershipAfter")
        .where("at", "<=", seenAt)
        .groupBy("reference"),
    )
    .select<SnapshotRow[]>("membership.id", "effect.membershipAfter");

const membershipIn = (row: SnapshotRow): MembershipRow => JSON.parse(row.membershipAfter) as MembershipRow;

export async function findSeen(
  books: Knex,
  reference: string,
  seenAt: number,
): Promise<MembershipRow | undefined> {
  const [row] = await snapshots(books, seenAt).where("membership.reference", reference);
  return row && membershipIn(row);
}

export interface MembershipPage {
  readonly memberships: readonly MembershipRow[];
  /** Where the next page begins; null on the last. */
  readonly nextAfter: number | null;
}

export async function listSeen(
  books: Knex,
  seenAt: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<MembershipPage> {
  const rows = await snapshots(books, seenAt)
    .where("membership.id", ">", after)
    .orderBy("membership.id")
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const nextAfter = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
  return { memberships: page.map(membershipIn), nextAfter };
}
