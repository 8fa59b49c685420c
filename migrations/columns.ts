import type { Knex } from "knex";

/**
 * Column types that mean the same on every engine (ADR 4): compared text is VARBINARY on MySQL, so that no
 * collation pads or folds it; instants are integers, so that no time zone and no precision touches them.
 */
export function columnsOf(knex: Knex, table: Knex.CreateTableBuilder) {
  const mysql = (knex.client as { dialect: string }).dialect === "mysql";
  const typed = (name: string, onMysql: string, onSqlite: string): Knex.ColumnBuilder =>
    table.specificType(name, mysql ? onMysql : onSqlite);
  return {
    /** At most 255 characters of any script. */
    text: (name: string) => typed(name, "varbinary(1020)", "text"),
    /** Our own ids, hashes and words: ASCII, at most 64. */
    word: (name: string) => typed(name, "varbinary(64)", "text"),
    /** Stored bytes and JSON; never the JSON type, which MySQL reorders. */
    long: (name: string) => typed(name, "mediumtext character set utf8mb4", "text"),
    /** Milliseconds since the epoch, UTC. */
    instant: (name: string) => typed(name, "bigint", "integer"),
    count: (name: string) => typed(name, "int", "integer"),
  };
}

export interface Migration {
  readonly name: string;
  readonly up: (knex: Knex) => Promise<void>;
  readonly down: (knex: Knex) => Promise<void>;
}

/** One table a file: on MySQL every DDL statement commits, so a migration that fails must have done nothing. */
export function createTable(
  name: string,
  table: string,
  build: (columns: ReturnType<typeof columnsOf>, table: Knex.CreateTableBuilder) => void,
): Migration {
  return {
    name,
    up: (knex) =>
      knex.schema.createTable(table, (builder) => {
        build(columnsOf(knex, builder), builder);
      }),
    down: (knex) => knex.schema.dropTable(table),
  };
}
