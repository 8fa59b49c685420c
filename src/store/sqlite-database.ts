import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import knexModule from "knex";
import type { Knex } from "knex";
import { takeFileLock } from "./file-lock.js";
import type { LibsqlConnection, LibsqlStatement } from "./libsql.js";
import { sqliteDialect } from "./dialect.js";
import { DATABASE_WAIT_MS, SILENT_KNEX, isPoolTimeout } from "./driver.js";
import type { Driver, Session } from "./driver.js";
import type { Param, Script, StatementResult } from "./script.js";

const { knex } = knexModule;
const require = createRequire(import.meta.url);

const BetterSqliteClient = require("knex/lib/dialects/better-sqlite3/index.js") as new () => Knex.Client;
/** knex's dialect for better-sqlite3, whose interface libsql has; libsql comes prebuilt for every platform (ADR 3). */
class LibsqlClient extends BetterSqliteClient {
  _driver(): unknown {
    return require("libsql");
  }
}

/** Longer waits are ours, not the driver's: it would hold up the event loop. */
const BUSY_TIMEOUT_MS = 100;

function prepareConnection(connection: LibsqlConnection): void {
  connection.pragma(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`);
  connection.pragma("journal_mode = WAL");
  connection.pragma("synchronous = FULL");
  connection.pragma("foreign_keys = ON");
  const [mode] = connection.pragma("journal_mode");
  const [synchronous] = connection.pragma("synchronous");
  if (mode?.journal_mode !== "wal" || synchronous?.synchronous !== 2)
    throw new Error("this file system does not let SQLite use a write-ahead log; choose a local disk");
}

/**
 * One connection for the whole process, in a pool of one: a transaction of ours runs without a pause, and one of
 * knex's (the demo's) keeps the others waiting, so no statement ever lands in a transaction that is not its own.
 */
export function openSqlite(file: string): Driver {
  mkdirSync(dirname(file), { recursive: true });
  const database = knex({
    // knex takes any subclass of its client; its types name only the one it exports.
    client: LibsqlClient as unknown as typeof Knex.Client,
    connection: { filename: file },
    useNullAsDefault: true,
    log: SILENT_KNEX,
    pool: {
      min: 1,
      max: 1,
      acquireTimeoutMillis: DATABASE_WAIT_MS,
      afterCreate(
        connection: LibsqlConnection,
        done: (error: Error | null, connection: LibsqlConnection) => void,
      ) {
        try {
          prepareConnection(connection);
          done(null, connection);
        } catch (error) {
          done(error as Error, connection);
        }
      },
    },
  });
  const client = database.client as Knex.Client;
  return {
    dialect: sqliteDialect,
    knex: database,
    async session() {
      const connection = (await client.acquireConnection()) as LibsqlConnection;
      return sqliteSession(connection, () => void client.releaseConnection(connection));
    },
    classify,
    exclusively: (name, action) => holdingFileLock(`${file}.${name}-lock`, action),
    async version() {
      const connection = (await client.acquireConnection()) as LibsqlConnection;
      try {
        return `SQLite ${String(connection.prepare("SELECT sqlite_version() AS version").all([])[0]?.version)}`;
      } finally {
        void client.releaseConnection(connection);
      }
    },
  };
}

const LOCK_WAIT_MS = 60_000;
const LOCK_PAUSE_MS = 50;

async function holdingFileLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    const lock = takeFileLock(file);
    if (lock)
      try {
        return await action();
      } finally {
        lock.release();
      }
    if (performance.now() > giveUpAt) throw new Error(`another process has held ${file} for too long`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
}

function sqliteSession(connection: LibsqlConnection, release: () => void): Session {
  return {
    // Synchronous from BEGIN to COMMIT; a promise only because the other engine needs one.
    drive: (script, inTransaction) =>
      new Promise((resolve) => {
        resolve(inTransaction ? inOneTransaction(connection, script) : toItsEnd(connection, script));
      }),
    release,
  };
}

function inOneTransaction<T>(connection: LibsqlConnection, script: Script<T>): T {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const value = toItsEnd(connection, script);
    connection.exec("COMMIT");
    return value;
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

function toItsEnd<T>(connection: LibsqlConnection, script: Script<T>): T {
  for (let step = script.next(); ;) {
    if (step.done === true) return step.value;
    step = script.next(execute(connection, step.value.sql, step.value.params));
  }
}

const prepared = new WeakMap<LibsqlConnection, Map<string, LibsqlStatement>>();
/** Our texts are few; lists of many lengths make them more. */
const PREPARED_MAX = 200;

function execute(connection: LibsqlConnection, sql: string, params: readonly Param[]): StatementResult {
  const cache = prepared.get(connection) ?? new Map<string, LibsqlStatement>();
  prepared.set(connection, cache);
  const statement = cache.get(sql) ?? connection.prepare(sql);
  if (cache.size >= PREPARED_MAX) cache.clear();
  cache.set(sql, statement);
  return statement.reader
    ? { rows: statement.all(params), affected: 0 }
    : { rows: [], affected: statement.run(params).changes };
}

function classify(error: unknown): ReturnType<Driver["classify"]> {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_BUSY")) return "again";
  if (/^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB)/.test(code)) return "unavailable";
  return isPoolTimeout(error) ? "unavailable" : "bug";
}
