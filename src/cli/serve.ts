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
      await untilSignalled(await startService(config, { log: pinoLogger(config.logLevel), migrate }));
    });
}

/** Runs until SIGTERM or SIGINT, then stops in order. A second signal ends the process at once. */
export function untilSignalled(service: RunningService): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      service.stop().then(resolve, reject);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}
