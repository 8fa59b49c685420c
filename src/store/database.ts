import type { Knex } from "knex";
import { Problem, problem } from "../core/problem.js";
import type { DatabaseAddress } from "./database-url.js";
import type { Dialect } from "./dialect.js";
import { DATABASE_WAIT_MS } from "./driver.js";
import type { Driver } from "./driver.js";
import { openMysql } from "./mysql-database.js";
import type { Script } from "./script.js";
import { openSqlite } from "./sqlite-database.js";

export interface Database {
  readonly dialect: Dialect;
  /** For migrations and for the tables of the demo account system. */
  readonly knex: Knex;
  /** `lane`: whoever this is done for, whose many must not hold up another's few (ADR 20). */
  readonly read: <T>(script: () => Script<T>, lane?: string | null) => Promise<T>;
  /**
   * Runs the script as one transaction: all or nothing. It is run again after a deadlock, a lock wait time-out and
   * a busy database, and after a connection lost on the way, even at COMMIT: so every script that is handed in must
   * find, when run again, what its lost run may have written. Throws Problem `unavailable` where the database is.
   */
  readonly transaction: <T>(script: () => Script<T>, lane?: string | null) => Promise<T>;
  /** Runs one action of this name at a time over all processes of this database, and waits a minute for its turn. */
  readonly exclusively: <T>(name: string, action: () => Promise<T>) => Promise<T>;
  /** "SQLite 3.45.1", "MariaDB 10.11.6", "MySQL 9.7.0". */
  readonly version: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export function openDatabase(address: DatabaseAddress): Database {
  return databaseOver(address.engine === "sqlite" ? openSqlite(address.file) : openMysql(address));
}

function databaseOver(driver: Driver): Database {
  const drive = async <T>(
    script: () => Script<T>,
    inTransaction: boolean,
    lane: string | null,
  ): Promise<T> => {
    const session = await driver.session(lane);
    try {
      return await session.drive(script(), inTransaction);
    } finally {
      session.release();
    }
  };
  return {
    dialect: driver.dialect,
    knex: driver.knex,
    read: (script, lane = null) => untilDone(driver, () => drive(script, false, lane)),
    transaction: (script, lane = null) => untilDone(driver, () => drive(script, true, lane)),
    exclusively: driver.exclusively,
    version: driver.version,
    close: () => driver.knex.destroy(),
  };
}

async function untilDone<T>(driver: Driver, attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + DATABASE_WAIT_MS;
  let lostBefore = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Problem) throw error;
      const kind = driver.classify(error);
      if (kind === "bug") throw error;
      const tryAgain = kind === "again" || (kind === "lost" && !lostBefore);
      if (!tryAgain || performance.now() > giveUpAt)
        throw Object.assign(problem("unavailable", "the service cannot answer now"), { cause: error });
      lostBefore ||= kind === "lost";
      await pause(Math.min(50, 2 ** tries) * (0.5 + Math.random()));
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
