import { randomUUID } from "node:crypto";
import { Option } from "commander";
import type { Command } from "commander";
import { pinoLogger } from "../logger.js";
import { startService } from "../serve.js";
import type { RunningService } from "../serve.js";
import type { Config } from "../config/config.js";
import type { Environment } from "../config/environment.js";
import type { Logger } from "../ports/logger.js";
import type { Contract } from "../contract/contract.js";
import { startSimulator } from "../simulator/start-simulator.js";
import { untilSignalled } from "./serve.js";
import type { Cli } from "./cli.js";
import { startLantern } from "./lantern.js";
import type { Lantern } from "./lantern.js";
import { makeSandboxClock } from "./sandbox-clock.js";
import { routesOf, unspokenBy } from "./simulator-routes.js";

export function addSandbox(program: Command, cli: Cli): void {
  program
    .command("sandbox")
    .description(
      "run everything on this machine: generated credentials, an embedded database, a simulator of Bango, a streaming service",
    )
    .addHelpText("after", "\nExample:\n  PORT=8080 mia sandbox")
    .option("--json", "print addresses and credentials as JSON", false)
    .addOption(
      new Option("--accounts <which>", "the account system, where the configuration file names none")
        .choices(["lantern", "demo"])
        .default("lantern"),
    )
    .action(async (options: SandboxOptions) => {
      await untilSignalled(() => startSandbox(cli, options), parentGone());
    });
}

/** `npm start` holds a channel to us, which breaks when it is killed by itself: no sandbox stays behind. */
function parentGone(): Promise<void> {
  return new Promise((resolve) => {
    process.once("disconnect", resolve);
    // It is no reason to go on once all else has ended.
    process.channel?.unref();
  });
}

interface SandboxOptions {
  readonly json: boolean;
  /** The example streaming service through `http`, or the demo's tables. */
  readonly accounts: "lantern" | "demo";
}

const SIMULATOR_USERNAME = "merchant";

/** In this order: whoever calls first, whoever is called last. */
const STOPPED = ["simulator", "service", "lantern"] as const;

