/** What our SQL passes and gets: instants are integers, ids and JSON are text, nothing else is stored. */
export type Param = string | number | null;
export type Row = Readonly<Record<string, string | number | null>>;

export interface Statement {
  readonly sql: string;
  readonly params: readonly Param[];
}

export interface StatementResult {
  readonly rows: readonly Row[];
  /** Rows matched, for anything but a SELECT. */
  readonly affected: number;
}

/**
 * SQL as a generator: it yields statements and is handed their results. The same text is driven without a pause
 * on SQLite, whose driver answers at once, and one answer after the other on MySQL (ADR 2).
 */
export type Script<T> = Generator<Statement, T, StatementResult>;

export function* select(sql: string, params: readonly Param[]): Script<readonly Row[]> {
  return (yield { sql, params }).rows;
}

export function* run(sql: string, params: readonly Param[]): Script<number> {
  return (yield { sql, params }).affected;
}

/** `?,?,?` for an IN list. */
export const marks = (list: readonly unknown[]): string => list.map(() => "?").join(",");

export const textOf = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`${column} is not text`);
  return value;
};

export const textOrNull = (row: Row, column: string): string | null =>
  row[column] === null ? null : textOf(row, column);

export const numberOf = (row: Row, column: string): number => {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`${column} is not a number`);
  return value;
};

export const numberOrNull = (row: Row, column: string): number | null =>
  row[column] === null ? null : numberOf(row, column);
