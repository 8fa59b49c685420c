import type { Knex } from "knex";
import { migrations } from "../../migrations/index.js";
import type { Migration } from "../../migrations/columns.js";
import type { Database } from "./database.js";

const source: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) => Promise.resolve(migration),
};

const options: Knex.MigratorConfig = {
  migrationSource: source,
  tableName: "mia_migration",
  // MySQL commits at every DDL statement anyway; each migration makes one.
  disableTransactions: true,
};

/** Names of the migrations that were applied now. Processes that start at once take their turn. */
export function migrateUp(database: Database): Promise<readonly string[]> {
  return alone(database, async ({ migrate }) => {
    const [, names] = (await migrate.latest(options)) as [number, string[]];
    return names;
  });
}

/** Takes back the newest migration. Its data are lost. */
export function migrateDown(database: Database): Promise<readonly string[]> {
  return alone(database, async ({ migrate }) => {
    const [, names] = (await migrate.down(options)) as [number, (string | Migration)[]];
    return names.map((item) => (typeof item === "string" ? item : item.name));
  });
}

/** knex takes its own lock only after it has looked what is pending, and leaves it behind when it is killed. */
function alone<T>(database: Database, action: (knex: Knex) => Promise<T>): Promise<T> {
  return database.exclusively("migrate", async () => {
    await database.knex.migrate.forceFreeMigrationsLock(options);
    return action(database.knex);
  });
}

export async function listMigrations({
  knex,
}: Database): Promise<{ readonly done: readonly string[]; readonly pending: readonly string[] }> {
  const [done, pending] = (await knex.migrate.list(options)) as [{ name: string }[], Migration[]];
  return { done: done.map(({ name }) => name), pending: pending.map(({ name }) => name) };
}
