import { DAY_MS } from "../core/dates.js";
import type { Change, Now, StoredReply } from "./change.js";
import type { Dialect } from "./dialect.js";
import {
  ENTITLEMENT_COLUMNS,
  HISTORY_COLUMNS,
  entitlementParams,
  historyParams,
} from "./entitlement-rows.js";
import { replyOf, stateOf } from "./journal-rows.js";
import { endAcceptance, insertAcceptance } from "./acceptances.js";
import type { BangoState } from "../core/outbox.js";
import { insertMessages } from "./outbox.js";
import { writeAliases } from "./aliases.js";
import { insertLinks } from "./links.js";
import { nowColumns, nowOf } from "./now.js";
import { reserveSlot } from "./slots.js";
import { marks, run, select, textOf } from "./script.js";
import type { Script } from "./script.js";

/** How long a finished journal row answers repeats before it is pruned. */
export const JOURNAL_KEPT_MS = 30 * DAY_MS;

/** One change and the journal row that it ends. */
export interface Written {
  readonly journalKey: string;
  readonly identity: string;
  readonly merchantEntitlementId: string;
  readonly change: Change;
}

export interface ApplyItem {
  readonly journalKey: string;
  readonly attemptToken: string;
  readonly identity: string;
  readonly merchantEntitlementId: string;
  /** Called inside the transaction, so that the times it writes are read there. */
  readonly settle: (now: Now) => Change;
  /** Who decided it by hand, and why. */
  readonly note?: string;
}

/** `lost`: another has settled the row meanwhile, or is about to; its stored reply where there is one. */
export type ApplyOutcome =
  | { readonly kind: "applied"; readonly reply: StoredReply }
  | { readonly kind: "lost"; readonly reply: StoredReply | null };

/** Ends journal rows with what they came to, all in one transaction. Fenced by the attempt token. */
export function* applyScript(dialect: Dialect, items: readonly ApplyItem[]): Script<ApplyOutcome[]> {
  const keys = items.map((item) => item.journalKey).sort();
  const rows = yield* select(
    `SELECT journalKey, attemptToken, state, replyStatus, replyBody, linkNumber, linkKeyId, linkExpiresAt, ${nowColumns(dialect)} FROM journal WHERE journalKey IN (${marks(keys)})${dialect.forUpdate}`,
    keys,
  );
  const byKey = new Map(rows.map((row) => [textOf(row, "journalKey"), row]));
  const writes: Written[] = [];
  const outcomes = items.map((item): ApplyOutcome => {
    const row = byKey.get(item.journalKey);
    if (!row) return { kind: "lost", reply: null };
    const stored = replyOf(row);
    const ours = textOf(row, "attemptToken") === item.attemptToken;
    if (ours && stored) return { kind: "applied", reply: stored };
    if (!ours || stateOf(row) !== "begun") return { kind: "lost", reply: stored };
    const change = item.settle(nowOf(row));
    writes.push({ ...item, change });
    return { kind: "applied", reply: change.reply };
  });
  yield* writeChanges(dialect, writes);
  for (const item of items)
    if (item.note !== undefined)
      yield* run("UPDATE journal SET note = ? WHERE journalKey = ? AND attemptToken = ?", [
        item.note,
        item.journalKey,
        item.attemptToken,
      ]);
  return outcomes;
}

/** The one place where an entitlement, its history, its slot and its links are written. */
export function* writeChanges(dialect: Dialect, writes: readonly Written[]): Script<void> {
  if (writes.length === 0) return;
  yield* writeEntitlements(writes);
  yield* writeHistory(writes);
  yield* insertLinks(
    dialect,
    writes.flatMap(({ change }) => (change.link ? [change.link] : [])),
  );
  yield* insertMessages(
    dialect,
    writes.flatMap(({ change }) => change.messages),
  );
  yield* writeAliases(
    dialect,
    writes.flatMap(({ change, identity }) => change.aliases.map((alias) => [alias, identity] as const)),
  );
  for (const write of writes) yield* writeSlot(dialect, write);
  for (const { change } of writes) {
    if (change.accepted) yield* insertAcceptance(dialect, change.accepted);
    if (change.completed) yield* endAcceptance(change.completed);
  }
  for (const write of writes) yield* writeReply(dialect, write);
  const identities = writes.map((write) => write.identity).sort();
  const holders = writes.map((write) => write.journalKey);
  yield* run(`DELETE FROM turn WHERE identity IN (${marks(identities)}) AND holder IN (${marks(holders)})`, [
    ...identities,
    ...holders,
  ]);
}

