import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";

export type EngineName = "sqlite" | "mysql";

const mysqlUrl = process.env.TEST_MYSQL_URL;

/** The engines that this run covers: SQLite, and the server that TEST_MYSQL_URL names. TEST_ENGINES narrows it. */
export const ENGINES: readonly EngineName[] = (process.env.TEST_ENGINES ?? "sqlite,mysql")
  .split(",")
  .map((name) => {
    if (name !== "sqlite" && name !== "mysql")
      throw new Error(`TEST_ENGINES names no engine of ours: ${name}`);
    if (name === "mysql" && mysqlUrl === undefined)
      throw new Error(
        "TEST_MYSQL_URL is not set: run the tests by npm test, which starts a server, or set TEST_ENGINES=sqlite",
      );
    return name;
  });

export interface EmptyDatabase {
  readonly url: string;
  /** A folder for this test file's own use. */
  readonly folder: string;
  readonly drop: () => Promise<void>;
}

/** A database of its own, empty, on the engine; dropped at the end. */
export async function emptyDatabase(engine: EngineName): Promise<EmptyDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "mia-test-"));
  const removeFolder = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  if (engine === "sqlite")
    return {
      url: `sqlite:${join(folder, "mia.db")}`,
      folder,
      drop: () => {
        removeFolder();
        return Promise.resolve();
      },
    };
  const url = new URL(mysqlUrl ?? "");
  const name = `mia_test_${randomBytes(6).toString("hex")}`;
  const administer = async (sql: string): Promise<void> => {
    const connection = await mysql.createConnection(url.href);
    await connection.query(sql);
    await connection.end();
  };
  await administer(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    folder,
    drop: async () => {
      await administer(`DROP DATABASE ${name}`);
      removeFolder();
    },
  };
}
