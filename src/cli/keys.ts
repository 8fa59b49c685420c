import { Option } from "commander";
import type { Command } from "commander";
import { toIso } from "../core/dates.js";
import type { Core } from "../compose.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

type Purpose = "signing" | "link";

export function addKeys(program: Command, cli: Cli): void {
  const keys = program
    .command("keys")
    .description("the keys that sign access tokens and make activation links, shared by all processes")
    .addHelpText("after", "\nExample:\n  mia keys list");
  keys
    .command("new")
    .description(
      "make one; within a second or two every process uses it, and still takes what older ones made",
    )
    .addOption(
      new Option("--purpose <purpose>", "what it is for").choices(["signing", "link"]).default("signing"),
    )
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia keys new --purpose signing")
    .action(({ purpose, json }: { purpose: Purpose; json: boolean }) =>
      withCore(cli, async ({ manageKeys }) => {
        const keyId = await manageKeys.make(purpose);
        cli.print(json ? JSON.stringify({ keyId, purpose }) : `Made ${keyId}. It is in use now.`);
      }),
    );
  keys
    .command("list")
    .description("all of them, newest first")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia keys list --json")
    .action(({ json }: { json: boolean }) => withCore(cli, (core) => list(core, cli, json)));
  keys
    .command("retire")
    .argument("<keyId>", "as mia keys list shows it")
    .description("delete one that is no longer in use: what it has made is worth nothing from then on")
    .option("--now", "though tokens that were signed with it may still be in use", false)
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia keys retire signing-1")
    .action((keyId: string, options: { now: boolean; json: boolean }) =>
      withCore(cli, (core) => retire(core, cli, keyId, options)),
    );
}

async function list({ manageKeys }: Core, cli: Cli, json: boolean): Promise<void> {
  const views = (await manageKeys.list()).map((view) => ({ ...view, createdAt: toIso(view.createdAt) }));
  if (json) cli.print(JSON.stringify(views));
  else
    for (const { keyId, purpose, createdAt, inUse } of views)
      cli.print(`${keyId.padEnd(22)}${purpose.padEnd(9)}${createdAt}${inUse ? "  in use" : ""}`);
}

async function retire(
  { manageKeys }: Core,
  cli: Cli,
  keyId: string,
  { now, json }: { readonly now: boolean; readonly json: boolean },
): Promise<void> {
  const outcome = await manageKeys.retire(keyId, { now });
  if (outcome.kind === "absent") cli.fail(`There is no key ${keyId}.`);
  else if (outcome.kind === "refused") cli.fail(`${keyId} stays: ${outcome.reason}.`);
  else cli.print(json ? JSON.stringify({ keyId, retired: true }) : `${keyId} is retired.`);
}
