import { run } from "./script.js";
import type { Param, Script } from "./script.js";

export type Engine = "sqlite" | "mysql";

/** The few words in which the two engines differ. */
export interface Dialect {
  readonly engine: Engine;
  /** The database's own UTC time in milliseconds: the clock of leases, budgets and ages. */
  readonly nowMs: string;
  readonly forUpdate: string;
  /**
   * Inserts the rows whose key is new and leaves the others as they are; the caller sorts them by key and reads
   * back who won. Never INSERT IGNORE, which also swallows values that do not fit.
   */
  insertNew(
    table: string,
    keyColumns: readonly string[],
    columns: readonly string[],
    rows: readonly (readonly Param[])[],
    /** SQL around a column's `?` where a bare value is not enough. */
    expressions?: Readonly<Record<string, string>>,
  ): Script<number>;
}

const dialect = (
  engine: Engine,
  nowMs: string,
  forUpdate: string,
  onDuplicate: (keyColumns: readonly string[]) => string,
): Dialect => ({
  engine,
  nowMs,
  forUpdate,
  *insertNew(table, keyColumns, columns, rows, expressions = {}) {
    if (rows.length === 0) return 0;
    const tuple = `(${columns.map((name) => expressions[name] ?? "?").join(",")})`;
    const sql = `INSERT INTO ${table} (${columns.join(",")}) VALUES ${rows.map(() => tuple).join(",")}`;
    return yield* run(`${sql} ${onDuplicate(keyColumns)}`, rows.flat());
  },
});

export const sqliteDialect = dialect(
  "sqlite",
  "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  "",
  (keyColumns) => `ON CONFLICT (${keyColumns.join(",")}) DO NOTHING`,
);

export const mysqlDialect = dialect(
  "mysql",
  "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
  " FOR UPDATE",
  ([first]) => `ON DUPLICATE KEY UPDATE ${first ?? ""} = ${first ?? ""}`,
);
