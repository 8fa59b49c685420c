import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { pinoLogger } from "../logger.js";
import { startService } from "../serve.js";
import type { RunningService } from "../serve.js";
import type { Config } from "../config/config.js";
import { untilSignalled } from "./serve.js";
import type { Cli } from "./cli.js";

export function addSandbox(program: Command, cli: Cli): void {
  program
    .command("sandbox")
    .description(
      "run everything on this machine with generated credentials, an embedded database and demo accounts",
    )
    .addHelpText("after", "\nExample:\n  PORT=8080 mia sandbox")
    .action(async () => {
      const config = cli.config({ MIA_PROFILE: "sandbox" });
      const service = await startService(config, { log: pinoLogger(config.logLevel), migrate: true });
      cli.print(welcome(config, service));
      await untilSignalled(service);
    });
}

/** What a newcomer needs: addresses, credentials, and one call to try. Each secret stands here once. */
function welcome({ sandbox, file }: Config, { publicPort, adminPort }: RunningService): string {
  const base = `http://localhost:${String(publicPort)}`;
  const [credential] = file.inbound.credentials;
  const own = credential?.id !== "sandbox";
  const direct = file.resellers
    .flatMap(({ resellerId, products }) => products.map((product) => ({ resellerId, ...product })))
    .find(({ activation }) => activation === "immediate");
  const body = {
    entitlementId: randomUUID(),
    resellerId: direct?.resellerId ?? file.resellers[0]?.resellerId,
    productKey: direct?.productKey ?? file.resellers[0]?.products[0]?.productKey,
    sharedCustomerId: `customer-${randomUUID().slice(0, 8)}`,
  };
  return `
  merchant-interface-adapter, sandbox

  Server API (Bango calls it)   ${base}/bango/v1
  Admin port                    http://localhost:${String(adminPort)}   (/openapi.json, /sandbox/clock, /sandbox/ledger)
  Bango's credentials           ${own ? "as in your configuration file" : "in MIA_USER below, as user:password"}
  Admin token                   ${file.admin.tokens[0]?.id === "sandbox" ? (sandbox?.adminToken ?? "") : "as in your configuration file"}

  Try it: this activates an entitlement and answers 201 ACTIVE.

  export MIA=${base}/bango/v1 MIA_USER='${own ? "user:password" : `${sandbox?.username ?? ""}:${sandbox?.password ?? ""}`}'
  curl -i -u "$MIA_USER" -H 'Content-Type: application/json' \\
    -d '${JSON.stringify(body)}' $MIA/entitlement

  Then go on with README.md, "Try it". Ctrl-C stops everything.
`;
}
