import { standingOf, holdsSlot } from "../../src/core/entitlement.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import { fold, sameJson } from "../../src/core/fold.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import type { JsonObject } from "../../src/core/entitlement.js";
import { effectsOf, isSerial, strayMoves } from "./race-oracle.js";
import type { Heard, Sold } from "./race-calls.js";
import type { World } from "./race-world.js";

/** Everything that is wrong once a race has come to rest; empty where nothing is. */
export async function faultsOf(
  world: World,
  sold: Sold,
  from: number,
  heard: readonly Heard[],
): Promise<string[]> {
  const { store } = world.keeper.core;
  const history = await store.listHistory(sold.merchantEntitlementId);
  const entitlement = await store.findByAnyId(sold.merchantEntitlementId, "*");
  if (entitlement === null) return ["there is no entitlement"];
  return [
    ...strayMoves(history),
    ...(sameJson(fold(history) as unknown as JsonObject, entitlement as unknown as JsonObject)
      ? []
      : ["the row is not the fold of its history"]),
    ...accountFaults(world, entitlement, history, heard),
    ...(await bangoFaults(world, sold, entitlement)),
    ...answerFaults(heard),
    ...(isSerial(history, from, heard, sold)
      ? []
      : [`no serial order explains ${told(history, from, heard)}`]),
    ...(await leftovers(world, sold, entitlement)),
  ];
}

const told = (history: readonly HistoryEvent[], from: number, heard: readonly Heard[]): string =>
  JSON.stringify({
    history: history.slice(from - 1).map(({ operation, owner, after }) => `${owner} ${operation} ${after}`),
    heard: heard.map(({ wish, status, code, state, begunAt, endedAt }) => [
      wish,
      status,
      code,
      state,
      begunAt,
      endedAt,
    ]),
  });

function accountFaults(
  { accounts }: World,
  entitlement: Entitlement,
  history: readonly HistoryEvent[],
  heard: readonly Heard[],
): string[] {
  const book = accounts.bookOf(entitlement.merchantEntitlementId);
  const standing = standingOf(entitlement);
  // Written out, not taken from the code under test.
  const grants = standing === "ACTIVE" || standing === "ACTIVE-ENDING";
  const access = grants && entitlement.blocks === null ? "full" : "none";
  // What was accepted, and superseded before its completion, stands in no event.
  const superseded = heard.flatMap(({ wish }) =>
    "completes" in wish &&
    !history.some(({ owner, operation }) => owner === "merchant" && operation === wish.completes)
      ? [wish.completes]
      : [],
  );
  const asked = effectsOf(history).join();
  const done = book.effects.filter((operation) => !superseded.includes(operation)).join();
  return [
    ...(book.access === access ? [] : [`${standing}, but the account system gives ${book.access}`]),
    ...(asked === done ? [] : [`the history asks for ${asked}, but the account system did ${done}`]),
  ];
}

/**
 * Bango knows what is so, but for two things. What it has cancelled, or was told the end of, it ends itself on that
 * date: our clock's end is not told (A33). And there is no message that says of a suspended entitlement that it has
 * an end no longer (A32): Bango hears that when it is resumed.
 */
async function bangoFaults(
  { bango, database }: World,
  sold: Sold,
  entitlement: Entitlement,
): Promise<string[]> {
  const { status: knows, ends } = bango.knows(sold.entitlementId);
  const { status, endedBy, endsAt } = entitlement;
  const standing = standingOf(entitlement);
  const endsItself = status === "CANCELLED" && endedBy === "clock" && ends;
  const row = (await database
    .knex("entitlement")
    .where({ merchantEntitlementId: sold.merchantEntitlementId })
    .first()) as { bangoState: string };
  const known = (JSON.parse(row.bangoState) as { status?: string }).status;
  const told = bango.told.filter(({ entitlementId }) => entitlementId === sold.entitlementId);
  const isInOrder = told.every(({ version }, index) => version >= (told[index - 1]?.version ?? 0));
  return [
    ...(knows === status || endsItself ? [] : [`${status}, but Bango knows ${String(knows)}`]),
    ...(known === undefined || known === knows
      ? []
      : [`Bango knows ${String(knows)}, but is believed to know ${known}`]),
    ...(ends === (endsAt !== null) || status !== "ACTIVE" ? [] : [`${standing}, but Bango knows of an end`]),
    ...(ends || standing !== "SUSPENDED-ENDING" ? [] : [`${standing}, but Bango knows of no end`]),
    ...(told.length > 20 ? ["Bango was told again and again"] : []),
    ...(isInOrder ? [] : [`messages came out of order: ${told.map(({ version }) => version).join()}`]),
  ];
}

/** Nobody is told of a bug of ours, and whoever repeats a call is told what the first was. */
function answerFaults(heard: readonly Heard[]): string[] {
  const first = new Map<string, string>();
  return heard.flatMap(({ wish, status, bytes }) => {
    if (status === 500) return [`a bug: ${bytes}`];
    if (wish.by !== "bango" || status >= 300) return [];
    const known = first.get(wish.requestId) ?? bytes;
    first.set(wish.requestId, known);
    return known === bytes ? [] : [`a repeat of ${wish.operation} heard ${bytes}, the first ${known}`];
  });
}

async function leftovers({ database }: World, sold: Sold, entitlement: Entitlement): Promise<string[]> {
  const { knex } = database;
  const { merchantEntitlementId } = sold;
  const identity = entitlement.identity;
  const turns = await knex("turn").where({ identity });
  const open = await knex("journal").where({ identity }).whereNot({ state: "done" });
  const slots = (await knex("slot").where({ merchantEntitlementId })) as { reservedBy: string | null }[];
  const unsaid = await knex("outbox").where({ merchantEntitlementId }).whereIn("state", ["pending", "dead"]);
  const hasSlot = slots.length === 1 && slots[0]?.reservedBy === null;
  return [
    ...(turns.length === 0 ? [] : ["a turn is left"]),
    ...(open.length === 0 ? [] : ["a journal row is open"]),
    ...((holdsSlot(entitlement) ? hasSlot : slots.length === 0)
      ? []
      : [`slots ${JSON.stringify(slots)} for ${standingOf(entitlement)}`]),
    ...(unsaid.length === 0 ? [] : [`messages are left: ${JSON.stringify(unsaid)}`]),
  ];
}
