import { createRequire } from "node:module";
import type { Param, Row } from "./script.js";

const require = createRequire(import.meta.url);

/** The part of better-sqlite3's interface that we use. */
export interface LibsqlStatement {
  readonly reader: boolean;
  all(params: readonly Param[]): Row[];
  run(params: readonly Param[]): { changes: number };
}
export interface LibsqlConnection {
  prepare(sql: string): LibsqlStatement;
  exec(sql: string): void;
  pragma(text: string): Record<string, unknown>[];
  readonly inTransaction: boolean;
  close(): void;
}

export const openLibsql = (file: string): LibsqlConnection => {
  const Libsql = require("libsql") as new (file: string) => LibsqlConnection;
  return new Libsql(file);
};
