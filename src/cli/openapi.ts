import type { Command } from "commander";
import { openApi } from "../compose.js";
import type { Cli } from "./cli.js";

export function addOpenApi(program: Command, cli: Cli): void {
  program
    .command("openapi")
    .description("print the OpenAPI 3.1 document of the Server API, as your contract has it")
    .option("--server <url>", "the server that it names", "https://merchant.example.com")
    .option("--json", "machine-readable, as it always is", false)
    .addHelpText("after", "\nExample:\n  mia openapi > merchant-interface.json")
    .action(({ server }: { server: string }) => {
      cli.print(JSON.stringify(openApi(cli.contract(), server), null, 2));
    });
}
