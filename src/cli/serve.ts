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
    .option("--json", "print the two ports as JSON once they are open", false)
    .addHelpText("after", "\nExample:\n  CONFIG_FILE=/etc/mia/mia.config.json mia serve --migrate")
    .action(async ({ migrate, json }: { migrate: boolean; json: boolean }) => {
      const config = cli.config();
      const hangUps = hearHangUps();
      await untilSignalled(async () => {
        const service = await startService(config, { log: pinoLogger(config.logLevel), migrate });
        hangUps.pass(() => {
          service.reload(cli.config);
        });
        const { publicPort, adminPort } = service;
        if (json) cli.print(JSON.stringify({ port: publicPort, adminPort }));
        return service;
      });
    });
}

/**
 * Runs until SIGTERM or SIGINT, then stops in order. One that comes while it starts is heard when it has started: a
 * service that says so must not die of the very next signal. A second signal ends the process at once. `orEnded`: what
 * ends it as well.
 */
export async function untilSignalled(
  start: () => Promise<RunningService>,
  orEnded?: Promise<void>,
): Promise<void> {
  const signal = firstSignal();
  const service = await start().catch((error: unknown) => {
    // What did not start has nothing to stop in order: the next signal ends it, as it does by itself.
    signal.forget();
    throw error;
  });
  await Promise.race([signal.heard, ...(orEnded ? [orEnded] : [])]);
  await service.stop();
}

/**
 * SIGHUP reads the configuration again. Heard from the beginning, since unheard it would end the process; one that
 * comes while we start is passed on once we have. Windows has none.
 */
function hearHangUps(): { readonly pass: (reload: () => void) => void } {
  let missed = false;
  let act = (): void => {
    missed = true;
  };
  if (process.platform !== "win32")
    process.on("SIGHUP", () => {
      act();
    });
  return {
    pass(reload) {
      act = reload;
      if (missed) reload();
    },
  };
}

const ENDING = ["SIGTERM", "SIGINT"] as const;

function firstSignal(): { readonly heard: Promise<void>; readonly forget: () => void } {
  let resolve: (() => void) | null = null;
  const heard = new Promise<void>((settle) => (resolve = settle));
  const hear = (): void => {
    if (resolve === null) process.exit(1);
    resolve();
    resolve = null;
  };
  for (const name of ENDING) process.on(name, hear);
  return {
    heard,
    forget: () => {
      for (const name of ENDING) process.off(name, hear);
    },
  };
}