function* writeEntitlements(writes: readonly Written[]): Script<void> {
  const changed = writes.flatMap(({ change: { outcome, known } }) =>
    outcome.event && outcome.entitlement ? [{ entitlement: outcome.entitlement, known }] : [],
  );
  const created = changed.filter(({ entitlement }) => entitlement.version === 1);
  if (created.length > 0) {
    const columns = [...ENTITLEMENT_COLUMNS, "bangoState"];
    yield* run(
      `INSERT INTO entitlement (${columns.join(",")}) VALUES ${created.map(() => `(${marks(columns)})`).join(",")}`,
      created.flatMap(({ entitlement, known }) => [...entitlementParams(entitlement), print(known)]),
    );
  }
  for (const { entitlement, known } of changed.filter((one) => one.entitlement.version > 1)) {
    const columns = known ? [...ENTITLEMENT_COLUMNS, "bangoState"] : ENTITLEMENT_COLUMNS;
    const matched = yield* run(
      `UPDATE entitlement SET ${columns.map((name) => `${name} = ?`).join(", ")} WHERE merchantEntitlementId = ? AND version = ?`,
      [
        ...entitlementParams(entitlement),
        ...(known ? [print(known)] : []),
        entitlement.merchantEntitlementId,
        entitlement.version - 1,
      ],
    );
    if (matched !== 1)
      throw new Error(`version ${String(entitlement.version)} of an entitlement was written by someone else`);
  }
  for (const { merchantEntitlementId, change } of writes)
    if (change.known && !change.outcome.event)
      yield* run("UPDATE entitlement SET bangoState = ? WHERE merchantEntitlementId = ?", [
        print(change.known),
        merchantEntitlementId,
      ]);
}

const print = (known: BangoState | null): string | null => (known ? JSON.stringify(known) : null);

function* writeHistory(writes: readonly Written[]): Script<void> {
  const events = writes.flatMap(({ change }) => (change.outcome.event ? [change.outcome.event] : []));
  if (events.length === 0) return;
  const tuple = `(${marks(HISTORY_COLUMNS)})`;
  yield* run(
    `INSERT INTO history (${HISTORY_COLUMNS.join(",")}) VALUES ${events.map(() => tuple).join(",")}`,
    events.flatMap(historyParams),
  );
}

function* writeSlot(dialect: Dialect, { journalKey, merchantEntitlementId, change }: Written): Script<void> {
  const { slot, outcome } = change;
  switch (slot.kind) {
    case "none":
      return;
    case "release":
      yield* run("DELETE FROM slot WHERE merchantEntitlementId = ?", [merchantEntitlementId]);
      return;
    case "unreserve":
      yield* freeReserved(merchantEntitlementId, journalKey);
      return;
    case "keep":
      if (slot.claim) yield* reserveSlot(dialect, slot.claim, merchantEntitlementId, journalKey);
      if (outcome.entitlement && outcome.entitlement.version > 1)
        yield* run("DELETE FROM slot WHERE merchantEntitlementId = ? AND scope <> ?", [
          merchantEntitlementId,
          slot.scope,
        ]);
      yield* run("UPDATE slot SET reservedBy = NULL WHERE merchantEntitlementId = ? AND reservedBy = ?", [
        merchantEntitlementId,
        journalKey,
      ]);
  }
}

/** Frees what `begin` reserved for a call that comes to nothing. */
export const freeReserved = (merchantEntitlementId: string, journalKey: string): Script<number> =>
  run("DELETE FROM slot WHERE merchantEntitlementId = ? AND reservedBy = ?", [
    merchantEntitlementId,
    journalKey,
  ]);

function* writeReply(dialect: Dialect, { journalKey, change }: Written): Script<void> {
  const { reply, outcome } = change;
  yield* run(
    `UPDATE journal SET state = 'done', dueAt = ${dialect.nowMs} + ?, found = NULL, version = ?, replyStatus = ?, replyBody = ?, linkNumber = ?, linkKeyId = ?, linkExpiresAt = ? WHERE journalKey = ?`,
    [
      JOURNAL_KEPT_MS,
      outcome.entitlement?.version ?? 0,
      reply.status,
      reply.body,
      reply.link?.number ?? null,
      reply.link?.keyId ?? null,
      reply.link?.expiresAt ?? null,
      journalKey,
    ],
  );
}
