import type { Command } from "commander";
import { pinoLogger } from "../logger.js";
import { startService } from "../serve.js";
import type { RunningService } from "../serve.js";
import type { Cli } from "./cli.js";

export function addServe(program: Command, cli: Cli): void {
  program
    .command("serve")
    .description("run the adapter: the public port for Bango and customers, the admin port for you")
    .option("--migrate", "apply pending migrations first", false)
    .addHelpText("after", "\nExample:\n  CONFIG_FILE=/etc/mia/mia.config.json mia serve --migrate")
    .action(async ({ migrate }: { migrate: boolean }) => {
      const config = cli.config();
      await untilSignalled(() => startService(config, { log: pinoLogger(config.logLevel), migrate }));
    });
}

/**
 * Runs until SIGTERM or SIGINT, then stops in order. One that comes while it starts is heard when it has started: a
 * service that says so must not die of the very next signal. A second signal ends the process at once.
 */
export async function untilSignalled(start: () => Promise<RunningService>): Promise<void> {
  const signalled = firstSignal();
  const service = await start();
  await signalled;
  await service.stop();
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let heard = false;
    const hear = (): void => {
      if (heard) process.exit(1);
      heard = true;
      resolve();
    };
    process.on("SIGTERM", hear);
    process.on("SIGINT", hear);
  });
}