/** What surrounds the adapter first, since it has to know where its Bango and its account system are. */
async function startSandbox(cli: Cli, { json, accounts }: SandboxOptions): Promise<RunningService> {
  const own = cli.config({ MIA_PROFILE: "sandbox" });
  const log = pinoLogger(own.logLevel);
  const contract = cli.contract();
  const unspoken = unspokenBy(contract);
  if (unspoken.length > 0) log.warn("simulator.speaks_default_names", { ignored: unspoken.join(", ") });
  const started: Partial<Record<(typeof STOPPED)[number], { readonly stop: () => Promise<void> }>> = {};
  const stop = async (): Promise<void> => {
    for (const name of STOPPED) await started[name]?.stop();
  };
  try {
    let adapterUrl = "";
    const clock = makeSandboxClock();
    const simulator = await startSimulator({
      ...simulatorOptions(own, contract, log, () => adapterUrl),
      now: clock.now,
    });
    started.simulator = simulator;
    const lantern =
      !own.namesAccounts && accounts === "lantern" ? await startLantern(own, log, clock.now) : null;
    if (lantern) started.lantern = lantern;
    const config = cli.config(
      {
        MIA_PROFILE: "sandbox",
        SIMULATOR_PORT: String(simulator.port),
        ...(own.bango ? {} : bangoVariables(own, simulator.baseUrl)),
        ...lantern?.environment,
      },
      lantern?.accountSystem,
    );
    const service = await startService(config, {
      log,
      migrate: true,
      noteClock: clock.set,
      ...(lantern && { ledger: lantern.ledger }),
    });
    started.service = service;
    adapterUrl = `http://127.0.0.1:${String(service.publicPort)}`;
    const running: Running = { config, contract, service, simulatorPort: simulator.port, lantern };
    cli.print(json ? JSON.stringify(addresses(running)) : welcome(running));
    return { ...service, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const bangoVariables = ({ sandbox }: Config, baseUrl: string): Environment => ({
  BANGO_BASE_URL: baseUrl,
  BANGO_USERNAME: SIMULATOR_USERNAME,
  BANGO_PASSWORD: sandbox?.bangoPassword,
});

const simulatorOptions = (
  own: Config,
  contract: Contract,
  log: Logger,
  adapterUrl: () => string,
): Parameters<typeof startSimulator>[0] => ({
  host: "127.0.0.1",
  port: own.simulatorPort,
  adapterUrl,
  routes: routesOf(contract),
  inbound: inboundOf(own),
  bango: { username: SIMULATOR_USERNAME, password: own.sandbox?.bangoPassword ?? "" },
  products: own.file.resellers.flatMap(({ resellerId, products }) =>
    products
      // Of a catch-all there is no name to sell under.
      .filter(({ productKey }) => resellerId !== "*" && productKey !== "*")
      .map(({ productKey, activation }) => ({ resellerId, productKey, activation })),
  ),
  log: (event, fields) => {
    log.debug(event, fields);
  },
});

/** What the simulated Bango sends: the first Basic credential whose secret is known. */
function inboundOf({ file }: Config): { readonly username: string; readonly password: string } {
  for (const credential of file.inbound.credentials)
    if (credential.type === "basic" && credential.password?.[0] !== undefined)
      return { username: credential.username, password: credential.password[0] };
  return { username: "", password: "" };
}

/** The path of activate, whose beginning the other default routes have in common. */
function activateRoute({ operations }: Contract): { readonly prefix: string; readonly rest: string } {
  const path = operations.activate.path ?? "";
  const at = path.lastIndexOf("/");
  return { prefix: path.slice(0, at), rest: path.slice(at) };
}

interface Running {
  readonly config: Config;
  readonly contract: Contract;
  readonly service: RunningService;
  readonly simulatorPort: number;
  readonly lantern: Lantern | null;
}

const addresses = ({ config: { sandbox }, contract, service, simulatorPort, lantern }: Running) => ({
  server: `http://localhost:${String(service.publicPort)}${activateRoute(contract).prefix}`,
  admin: `http://localhost:${String(service.adminPort)}`,
  simulator: `http://localhost:${String(simulatorPort)}`,
  ...(lantern && { streamingService: lantern.baseUrl }),
  username: sandbox?.username,
  password: sandbox?.password,
  adminToken: sandbox?.adminToken,
});

/** What a newcomer needs: addresses, credentials, and one call to try. Each secret stands here once. */
function welcome({ config: { sandbox, file }, contract, service, simulatorPort, lantern }: Running): string {
  const { publicPort, adminPort } = service;
  const { prefix, rest } = activateRoute(contract);
  const { method, success } = contract.operations.activate;
  const base = `http://localhost:${String(publicPort)}`;
  const [credential] = file.inbound.credentials;
  const own = credential?.id !== "sandbox";
  const direct = file.resellers
    .flatMap(({ resellerId, products }) => products.map((product) => ({ resellerId, ...product })))
    .find(({ activation }) => activation === "immediate");
  const id = randomUUID();
  const body = {
    requestId: id,
    entitlementId: id,
    resellerId: direct?.resellerId ?? file.resellers[0]?.resellerId,
    productKey: direct?.productKey ?? file.resellers[0]?.products[0]?.productKey,
    sharedCustomerId: `customer-${id.slice(0, 8)}`,
  };
  return `
  merchant-interface-adapter, sandbox

  Simulator, in a browser       http://localhost:${String(simulatorPort)}   (plays Bango and the reseller BangoTel)
${lantern ? `  Lantern, a streaming service  ${lantern.baseUrl}   (the merchant: /watch, and /operator for its staff)\n` : ""}  Server API (Bango calls it)   ${base}${prefix}
  Admin port                    http://localhost:${String(adminPort)}   (/merchant/v1, /openapi.json, /sandbox/clock, /sandbox/ledger)
  Bango's credentials           ${own ? "as in your configuration file" : "in MIA_USER below, as user:password"}
  Admin token                   ${file.admin.tokens[0]?.id === "sandbox" ? (sandbox?.adminToken ?? "") : "as in your configuration file"}

  Try it: this activates an entitlement and answers ${String(success.created.status)} ACTIVE.

  export MIA=${base}${prefix} MIA_USER='${own ? "user:password" : `${sandbox?.username ?? ""}:${sandbox?.password ?? ""}`}' ID=${id}
  curl -i${method === "POST" ? "" : ` -X ${method}`} -u "$MIA_USER" -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(body)}' $MIA${rest}

  Then go on with README.md, "Try it". Ctrl-C stops everything.
`;
}
