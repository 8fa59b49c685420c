import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import knexModule from "knex";
import type { Knex } from "knex";

const { knex } = knexModule;
const require = createRequire(import.meta.url);

const BetterSqliteClient = require("knex/lib/dialects/better-sqlite3/index.js") as new () => Knex.Client;
/** knex's dialect for better-sqlite3, with libsql behind it: that one comes prebuilt for every platform. */
class LibsqlClient extends BetterSqliteClient {
  _driver(): unknown {
    return require("libsql");
  }
}

const quiet = (): void => undefined;

/** One connection, so that ":memory:" is one database and a transaction keeps all others waiting. */
export async function openDatabase(file: string): Promise<Knex> {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
  const database = knex({
    // knex takes any subclass of its client; its types name only the one it exports.
    client: LibsqlClient as unknown as typeof Knex.Client,
    connection: { filename: file },
    useNullAsDefault: true,
    log: { warn: quiet, error: quiet, deprecate: quiet, debug: quiet },
    pool: { min: 1, max: 1 },
  });
  // One write a commit in place of several syncs: what a process has committed survives its death.
  await database.raw("PRAGMA journal_mode = WAL");
  await database.raw("PRAGMA synchronous = NORMAL");
  for (const [name, columns] of Object.entries(TABLES))
    if (!(await database.schema.hasTable(name))) await database.schema.createTable(name, columns);
  await database("plan").insert(PLANS).onConflict("code").ignore();
  return database;
}

/** Instants are milliseconds since the epoch. */
const TABLES: Readonly<Record<string, (table: Knex.CreateTableBuilder) => void>> = {
  plan(table) {
    table.string("code").primary();
    table.string("name").notNullable();
    table.string("about").notNullable();
    table.integer("priceMinor").notNullable();
    table.string("currency").notNullable();
    table.integer("rank").notNullable();
    table.integer("provisioningMs").notNullable();
    table.boolean("givesCode").notNullable();
  },
  account(table) {
    table.string("number").primary();
    table.string("email").unique();
    table.string("passwordHash");
    table.string("displayName").notNullable();
    table.string("partner");
    table.string("customer");
    table.boolean("isBlocked").notNullable();
    table.bigInteger("createdAt").notNullable();
    table.unique(["partner", "customer"]);
  },
  membership(table) {
    table.increments("id");
    table.string("reference").notNullable().unique();
    table.string("accountNumber").notNullable().index();
    table.string("planCode").notNullable();
    table.string("origin").notNullable();
    table.string("state").notNullable();
    table.string("access").notNullable();
    table.bigInteger("startedAt").notNullable();
    table.bigInteger("readyAt").notNullable();
    table.bigInteger("endsAt");
    table.bigInteger("endedAt");
    table.bigInteger("validUntil");
    table.string("displayName");
    table.string("offerCode");
    table.string("partnerEntitlement");
    table.string("activationCode");
    table.text("extra").notNullable();
    table.integer("revision").notNullable();
  },
  link(table) {
    table.string("reference").primary();
    table.string("accountNumber").notNullable();
  },
  effect(table) {
    table.increments("seq");
    table.string("idempotencyKey").notNullable().unique();
    table.string("operation").notNullable();
    table.string("reference").index();
    table.string("fingerprint").notNullable();
    table.string("requestId");
    table.boolean("changed").notNullable();
    table.integer("status").notNullable();
    table.text("body").notNullable();
    table.bigInteger("laterAt");
    table.integer("laterStatus");
    table.text("laterBody");
    table.text("membershipAfter");
    table.bigInteger("startedAt").notNullable();
    table.bigInteger("at").notNullable();
  },
  note(table) {
    table.increments("id");
    table.string("accountNumber").notNullable().index();
    table.string("text").notNullable();
    table.bigInteger("at").notNullable();
  },
  session(table) {
    table.string("tokenHash").primary();
    table.string("accountNumber").notNullable();
    table.bigInteger("expiresAt").notNullable();
  },
};

export interface PlanRow {
  readonly code: string;
  readonly name: string;
  readonly about: string;
  readonly priceMinor: number;
  readonly currency: string;
  /** Where it stands on the home page. */
  readonly rank: number;
  /** How long a new membership takes to be set up; 0 is at once. */
  readonly provisioningMs: number;
  /** 0 or 1, as SQLite has booleans: whether a new membership comes with an activation code. */
  readonly givesCode: number;
}

const plan = (
  rank: number,
  code: string,
  name: string,
  priceMinor: number,
  about: string,
  special: Partial<PlanRow> = {},
): PlanRow => ({
  code,
  name,
  about,
  priceMinor,
  currency: "EUR",
  rank,
  provisioningMs: 0,
  givesCode: 0,
  ...special,
});

const CINEMA_PROVISIONING_MS = 5000;

const PLANS: readonly PlanRow[] = [
  plan(1, "basic", "Basic", 499, "Every series, on one screen at a time."),
  plan(2, "premium", "Premium", 999, "Films and series in 4K, on four screens."),
  plan(3, "cinema", "Cinema Club", 1499, "New releases at home. Takes a moment to set up.", {
    provisioningMs: CINEMA_PROVISIONING_MS,
  }),
  plan(4, "set-top", "Set-top box", 1299, "Premium on your television box, with an activation code.", {
    givesCode: 1,
  }),
];

export const findPlan = (books: Knex, code: string): Promise<PlanRow | undefined> =>
  books<PlanRow>("plan").where({ code }).first();

export const listPlans = (books: Knex): Promise<PlanRow[]> => books<PlanRow>("plan").orderBy("rank");
