import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { migrations } from "../migrations/index.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { listMigrations, migrateDown, migrateUp } from "../src/store/migrate.js";
import { ENGINES, emptyDatabase } from "./support/engines.js";
import type { EmptyDatabase, EngineName } from "./support/engines.js";
import { mia, requireBuilt } from "./support/mia.js";

/** Every table, its primary key and its other indexes, written out by hand; `!` is a unique one. */
const TABLES: Readonly<
  Record<string, { readonly key: string; readonly indexes?: Readonly<Record<string, string>> }>
> = {
  journal: {
    key: "journalKey",
    indexes: { journal_due: "state, dueAt", journal_reseller_due: "state, resellerId, dueAt" },
  },
  turn: { key: "identity" },
  entitlement: {
    key: "merchantEntitlementId",
    indexes: {
      "entitlement_identity!": "identity",
      entitlement_activation_request: "activationRequestId",
      entitlement_ends: "endsAt",
      entitlement_status_created: "status, dateCreated",
      entitlement_status_expiry: "status, dateExpiry",
      entitlement_reseller: "resellerId, merchantEntitlementId",
      entitlement_shared_customer: "sharedCustomerId, merchantEntitlementId",
      entitlement_bango_user: "bangoUserId, merchantEntitlementId",
      entitlement_customer: "customerIdentifier, merchantEntitlementId",
    },
  },
  history: { key: "merchantEntitlementId, version" },
  slot: { key: "customerKey, scope, slotNumber", indexes: { slot_entitlement: "merchantEntitlementId" } },
  activation_link: { key: "tokenHash" },
  entitlement_alias: { key: "alias" },
  secret_key: { key: "keyId" },
  business_clock: { key: "clock" },
  demo_account: { key: "accountId", indexes: { "demo_account_customer!": "resellerId, customer" } },
  demo_plan: { key: "plan" },
  demo_subscription: { key: "merchantEntitlementId" },
  demo_effect: { key: "idempotencyKey", indexes: { demo_effect_entitlement: "entitlementId, at" } },
  demo_login: { key: "email", indexes: { "demo_login_register_key!": "registerKey" } },
  outbox: {
    key: "messageId",
    indexes: {
      outbox_entitlement: "merchantEntitlementId, state, version",
      outbox_state: "state, createdAt",
    },
  },
  accepted_operation: {
    key: "acceptanceId",
    indexes: {
      accepted_operation_entitlement: "merchantEntitlementId",
      accepted_operation_alarm: "alarmAt",
    },
  },
  outbox_attempt: { key: "messageId, attempt" },
  outbox_queue: {
    key: "merchantEntitlementId",
    indexes: { outbox_queue_due: "dueAt", outbox_queue_reseller_due: "resellerId, dueAt" },
  },
  credential: { key: "credentialId" },
  secret_use: { key: "credentialId, secretKey" },
};

/** Migrations that make no table. */
const COLUMNS_ONLY = [
  "0013-entitlement-bango-state",
  "0020-journal-version",
  "0022-entitlement-blocks",
  "0024-entitlement-lists",
  "0025-journal-reseller",
  "0026-journal-reseller-due",
  "0027-outbox-queue-reseller",
  "0028-outbox-queue-reseller-due",
];
const tablesAfter = (count: number): number =>
  NAMES.slice(0, count).filter((name) => !COLUMNS_ONLY.includes(name)).length;
const NAMES = migrations.map(({ name }) => name);
const BOOKKEEPING = /^(mia_migration|sqlite_|libsql_)/;

async function tablesOf({ knex, dialect }: Database): Promise<string[]> {
  const sql =
    dialect.engine === "sqlite"
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()";
  return (await rowsOf<{ name: string }>(knex.raw(sql)))
    .map(({ name }) => name)
    .filter((name) => !BOOKKEEPING.test(name))
    .sort();
}

async function rowsOf<T>(raw: PromiseLike<unknown>): Promise<T[]> {
  const answer = (await raw) as T[] | [T[]];
  return Array.isArray(answer[0]) ? answer[0] : (answer as T[]);
}

interface Shape {
  readonly key: string;
  readonly indexes?: Readonly<Record<string, string>>;
}

async function shapeOf(database: Database, table: string): Promise<Shape> {
  const indexes =
    database.dialect.engine === "sqlite" ? await onSqlite(database, table) : await onMysql(database, table);
  const { PRIMARY: key = "", ...others } = indexes;
  return Object.keys(others).length === 0 ? { key } : { key, indexes: others };
}

async function onSqlite({ knex }: Database, table: string): Promise<Record<string, string>> {
  const list = await rowsOf<{ name: string; unique: number; origin: string }>(
    knex.raw(`PRAGMA index_list(${table})`),
  );
  const found: Record<string, string> = {};
  for (const { name, unique, origin } of list) {
    const columns = await rowsOf<{ name: string }>(knex.raw(`PRAGMA index_info('${name}')`));
    const label = origin === "pk" ? "PRIMARY" : `${name}${unique === 1 ? "!" : ""}`;
    found[label] = columns.map((column) => column.name).join(", ");
  }
  return found;
}

