import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { demoAccountSystem } from "../../src/accounts/demo/demo-account-system.js";
import type { OperationName } from "../../src/contract/operations.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import type { AccountOperation } from "../../src/core/moves.js";
import type { AccountCall, AccountSystem } from "../../src/ports/account-system.js";
import type { Database } from "../../src/store/database.js";
import { onEveryDatabase } from "./scenario.js";
import type { Body, CallOptions, Place, Scenario, ScenarioOptions } from "./scenario.js";

export type EntitlementRecord = Readonly<Record<string, string>>;

const STEPS: readonly AccountOperation[] = [
  "activate",
  "eligibility",
  "suspend",
  "resume",
  "change",
  "endAtPeriod",
  "reinstate",
  "revoke",
];

/** One request that reached the account system, also one that it refused: its ledger knows only effects. */
export interface Asked {
  readonly operation: AccountOperation;
  readonly call: AccountCall;
}

/** What happened to one entitlement while something was done. */
export interface Seen {
  readonly reply: Response;
  /** By a read afterwards, without the envelope. */
  readonly record: EntitlementRecord;
  readonly asked: readonly AccountOperation[];
  readonly events: readonly HistoryEvent[];
}

export interface Watch {
  readonly asked: readonly Asked[];
  readonly askedFor: (record: EntitlementRecord) => readonly Asked[];
  readonly during: (record: EntitlementRecord, act: () => Promise<Response>) => Promise<Seen>;
  /** Fails where the call changed any table but those named. */
  readonly unchangedBy: (act: () => Promise<Response>, but?: readonly string[]) => Promise<Response>;
}

export interface WatchedOptions extends Omit<ScenarioOptions, "accounts"> {
  /** Capabilities that the account system is to lack. */
  readonly without?: readonly (AccountOperation | "register" | "authenticate")[];
}

/** As onEveryDatabase, over the demo with somebody at its door who writes down what it is asked. */
export function watchedOnEveryDatabase(
  title: string,
  tests: (given: Scenario, watch: Watch) => void,
  { without = [], ...options }: WatchedOptions = {},
): void {
  const asked: Asked[] = [];
  const accounts = (database: Database): AccountSystem => {
    const demo = demoAccountSystem(database.knex);
    const steps = STEPS.filter((operation) => !without.includes(operation)).map(
      (operation) =>
        [
          operation,
          (call: AccountCall) => {
            asked.push({ operation, call });
            return demo[operation](call);
          },
        ] as const,
    );
    const { name, accountSystemVersion, lagMs, lookup, health, register, authenticate } = demo;
    return {
      name,
      accountSystemVersion,
      lagMs,
      lookup,
      health,
      ...(without.includes("register") ? {} : { register }),
      ...(without.includes("authenticate") ? {} : { authenticate }),
      ...Object.fromEntries(steps),
    } as unknown as AccountSystem;
  };
  onEveryDatabase(title, (given) => tests(given, watchOver(given, asked)), { ...options, accounts });
}

function watchOver(given: Scenario, asked: readonly Asked[]): Watch {
  const askedFor = ({ entitlementId, merchantEntitlementId }: EntitlementRecord): readonly Asked[] =>
    asked.filter(({ call: { entitlement } }) =>
      entitlementId === undefined
        ? entitlement.merchantEntitlementId === merchantEntitlementId
        : entitlement.entitlementId === entitlementId,
    );
  return {
    asked,
    askedFor,
    during: async (record, act) => {
      const id = idOf(record);
      const askedBefore = askedFor(record).length;
      const eventsBefore = (await given.core.store.listHistory(id)).length;
      const reply = await act();
      return {
        reply,
        record: recordIn((await given.call("read", id)).body),
        asked: askedFor(record)
          .slice(askedBefore)
          .map(({ operation }) => operation),
        events: (await given.core.store.listHistory(id)).slice(eventsBefore),
      };
    },
    unchangedBy: (act, but = []) => unchangedBy(given, act, but),
  };
}

export async function unchangedBy(
  given: Scenario,
  act: () => Promise<Response>,
  but: readonly string[] = [],
): Promise<Response> {
  const before = await given.tables();
  const reply = await act();
  expect(rowsThatDiffer(before, await given.tables(), but)).toEqual([]);
  return reply;
}

type Tables = Awaited<ReturnType<Scenario["tables"]>>;

/** What Bango knows of an entitlement: no change of it, though it stands in its row. */
const BANGO_STATE = "entitlement.bangoState";

