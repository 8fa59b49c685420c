import type { Knex } from "knex";
import type { Dialect } from "./dialect.js";
import type { Script } from "./script.js";

/** The time that a query, the pool and a lock may take, each; and how long a transaction is run again. */
export const DATABASE_WAIT_MS = 2000;

/** One connection of either engine, as the runners below need it. */
export interface Session {
  /** Drives one script to its end. `inTransaction` wraps it in BEGIN and COMMIT, and in ROLLBACK on any error. */
  drive<T>(script: Script<T>, inTransaction: boolean): Promise<T>;
  /** Gives the connection back; a broken one is closed by the pool. */
  release(): void;
}

export interface Driver {
  readonly dialect: Dialect;
  readonly knex: Knex;
  /** `lane`: for whom, where that is somebody in particular; those who wait for a connection are served in turn. */
  readonly session: (lane: string | null) => Promise<Session>;
  /** `again`: the whole transaction was rolled back and may be run again. `lost`: nobody knows; see `transaction`. */
  readonly classify: (error: unknown) => "again" | "lost" | "unavailable" | "bug";
  readonly exclusively: <T>(name: string, action: () => Promise<T>) => Promise<T>;
  readonly version: () => Promise<string>;
}

/** knex's pool waited in vain for a connection. */
export const isPoolTimeout = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "name" in error && error.name === "KnexTimeoutError";

/** knex writes to the console by itself; what matters of it comes to us as errors anyway. */
export const SILENT_KNEX: NonNullable<Knex.Config["log"]> = {
  warn: () => undefined,
  error: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};