async function onMysql({ knex }: Database, table: string): Promise<Record<string, string>> {
  const list = await rowsOf<{ name: string; nonUnique: number; columns: string }>(
    knex.raw(
      "SELECT index_name AS name, non_unique AS nonUnique, GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ') AS columns FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? GROUP BY index_name, non_unique",
      [table],
    ),
  );
  return Object.fromEntries(
    list.map(({ name, nonUnique, columns }) => [
      name === "PRIMARY" ? name : `${name}${nonUnique === 0 ? "!" : ""}`,
      columns,
    ]),
  );
}

describe.each(ENGINES.map((engine) => ({ engine })))("the tables ($engine)", ({ engine }) => {
  let empty: EmptyDatabase;
  let database: Database;
  beforeAll(async () => {
    empty = await emptyDatabase(engine);
    database = openDatabase(parseDatabaseUrl(empty.url));
  });
  afterAll(async () => {
    await database.close();
    await empty.drop();
  });

  it("are made, taken back one by one until there are none, and made again", async () => {
    expect(await listMigrations(database)).toEqual({ done: [], pending: NAMES });
    expect(await migrateUp(database)).toEqual(NAMES);
    expect(await tablesOf(database)).toEqual(Object.keys(TABLES).sort());
    for (let left = NAMES.length - 1; left >= 0; left -= 1) {
      expect(await migrateDown(database)).toEqual([NAMES[left]]);
      expect(await listMigrations(database)).toEqual({
        done: NAMES.slice(0, left),
        pending: NAMES.slice(left),
      });
      expect(await tablesOf(database)).toHaveLength(tablesAfter(left));
    }
    expect(await migrateDown(database)).toEqual([]);
    expect(await migrateUp(database)).toEqual(NAMES);
    expect(await migrateUp(database)).toEqual([]);
    expect(await tablesOf(database)).toEqual(Object.keys(TABLES).sort());
    // Every step waits for the disk, which others may be using.
  }, 90_000);

  it.each(Object.entries(TABLES).map(([table, shape]) => ({ table, shape })))(
    "$table has the key and the indexes that it should have, and no other",
    async ({ table, shape }) => {
      expect(await shapeOf(database, table)).toEqual(shape);
    },
  );

  it("have a column for what Bango knows, beside an entitlement", async () => {
    const query = database.knex("entitlement").whereNull("bangoState").select("bangoState");
    expect(await query).toEqual([]);
  });

  it("include the business clock's one row, which stands at the database's own time", async () => {
    expect(await database.knex("business_clock").select("*")).toEqual([{ clock: "business", offsetMs: 0 }]);
  });

  it("keep every character of 255, and tell apart what a collation would not", async () => {
    const texts = ["x", "x ", "X", "é", "e\u0301", "ß", "ss", "😀".repeat(255)];
    for (const customer of texts)
      await database.knex("demo_account").insert({
        accountId: `a-${String(texts.indexOf(customer))}`,
        resellerId: "R",
        customer,
        createdAt: 1,
      });
    const rows = await database.knex<{ customer: string }>("demo_account").select("customer");
    expect(rows.map((row) => row.customer).sort()).toEqual([...texts].sort());
    for (const customer of texts)
      expect(await database.knex("demo_account").where({ resellerId: "R", customer })).toHaveLength(1);
  });

  it("keep instants to the millisecond, also those far away", async () => {
    const at = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
    await database
      .knex("demo_account")
      .insert({ accountId: "far", resellerId: "Q", customer: "c", createdAt: at });
    expect(await database.knex("demo_account").where({ accountId: "far" }).first()).toMatchObject({
      createdAt: at,
    });
  });
});

describe.each(ENGINES.map((engine) => ({ engine })))("migrating twice at once ($engine)", ({ engine }) => {
  it("from two pools ends well for both, and makes the tables once", async () => {
    await onEmpty(engine, async (empty) => {
      const pools = [1, 2, 3].map(() => openDatabase(parseDatabaseUrl(empty.url)));
      try {
        const applied = await Promise.all(pools.map((pool) => migrateUp(pool)));
        expect(applied.flat().sort()).toEqual([...NAMES].sort());
        for (const pool of pools) expect((await listMigrations(pool)).pending).toEqual([]);
        expect(await pools[0]!.knex("business_clock").select("*")).toHaveLength(1);
      } finally {
        await Promise.all(pools.map((pool) => pool.close()));
      }
    });
  });

  it("from two processes ends well for both", async () => {
    requireBuilt();
    await onEmpty(engine, async (empty) => {
      const env = {
        MIA_PROFILE: "sandbox",
        DATABASE_URL: empty.url,
        MASTER_KEY: "0123456789abcdef0123456789abcdef",
      };
      const ended = await Promise.all([1, 2].map(() => mia(["migrate", "up", "--json"], empty.folder, env)));
      expect(ended.map(({ code, err }) => ({ code, err }))).toEqual([
        { code: 0, err: "" },
        { code: 0, err: "" },
      ]);
      const changed = ended.flatMap(({ out }) => (JSON.parse(out) as { changed: string[] }).changed);
      expect(changed.sort()).toEqual([...NAMES].sort());
    });
  });
});

async function onEmpty(engine: EngineName, test: (empty: EmptyDatabase) => Promise<void>): Promise<void> {
  const empty = await emptyDatabase(engine);
  try {
    await test(empty);
  } finally {
    await empty.drop();
  }
}