/** Row by row, so that a failure shows what was written and not the whole database. */
export function rowsThatDiffer(before: Tables, after: Tables, but: readonly string[] = []): string[] {
  const withoutBangoState = (tables: Tables): Tables => ({
    ...tables,
    entitlement: (tables.entitlement ?? []).map((row) => {
      const { bangoState: _bangoState, ...fields } = JSON.parse(String(row)) as Body;
      return JSON.stringify(fields);
    }),
  });
  if (but.includes(BANGO_STATE))
    return rowsThatDiffer(
      withoutBangoState(before),
      withoutBangoState(after),
      but.filter((name) => name !== BANGO_STATE),
    );
  const missing = (sign: string, from: Tables, to: Tables): string[] =>
    Object.entries(from)
      .filter(([table]) => !but.includes(table))
      .flatMap(([table, rows]) => {
        const others = new Set(to[table]);
        return rows.filter((row) => !others.has(row)).map((row) => `${sign} ${table} ${String(row)}`);
      });
  return [...missing("-", before, after), ...missing("+", after, before)];
}

/** Bango's id for an entitlement, for tests in which it has to have one in every shape. */
export const newId = (): { entitlementId: string } => ({ entitlementId: randomUUID() });

export const idOf = (record: Readonly<Record<string, unknown>>): string =>
  String(record.merchantEntitlementId);

/** A reply without the envelope and without what only some replies carry. */
export const recordIn = (body: Body): EntitlementRecord => {
  const { responseCode, responseMessage, terminationDate, activationUrl, urlExpiry, parameters, ...record } =
    body;
  return record as EntitlementRecord;
};

export const codeOf = (reply: Response): readonly [number, string] => [
  reply.status,
  (reply.body as { responseCode: string }).responseCode,
];

/** One cell of the table of moves, as a caller sees it. */
export interface Cell {
  readonly place: Place;
  readonly promise: string;
  readonly answer: readonly [status: number, responseCode: string];
  /** What a read says afterwards. */
  readonly state: string;
  readonly asked: readonly AccountOperation[];
  readonly events: 0 | 1;
}

export const STATE_AT: Readonly<Record<Place, string>> = {
  PENDING: "PENDING",
  "PENDING for the account": "PENDING",
  ACTIVE: "ACTIVE",
  "ACTIVE-ENDING": "ACTIVE-ENDING",
  SUSPENDED: "SUSPENDED",
  "SUSPENDED-ENDING": "SUSPENDED",
  CANCELLED: "CANCELLED",
  REVOKED: "REVOKED",
  "ended by our clock": "CANCELLED",
};
export const PLACES = Object.keys(STATE_AT) as Place[];
export const ENDED_PLACES: readonly Place[] = ["CANCELLED", "REVOKED", "ended by our clock"];

const still = (place: Place, promise: string, status: number, code: string): Cell => ({
  place,
  promise,
  answer: [status, code],
  state: STATE_AT[place],
  asked: [],
  events: 0,
});

/** Cells that change nothing: CONFLICT, and already so. */
export const conflicts = (...places: readonly Place[]): Cell[] =>
  places.map((place) => still(place, "is refused with CONFLICT", 409, "CONFLICT"));
export const alreadySo = (...places: readonly Place[]): Cell[] =>
  places.map((place) => still(place, "is already so", 200, "OK"));

/** A cell that moves, or stays and changes. */
export const moves = (
  place: Place,
  promise: string,
  state: string,
  ...asked: readonly AccountOperation[]
): Cell => ({ place, promise, answer: [200, "OK"], state, asked, events: 1 });

/** One test a cell: status, code, state afterwards, what the account system was asked and what was written. */
export function itKeepsTheTable(
  given: Scenario,
  watch: Watch,
  operation: OperationName,
  cells: readonly Cell[],
  options: CallOptions | ((record: EntitlementRecord) => CallOptions) = {},
): void {
  it.each(cells)("$place: $promise", async ({ place, answer, state, asked, events }) => {
    // What is activated once more is known by Bango's id for it, wherever else the shape has none.
    const record = await given.entitlementAt(place, operation === "activate" ? newId() : {});
    const id = operation === "update" ? null : idOf(record);
    const call = (): Promise<Response> =>
      given.call(operation, id, typeof options === "function" ? options(record) : options);
    const untouched =
      answer[0] >= 400 ? [] : events === 0 ? ["journal", "activation_link", BANGO_STATE] : null;
    const seen = await watch.during(record, () =>
      untouched === null ? call() : watch.unchangedBy(call, untouched),
    );
    expect(codeOf(seen.reply)).toEqual(answer);
    expect(seen.record.status).toBe(state);
    expect(seen.asked).toEqual(asked);
    expect(seen.events).toHaveLength(events);
    if (answer[0] >= 400)
      expect(Object.keys(seen.reply.body as Body)).toEqual(["responseCode", "responseMessage"]);
    else expect(recordIn(seen.reply.body)).toEqual(seen.record);
    if (events === 1) expect(seen.events[0]).toMatchObject({ actor: "bango-1", owner: "bango" });
  });
}

export function itIsNotFound(
  given: Scenario,
  watch: Watch,
  operation: OperationName,
  options: CallOptions = {},
): void {
  it("is NOT_FOUND where there is no such entitlement, and asks nobody", async () => {
    const before = watch.asked.length;
    const reply = await watch.unchangedBy(() =>
      given.call(operation, operation === "update" ? null : randomUUID(), options),
    );
    expect(codeOf(reply)).toEqual([404, "NOT_FOUND"]);
    expect(watch.asked).toHaveLength(before);
  });
}

