import { createRequire } from "node:module";
import knexModule from "knex";
import type { Knex } from "knex";
import { createConnection } from "mysql2";
import type { Connection, ConnectionOptions, QueryError, ResultSetHeader } from "mysql2";
import type { DatabaseAddress } from "./database-url.js";
import { mysqlDialect } from "./dialect.js";
import { DATABASE_WAIT_MS, SILENT_KNEX, isPoolTimeout } from "./driver.js";
import type { Driver, Session } from "./driver.js";
import { NoPlaceError, makeFairShare } from "./fair-share.js";
import type { Row, Script, StatementResult } from "./script.js";

type MysqlAddress = Extract<DatabaseAddress, { engine: "mysql" }>;

const { knex } = knexModule;
const require = createRequire(import.meta.url);
const Mysql2Client = require("knex/lib/dialects/mysql2/index.js") as new (config: Knex.Config) => Knex.Client;

/** More do not help on the few cores that a Node process can use (measured: 10 to 16). */
const CONNECTIONS_MAX = 16;
const CONNECTIONS_PER_LANE = 4;
const LOCK_WAIT_SECONDS = 60;
const CONNECT_TIMEOUT_MS = 2000;

const SESSION_SETTINGS = [
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 2, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE'",
];

/** `trace: false`: mysql2 else captures a stack for every query, 5 to 10 % of the processor's time. */
const optionsOf = (address: MysqlAddress, host: string): ConnectionOptions => ({
  host,
  port: address.port,
  user: address.user,
  password: address.password,
  database: address.database,
  ...(address.ssl === null ? {} : { ssl: address.ssl }),
  charset: "utf8mb4_bin",
  timezone: "Z",
  connectTimeout: CONNECT_TIMEOUT_MS,
  trace: false,
  // Compared ids are VARBINARY, so that no collation pads or folds them; they are text all the same.
  typeCast: (field: { type: string; string(encoding: string): string | null }, next: () => unknown) =>
    field.type === "VAR_STRING" || field.type === "STRING" ? field.string("utf8") : next(),
});

function connectTo(address: MysqlAddress, host: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(optionsOf(address, host));
    // Whatever ends a connection while nobody waits on it; the pool sees it closed.
    connection.on("error", () => undefined);
    connection.connect((error) => {
      if (error) {
        connection.destroy();
        reject(error);
      } else resolve(connection);
    });
  });
}

