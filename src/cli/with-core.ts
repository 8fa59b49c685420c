import { composeCore } from "../compose.js";
import type { Core, Parts } from "../compose.js";
import { pinoLogger } from "../logger.js";
import { StartRefused, openTables } from "../serve.js";
import type { Cli } from "./cli.js";

/** Runs an action on the configured database, with the use cases and without the ports and workers. */
export async function withCore(
  cli: Cli,
  action: (core: Core) => Promise<void>,
  parts: Pick<Parts, "observeAccounts"> = {},
): Promise<void> {
  const config = cli.config();
  const tables = openTables(config);
  try {
    const { pending } = await tables.status();
    if (pending.length > 0)
      throw new StartRefused("this database has pending migrations; run mia migrate up");
    // What a command prints may be JSON for a program: the log has no place in it.
    const log = pinoLogger("error", process.stderr);
    const core = await composeCore(config, { ...parts, database: tables.database, log });
    await action(core).finally(core.close);
  } finally {
    await tables.close();
  }
}
