import { Command, CommanderError } from "commander";
import type { Config } from "../config/config.js";
import { ConfigError, resolveReferences } from "../config/environment.js";
import type { ConfigFault, Environment } from "../config/environment.js";
import { loadConfig, loadContract } from "../config/load-config.js";
import { StartRefused } from "../serve.js";
import { addAccounts } from "./accounts.js";
import type { Cli } from "./cli.js";
import { addContract } from "./contract.js";
import { addCredentials } from "./credentials.js";
import { addEntitlement } from "./entitlement.js";
import { addKeys } from "./keys.js";
import { addKit } from "./kit.js";
import { addMigrate } from "./migrate.js";
import { addOpenApi } from "./openapi.js";
import { addOutbox } from "./outbox.js";
import { addSandbox } from "./sandbox.js";
import { addServe } from "./serve.js";
import { addUnknown } from "./unknown.js";

const FOUND_FAULT = 1;
const MISUSE = 2;

/**
 * Runs one command of `mia`; resolves to its exit code: 0, 1 it found a fault, 2 misuse. `leave` is called where the
 * process is to end even if something in it keeps it going.
 */
export async function runCli(
  argv: readonly string[],
  env: Environment,
  folder: string,
  leave: () => void = () => undefined,
): Promise<number> {
  let code = 0;
  let config: Config | null = null;
  const cli: Cli = {
    config: (overrides = {}, sandboxAccounts) =>
      (config = loadConfig({ ...env, ...overrides }, folder, sandboxAccounts)),
    contract: () => loadContract(env, folder),
    resolve: (value, path) => {
      const faults: ConfigFault[] = [];
      const resolved = resolveReferences(value, path, env, faults);
      if (faults.length > 0) throw new ConfigError(faults);
      return resolved;
    },
    print: (text) => process.stdout.write(`${text}\n`),
    fail: (text) => {
      process.stderr.write(`${text}\n`);
      code = FOUND_FAULT;
    },
    leave,
  };
  const program = new Command("mia")
    .description("The merchant's side of Bango Resale, in front of your own account system.")
    .addHelpText("after", "\nExample:\n  mia sandbox")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const add of [
    addServe,
    addSandbox,
    addMigrate,
    addEntitlement,
    addOutbox,
    addUnknown,
    addAccounts,
    addContract,
    addCredentials,
    addKeys,
    addOpenApi,
    addKit,
  ])
    add(program, cli);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSE;
    cli.fail(explain(error, config));
  }
  return code;
}

function explain(error: unknown, config: Config | null): string {
  if (error instanceof ConfigError)
    return `The configuration has ${String(error.faults.length)} fault(s), so nothing was started:\n${error.faults
      .map(({ path, reason, fix }) => `- ${path}: ${reason}.\n  ${fix}.`)
      .join("\n")}`;
  if (error instanceof StartRefused) return `Not started: ${error.message}.`;
  if (!(error instanceof Error)) return "failed";
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE")
    return `Not started: port ${String(port)} is taken; set ${portVariables(config, port).join(" or ")}.`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** Which variables say, or would say, that it is this port. */
function portVariables(config: Config | null, port: number | undefined): string[] {
  const ours = config && { PORT: config.port, ADMIN_PORT: config.adminPort };
  const beside = config?.profile === "sandbox" && {
    SIMULATOR_PORT: config.simulatorPort,
    EXAMPLE_OTT_PORT: config.exampleOttPort,
  };
  const names = Object.entries({ ...ours, ...beside }).flatMap(([name, at]) => (at === port ? [name] : []));
  return names.length > 0 ? names : ["PORT", "ADMIN_PORT"];
}
