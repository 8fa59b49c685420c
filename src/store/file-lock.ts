import { openLibsql } from "./libsql.js";

/**
 * An exclusive lock over all processes of this machine: a lock of SQLite's own on a small database, which the system
 * frees when the process dies. Null where another holds it.
 */
export function takeFileLock(file: string): { readonly release: () => void } | null {
  const connection = openLibsql(file);
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
      // libsql closes a connection only when it is collected: until then its transaction would keep the lock.
      connection.exec("ROLLBACK");
      connection.close();
    },
  };
}