async function connectToFirst(address: MysqlAddress): Promise<Connection> {
  let failure: unknown;
  for (const host of address.hosts) {
    try {
      const connection = await connectTo(address, host);
      for (const sql of SESSION_SETTINGS) await query(connection, sql, []);
      return connection;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

export function openMysql(address: MysqlAddress): Driver {
  class FirstHostClient extends Mysql2Client {
    override acquireRawConnection(): Promise<Connection> {
      return connectToFirst(address);
    }
  }
  const database = knex({
    // knex takes any subclass of its client; its types name only the one it exports.
    client: FirstHostClient as unknown as typeof Knex.Client,
    connection: {},
    log: SILENT_KNEX,
    pool: { min: 0, max: CONNECTIONS_MAX, acquireTimeoutMillis: DATABASE_WAIT_MS, createTimeoutMillis: 5000 },
  });
  const client = database.client as Knex.Client;
  const share = makeFairShare({
    places: CONNECTIONS_MAX,
    perLane: CONNECTIONS_PER_LANE,
    waitMs: DATABASE_WAIT_MS,
    now: () => performance.now(),
  });
  return {
    dialect: mysqlDialect,
    knex: database,
    async session(lane) {
      const leave = await share.enter(lane);
      try {
        const connection = (await client.acquireConnection()) as Connection;
        return mysqlSession(connection, () => {
          void client.releaseConnection(connection);
          leave();
        });
      } catch (error) {
        leave();
        throw error;
      }
    },
    classify,
    async exclusively(name, action) {
      const connection = (await client.acquireConnection()) as Connection;
      const lock = `mia ${name} ${address.database}`.slice(0, 64);
      try {
        const { rows } = await query(
          connection,
          "SELECT GET_LOCK(?, ?) AS got",
          [lock, LOCK_WAIT_SECONDS],
          LOCK_WAIT_SECONDS * 1000 + DATABASE_WAIT_MS,
        );
        if (rows[0]?.got !== 1) throw new Error(`another process has held the lock "${lock}" for too long`);
        return await action();
      } finally {
        await query(connection, "DO RELEASE_LOCK(?)", [lock]).catch(() => {
          connection.destroy();
        });
        void client.releaseConnection(connection);
      }
    },
    async version() {
      const [rows] = (await database.raw("SELECT VERSION() AS version")) as [{ version: string }[]];
      const version = rows[0]?.version ?? "";
      return version.includes("MariaDB") ? `MariaDB ${version.split("-")[0] ?? ""}` : `MySQL ${version}`;
    },
  };
}

function mysqlSession(connection: Connection, release: () => void): Session {
  return {
    drive: (script, inTransaction) =>
      inTransaction ? inOneTransaction(connection, script) : toItsEnd(connection, script),
    release,
  };
}

async function inOneTransaction<T>(connection: Connection, script: Script<T>): Promise<T> {
  await query(connection, "START TRANSACTION", []);
  try {
    const value = await toItsEnd(connection, script);
    await query(connection, "COMMIT", []);
    return value;
  } catch (error) {
    // Where even that fails nobody knows what the session holds: it must not go back to the pool.
    await query(connection, "ROLLBACK", []).catch(() => {
      connection.destroy();
    });
    throw error;
  }
}

async function toItsEnd<T>(connection: Connection, script: Script<T>): Promise<T> {
  for (let step = script.next(); ;) {
    if (step.done === true) return step.value;
    step = script.next(await query(connection, step.value.sql, step.value.params));
  }
}

function query(
  connection: Connection,
  sql: string,
  values: readonly unknown[],
  timeout = DATABASE_WAIT_MS,
): Promise<StatementResult> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, values: [...values], timeout }, (error: QueryError | null, result) => {
      if (error) {
        // The answer may still come on this connection and be taken for another's.
        if (error.code === "PROTOCOL_SEQUENCE_TIMEOUT") connection.destroy();
        reject(error);
        // typeCast and our column types leave text, numbers and null, which is what a Row is.
      } else if (Array.isArray(result)) resolve({ rows: result as unknown as Row[], affected: 0 });
      else resolve({ rows: [], affected: (result as ResultSetHeader).affectedRows });
    });
  });
}

/** Deadlock, lock wait time-out, and MariaDB's "record has changed since last read". */
const ROLLED_BACK: ReadonlySet<number> = new Set([1213, 1205, 1020]);
/** Too many connections, shutting down, no such host or rights, read-only, no quorum (Galera). */
const UNAVAILABLE: ReadonlySet<number> = new Set([
  1040, 1044, 1045, 1047, 1049, 1053, 1129, 1130, 1203, 1226, 1290, 1836,
]);
const LOST =
  /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|ECONNRESET|EPIPE|ER_SERVER_SHUTDOWN|ER_CLIENT_INTERACTION_TIMEOUT)$/;
const UNREACHABLE = /^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|HANDSHAKE_.*)$/;

function classify(error: unknown): ReturnType<Driver["classify"]> {
  if (error instanceof NoPlaceError || isPoolTimeout(error)) return "unavailable";
  if (typeof error !== "object" || error === null) return "bug";
  const { errno, code, fatal, message = "" } = error as Partial<QueryError>;
  if (errno !== undefined && ROLLED_BACK.has(errno)) return "again";
  if (code !== undefined && LOST.test(code)) return "lost";
  if (errno !== undefined && UNAVAILABLE.has(errno)) return "unavailable";
  if (code !== undefined && UNREACHABLE.test(code)) return "unavailable";
  // mysql2 refuses a command on a connection that has just closed with a plain, fatal error.
  return fatal === true || /closed state|closed connection/i.test(message) ? "lost" : "bug";
}
