import { Argument } from "commander";
import type { Command } from "commander";
import { openTables } from "../serve.js";
import type { Cli } from "./cli.js";

export function addMigrate(program: Command, cli: Cli): void {
  program
    .command("migrate")
    .description("create and change the tables of DATABASE_URL")
    .addArgument(new Argument("[what]").choices(["up", "down", "status"]).default("up"))
    .option("--json", "machine-readable", false)
    .addHelpText(
      "after",
      "\nExamples:\n  mia migrate status\n  mia migrate up\n  mia migrate down   (takes back the newest one, with its data)",
    )
    .action(async (what: "up" | "down" | "status", { json }: { json: boolean }) => {
      const tables = openTables(cli.config());
      try {
        const database = await tables.version();
        const changed = what === "status" ? [] : await tables[what]();
        const { done, pending } = await tables.status();
        if (json) cli.print(JSON.stringify({ database, changed, done, pending }));
        else
          cli.print(
            [
              database,
              ...(what === "status"
                ? []
                : changed.map((name) => `${what === "up" ? "applied" : "taken back"}  ${name}`)),
              `${String(done.length)} applied, ${String(pending.length)} pending${pending.length === 0 ? "" : `: ${pending.join(", ")}`}`,
            ].join("\n"),
          );
      } finally {
        await tables.close();
      }
    });
}
