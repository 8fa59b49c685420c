import { createHash } from "node:crypto";

/** knex's own, and the note of when a secret was last used, which is what a good secret may write. */
const LEFT_OUT = /^(knex_|sqlite_|secret_use$)/;

/** Rows and a checksum of all that is in each table, through a connection of our own: `{ table: "3 rows, 6f1c…" }`. */
export async function readTables(databaseUrl) {
  const { openDatabase } = await import("../../dist/src/store/database.js");
  const { parseDatabaseUrl } = await import("../../dist/src/store/database-url.js");
  const database = openDatabase(parseDatabaseUrl(databaseUrl));
  try {
    const entries = [];
    for (const table of await namesOf(database, databaseUrl))
      entries.push([table, await sumOf(database, table)]);
    return Object.fromEntries(entries);
  } finally {
    await database.close();
  }
}

async function namesOf({ knex }, databaseUrl) {
  const rows = databaseUrl.startsWith("sqlite:")
    ? await knex("sqlite_master").where({ type: "table" }).select("name")
    : await knex("information_schema.tables")
        .whereRaw("table_schema = database()")
        .select({ name: "table_name" });
  return rows
    .map(({ name }) => name)
    .filter((name) => !LEFT_OUT.test(name))
    .sort();
}

async function sumOf({ knex }, table) {
  const rows = (await knex(table).select("*")).map((row) => JSON.stringify(row)).sort();
  const sum = createHash("sha256").update(rows.join("\n")).digest("hex");
  return `${rows.length} rows, ${sum.slice(0, 16)}`;
}

export const differences = (before, after) =>
  Object.keys({ ...before, ...after }).filter((table) => before[table] !== after[table]);
