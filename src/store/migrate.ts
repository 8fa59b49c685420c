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

/** Names of the migrations that were applied now. Safe to call from several processes: knex holds a lock. */
export async function migrateUp({ knex }: Database): Promise<readonly string[]> {
  const [, names] = (await knex.migrate.latest(options)) as [number, string[]];
  return names;
}

/** Takes back the newest migration. Its data are lost. */
export async function migrateDown({ knex }: Database): Promise<readonly string[]> {
  const [, names] = (await knex.migrate.down(options)) as [number, (string | Migration)[]];
  return names.map((item) => (typeof item === "string" ? item : item.name));
}

export async function listMigrations({
  knex,
}: Database): Promise<{ readonly done: readonly string[]; readonly pending: readonly string[] }> {
  const [done, pending] = (await knex.migrate.list(options)) as [{ name: string }[], Migration[]];
  return { done: done.map(({ name }) => name), pending: pending.map(({ name }) => name) };
}
