import { composeCore } from "./compose.js";
import { composeServer } from "./compose-server.js";
import type { Core, Parts } from "./compose.js";
import type { Config } from "./config/config.js";
import { ConfigError } from "./config/environment.js";
import { drain, freePort, listen } from "./http/listen.js";
import type { Listening } from "./http/listen.js";
import { nameOfError } from "./ports/logger.js";
import type { Logger } from "./ports/logger.js";
import { openDatabase } from "./store/database.js";
import type { Database } from "./store/database.js";
import { parseDatabaseUrl } from "./store/database-url.js";
import { listMigrations, migrateDown, migrateUp } from "./store/migrate.js";
import { takeFileLock } from "./store/file-lock.js";

/** Why the process does not start: for the person who started it, without a stack. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}

export interface RunningService {
  readonly publicPort: number;
  readonly adminPort: number;
  /** Reads the configuration again and takes over what needs no restart; what is faulty changes nothing, and is logged. */
  readonly reload: (read: () => Config) => void;
  /** Takes no new call, lets those in flight end, ends the passes, closes the database. */
  readonly stop: () => Promise<void>;
}

export interface ServeOptions {
  readonly log: Logger;
  /** Apply pending migrations first; the sandbox always does. */
  readonly migrate: boolean;
  readonly accounts?: Parts["accounts"];
  readonly ledger?: Parts["ledger"];
  readonly delivery?: Parts["delivery"];
  /** Hears what the business clock says at start, and whenever the sandbox has moved it. */
  readonly noteClock?: (now: number) => void;
  /** Lets a test stand between us and the database. */
  readonly wrapDatabase?: (database: Database) => Database;
}

/** Calls in flight have this long after SIGTERM; all of it stays below the 25 s that orchestrators give. */
const DRAIN_MS = 20_000;

/** One running adapter. Throws StartRefused, or what the operating system says of a port. */
export async function startService(config: Config, options: ServeOptions): Promise<RunningService> {
  const { log } = options;
  const address = parseDatabaseUrl(config.databaseUrl);
  const opened = openDatabase(address);
  const database = options.wrapDatabase?.(opened) ?? opened;
  const lock =
    address.engine === "sqlite" ? takeFileLock(`${address.file}.serve-lock`) : { release: () => undefined };
  const close = async (): Promise<void> => {
    await database.close();
    lock?.release();
  };
  let core: Core | undefined;
  try {
    if (lock === null)
      throw new StartRefused(
        `another mia serve uses ${address.engine === "sqlite" ? address.file : "this database"}; stop it, or use MySQL for more than one process`,
      );
    const version = await database.version();
    await prepareTables(database, options.migrate || config.profile === "sandbox", log);
    const bound = await withPort(config);
    const composed = await composeCore(bound, {
      database,
      log,
      ...(options.accounts ? { accounts: options.accounts } : {}),
      ...(options.ledger ? { ledger: options.ledger } : {}),
      ...(options.delivery ? { delivery: options.delivery } : {}),
    });
    core = composed;
    if (config.profile !== "sandbox" && composed.credentials.current().length === 0)
      throw new StartRefused(
        "there is no inbound credential, so Bango could not call; add one to inbound.credentials, or make one with mia credentials new",
      );
    // Nobody else can hold a lease on this file: whoever did is dead.
    if (address.engine === "sqlite") await composed.store.voidLeases();
    const { noteClock } = options;
    const server = composeServer(noteClock ? await notingClock(composed, noteClock) : composed);
    const publicPort = await listen(server.publicApp, config.host, composed.config.port);
    const adminPort = await listen(server.adminApp, config.adminHost, config.adminPort).catch(
      async (error: unknown) => {
        await drain(publicPort, 0);
        throw error;
      },
    );
    const workers = server.startWorkers();
    for (const path of config.notInForce) log.warn("config.not_in_force", { path });
    log.info("service.started", {
      database: version,
      profile: config.profile,
      port: publicPort.port,
      adminPort: adminPort.port,
      accountSystem: composed.accounts.name,
    });
    return {
      publicPort: publicPort.port,
      adminPort: adminPort.port,
      reload: (read) => {
        reload(composed, () => asBound(read(), config, bound), log);
      },
      stop: once(async () => {
        server.drain();
        log.info("service.stopping");
        // Side by side: neither may take the time of the other.
        await Promise.all([drainAll([publicPort, adminPort]), workers.stop()]);
        await composed.close();
        await close();
        log.info("service.stopped");
      }),
    };
  } catch (error) {
    await core?.close();
    await close();
    throw error;
  }
}

/** Read back each time: what moved it has taken its time since. */
async function notingClock(core: Core, note: (now: number) => void): Promise<Core> {
  const readClock = async (): Promise<void> => {
    note((await core.store.now()).business);
  };
  await readClock();
  return {
    ...core,
    moveClock: async (move) => {
      const to = await core.moveClock(move);
      await readClock();
      return to;
    },
  };
}

/** "Any free port" is chosen before anything is composed, so that links name it. */
async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config;
  const port = await freePort(config.host);
  return {
    ...config,
    port,
    publicUrl: config.publicUrl.replace(/^(http:\/\/localhost):0$/, `$1:${String(port)}`),
  };
}

/** The port that was chosen for "any" is not one that has changed. */
const asBound = (next: Config, asked: Config, { port, publicUrl }: Config): Config =>
  next.port === asked.port && next.publicUrl === asked.publicUrl ? { ...next, port, publicUrl } : next;

function reload(core: Core, read: () => Config, log: Logger): void {
  try {
    core.reload(read());
  } catch (error) {
    // Thrown on, it would end a process that has a good configuration.
    const faults =
      error instanceof ConfigError ? error.faults : [{ path: "CONFIG_FILE", reason: nameOfError(error) }];
    for (const { path, reason } of faults) log.error("config.reload_refused", { path, reason });
  }
}

const drainAll = async (ports: readonly Listening[]): Promise<void> => {
  await Promise.all(ports.map((port) => drain(port, DRAIN_MS)));
};

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}

async function prepareTables(database: Database, migrate: boolean, log: Logger): Promise<void> {
  // Not looked at first: knex makes its own tables to look, and two processes would do so at once.
  if (migrate) {
    const applied = await migrateUp(database);
    if (applied.length > 0) log.info("migrations.applied", { count: applied.length, last: applied.at(-1) });
  }
  const { pending } = await listMigrations(database);
  if (pending.length > 0)
    throw new StartRefused(
      `${String(pending.length)} migrations are pending; run mia migrate up, or start with mia serve --migrate`,
    );
}

/** The tables of a configured database, for `mia migrate`. */
export function openTables(config: Config) {
  const database = openDatabase(parseDatabaseUrl(config.databaseUrl));
  return {
    database,
    up: () => migrateUp(database),
    down: () => migrateDown(database),
    status: () => listMigrations(database),
    version: () => database.version(),
    close: () => database.close(),
  };
}
