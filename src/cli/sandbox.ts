import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { pinoLogger } from "../logger.js";
import { startService } from "../serve.js";
import type { RunningService } from "../serve.js";
import type { Config } from "../config/config.js";
import type { Contract } from "../contract/contract.js";
import { startSimulator } from "../simulator/start-simulator.js";
import { untilSignalled } from "./serve.js";
import type { Cli } from "./cli.js";
import { routesOf, unspokenBy } from "./simulator-routes.js";

export function addSandbox(program: Command, cli: Cli): void {
  program
    .command("sandbox")
    .description(
      "run everything on this machine with generated credentials, an embedded database and demo accounts",
    )
    .addHelpText("after", "\nExample:\n  PORT=8080 mia sandbox")
    .option("--json", "print addresses and credentials as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      await untilSignalled(() => startSandbox(cli, json));
    });
}

const SIMULATOR_USERNAME = "merchant";

/** The simulator first, since the adapter has to know where its Bango is. */
async function startSandbox(cli: Cli, json: boolean): Promise<RunningService> {
  const own = cli.config({ MIA_PROFILE: "sandbox" });
  const log = pinoLogger(own.logLevel);
  const contract = cli.contract();
  const unspoken = unspokenBy(contract);
  if (unspoken.length > 0) log.warn("simulator.speaks_default_names", { ignored: unspoken.join(", ") });
  let adapterUrl = "";
  const bango = { username: SIMULATOR_USERNAME, password: own.sandbox?.bangoPassword ?? "" };
  const simulator = await startSimulator({
    host: "127.0.0.1",
    port: own.simulatorPort,
    adapterUrl: () => adapterUrl,
    routes: routesOf(contract),
    inbound: inboundOf(own),
    bango,
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
  try {
    const config = cli.config({
      MIA_PROFILE: "sandbox",
      SIMULATOR_PORT: String(simulator.port),
      ...(own.bango
        ? {}
        : {
            BANGO_BASE_URL: simulator.baseUrl,
            BANGO_USERNAME: bango.username,
            BANGO_PASSWORD: bango.password,
          }),
    });
    const service = await startService(config, { log, migrate: true });
    adapterUrl = `http://127.0.0.1:${String(service.publicPort)}`;
    cli.print(
      json
        ? JSON.stringify(addresses(config, service, simulator.port, contract))
        : welcome(config, service, simulator.port, contract),
    );
    return {
      ...service,
      stop: async () => {
        await simulator.stop();
        await service.stop();
      },
    };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}

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

const addresses = (
  { sandbox }: Config,
  { publicPort, adminPort }: RunningService,
  simulatorPort: number,
  contract: Contract,
) => ({
  server: `http://localhost:${String(publicPort)}${activateRoute(contract).prefix}`,
  admin: `http://localhost:${String(adminPort)}`,
  simulator: `http://localhost:${String(simulatorPort)}`,
  username: sandbox?.username,
  password: sandbox?.password,
  adminToken: sandbox?.adminToken,
});

/** What a newcomer needs: addresses, credentials, and one call to try. Each secret stands here once. */
function welcome(
  { sandbox, file }: Config,
  { publicPort, adminPort }: RunningService,
  simulatorPort: number,
  contract: Contract,
): string {
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
  Server API (Bango calls it)   ${base}${prefix}
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