/**
 * Runs the tests where the shape has the operation. Where it has not, every call of it is refused, whatever the state,
 * and also where there is no such entitlement: nothing is asked of anybody and nothing is written.
 */
export function whereOffered(
  given: Scenario,
  watch: Watch,
  operation: OperationName,
  tests: () => void,
): void {
  if (given.offers(operation)) {
    tests();
    return;
  }
  const expectRefusal = async (id: string): Promise<void> => {
    const before = watch.asked.length;
    const reply = await watch.unchangedBy(() => given.call(operation, id));
    expect(codeOf(reply)).toEqual([403, "NOT_AVAILABLE"]);
    expect(Object.keys(reply.body as Body)).toEqual(["responseCode", "responseMessage"]);
    expect(watch.asked).toHaveLength(before);
  };
  it.each(PLACES)(`%s: ${operation} is not offered here`, async (place) => {
    await expectRefusal(idOf(await given.entitlementAt(place)));
  });
  it(`is not offered of what is not there: ${operation}`, async () => {
    await expectRefusal(randomUUID());
  });
  it(`still needs credentials, though ${operation} is not offered`, async () => {
    const reply = await watch.unchangedBy(() => given.call(operation, randomUUID(), { auth: null }));
    expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
  });
}

/** Those of a list whose operation the shape offers; that the others are refused, whereOffered has said. */
export const offered = <Row extends readonly [OperationName, ...unknown[]]>(
  given: Scenario,
  rows: readonly Row[],
): Row[] => rows.filter(([operation]) => given.offers(operation));

/** A customer for whom the demo gives that result to that operation alone. */
export const forcing = (operation: string, result: string): Body => ({
  sharedCustomerId: `${operation}-${result}-${randomUUID()}`,
});

export interface Forced {
  readonly operation: OperationName;
  /** The demo's word for it in a customer id. */
  readonly word: string;
  readonly place: Place;
  readonly asked: AccountOperation;
  readonly options?: (record: EntitlementRecord) => CallOptions;
}

/** What the caller hears where the account system declines, is down, or will do it later. */
export function itHeedsTheAccountSystem(given: Scenario, watch: Watch, forced: Forced): void {
  const { operation, word, place, asked, options = () => ({}) } = forced;
  const attempt = async (result: string, but: readonly string[]): Promise<[EntitlementRecord, Seen]> => {
    const record = await given.entitlementAt(place, forcing(word, result));
    const id = operation === "update" ? null : idOf(record);
    const call = (): Promise<Response> => given.call(operation, id, options(record));
    const seen = await watch.during(record, () => watch.unchangedBy(call, but));
    expect(seen.record).toEqual(recordIn(record));
    expect(seen.asked).toEqual([asked]);
    expect(seen.events).toEqual([]);
    return [record, seen];
  };

  it("is NOT_AVAILABLE with the reason where the account system declines; only the refusal is kept", async () => {
    const [, { reply }] = await attempt("decline", ["journal"]);
    expect(codeOf(reply)).toEqual([403, "NOT_AVAILABLE"]);
    expect(reply.body).toMatchObject({ parameters: { reason: "NOT_ELIGIBLE" } });
  });

  it("is SERVICE_UNAVAILABLE where the account system is down, and nothing is kept", async () => {
    const [, { reply }] = await attempt("down", []);
    expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(reply.headers["retry-after"]).toBe("2");
  });

  it("is 202 OK where the account system will do it later; the state stays", async () => {
    const [record, { reply }] = await attempt("accepted", ["journal", "demo_effect", "accepted_operation"]);
    expect(codeOf(reply)).toEqual([202, "OK"]);
    expect(recordIn(reply.body)).toEqual(recordIn(record));
    expect(reply.body).not.toHaveProperty("terminationDate");
  });
}

/** Milliseconds between the business clock's reading before and after: where a date of that moment must lie. */
export async function momentOf<T>(
  given: Scenario,
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly expectWithin: (date: string | undefined) => void }> {
  const before = (await given.core.store.now()).business;
  const result = await act();
  const after = (await given.core.store.now()).business;
  return {
    result,
    expectWithin: (date) => {
      expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(date!)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(date!)).toBeLessThanOrEqual(after);
    },
  };
}

/** When access ends by itself, as the row has it; no reply but a cancel's tells. */
export async function endDateOf(given: Scenario, record: EntitlementRecord): Promise<number | null> {
  const entitlement = await given.core.store.findByAnyId(idOf(record), "*");
  return entitlement!.endsAt;
}

/** The last test of a file: what was done is consistent on every side. */
export function itLeavesTheBooksInAgreement(given: Scenario): void {
  it("leaves rows, histories and the account system's books in agreement", async () => {
    await given.expectBooksToAgree();
  });
}
