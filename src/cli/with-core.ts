import { composeCore, openAccounts } from "../compose.js";
import type { Core, Parts } from "../compose.js";
import type { Config } from "../config/config.js";
import { pinoLogger } from "../logger.js";
import type { AccountSystem } from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";
import { StartRefused, openTables } from "../serve.js";
import type { Database } from "../store/database.js";
import type { Cli } from "./cli.js";

/** Runs an action on the configured database, with the use cases and without the ports and workers. */
export const withCore = (
  cli: Cli,
  action: (core: Core) => Promise<void>,
  parts: Pick<Parts, "observeAccounts"> = {},
): Promise<void> =>
  withTables(cli, async (config, database, log) => {
    const core = await composeCore(config, { ...parts, database, log });
    await action(core).finally(core.close);
  });

/** Runs an action on the configured account system as it is, without hooks and limits; the action closes it. */
export const withAccounts = (
  cli: Cli,
  action: (accounts: AccountSystem, config: Config) => Promise<void>,
): Promise<void> =>
  withTables(cli, async (config, database, log) =>
    action(await openAccounts(config, { database, log }), config),
  );

async function withTables(
  cli: Cli,
  action: (config: Config, database: Database, log: Logger) => Promise<void>,
): Promise<void> {
  const config = cli.config();
  const tables = openTables(config);
  try {
    const { pending } = await tables.status();
    if (pending.length > 0)
      throw new StartRefused("this database has pending migrations; run mia migrate up");
    // What a command prints may be JSON for a program: the log has no place in it.
    await action(config, tables.database, pinoLogger("error", process.stderr));
  } finally {
    await tables.close();
  }
}
