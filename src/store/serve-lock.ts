import { openLibsql } from "./sqlite-database.js";
import type { LibsqlConnection } from "./sqlite-database.js";

/**
 * The exclusive lock that `mia serve` holds beside a SQLite file: a lock of SQLite's own on a small database next to
 * it, which the system frees when the process dies. Null where another process holds it.
 */
export function takeServeLock(databaseFile: string): { readonly release: () => void } | null {
  const connection: LibsqlConnection = openLibsql(`${databaseFile}.serve-lock`);
  try {
    connection.pragma("busy_timeout = 0");
    connection.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    connection.close();
    if (String((error as { code?: unknown }).code).startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
  return {
    release: () => {
      connection.close();
    },
  };
}
