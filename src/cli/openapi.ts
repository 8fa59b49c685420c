import { Option } from "commander";
import type { Command } from "commander";
import { merchantOpenApi, openApi } from "../compose.js";
import type { Cli } from "./cli.js";

const DOCUMENTS = {
  server: (cli: Cli, url: string) => openApi(cli.contract(), url),
  merchant: (_cli: Cli, url: string) => merchantOpenApi(url),
};

export function addOpenApi(program: Command, cli: Cli): void {
  program
    .command("openapi")
    .description(
      "print the OpenAPI 3.1 document of the Server API, as your contract has it, or of the Merchant API",
    )
    .addOption(
      new Option("--api <which>", "whose document")
        .choices(Object.keys(DOCUMENTS))
        .default("server" satisfies keyof typeof DOCUMENTS),
    )
    .option("--server <url>", "the server that it names", "https://merchant.example.com")
    .option("--json", "machine-readable, as it always is", false)
    .addHelpText(
      "after",
      "\nExamples:\n  mia openapi > merchant-interface.json\n  mia openapi --api merchant > merchant-api.json",
    )
    .action(({ api, server }: { api: keyof typeof DOCUMENTS; server: string }) => {
      cli.print(JSON.stringify(DOCUMENTS[api](cli, server), null, 2));
    });
}
