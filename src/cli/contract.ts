import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import { parse } from "yaml";
import { diffContract, presentContract } from "../compose.js";
import type { ContractDiff } from "../compose.js";
import { ConfigError } from "../config/environment.js";
import type { Cli } from "./cli.js";

export function addContract(program: Command, cli: Cli): void {
  const contract = program
    .command("contract")
    .description("the contract with Bango")
    .addHelpText("after", "\nExample:\n  mia contract diff onboarding.yaml");
  contract
    .command("diff")
    .argument("<file>", "OpenAPI 3 or Swagger 2, as JSON or YAML")
    .description("which keys to set for a document of Bango's; ends with 1 where there are any")
    .addOption(new Option("--json", "machine-readable").default(false))
    .addHelpText("after", "\nExample:\n  mia contract diff onboarding.yaml")
    .action((file: string, { json }: { json: boolean }, command: Command) => {
      const { present, comparedWith } = effective(cli);
      const { diff, fault } = diffContract(read(file, command), present);
      if (diff === null) command.error(`error: ${file} cannot be compared: ${fault}`, { exitCode: 2 });
      cli.print(
        json ? JSON.stringify({ comparedWith, ...view(diff) }, null, 2) : text(diff, comparedWith).join("\n"),
      );
      const open = diff.unmatched.filter(({ side }) => side === "document").length;
      if (diff.differences.length > 0 || open > 0)
        cli.fail(
          `${String(diff.differences.length)} keys to set, ${String(open)} parts of the document left over`,
        );
    });
}

/** A configuration that does not load yet, at onboarding, is no reason not to look at a document. */
function effective(cli: Cli) {
  try {
    const { bango, file } = cli.config();
    return {
      present: presentContract(cli.contract(), bango ?? file.bango),
      comparedWith: "this configuration",
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = `since the configuration does not load (${String(error.faults.length)} faults; mia serve lists them)`;
    const own = ownContract(cli);
    return own === null
      ? { present: presentContract(), comparedWith: `the default contract, ${why}` }
      : {
          present: presentContract(own),
          comparedWith: `the contract of the file, or the default one, ${why}`,
        };
  }
}

/** The file's section; null where there is no file, or the section itself cannot be served. */
function ownContract(cli: Cli) {
  try {
    return cli.contract();
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

function read(file: string, command: Command): unknown {
  try {
    // JSON is YAML too. Aliases are few in documents that mean well.
    return parse(readFileSync(resolve(file), "utf8"), { maxAliasCount: 100, logLevel: "silent" }) as unknown;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return command.error(`error: ${file} cannot be read: ${code ?? "it is neither JSON nor YAML"}`, {
      exitCode: 2,
    });
  }
}

const view = ({ differences, ...diff }: ContractDiff) => ({
  ...diff,
  differences: differences.map(({ key, ...rest }) => ({ key: key.join("."), ...rest })),
});

function text(diff: ContractDiff, comparedWith: string): string[] {
  const { matched, differences, settings, unmatched } = diff;
  const list = (side: string): string[] =>
    unmatched.filter((one) => one.side === side).map(({ what, reason }) => `  ${what}\n    ${reason}`);
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", title, ...lines];
  return [
    `Compared with ${comparedWith}: ${String(matched.length)} calls found, ${String(differences.length)} keys to set.`,
    ...part(
      "Calls:",
      matched.map(({ ours, document }) => `  ${ours.padEnd(16)}${document}`),
    ),
    ...part(
      "Keys of mia.config.json:",
      differences.map(
        ({ key, value, present, from }) =>
          `  ${key.join(".")}\n    ${JSON.stringify(value)}, now ${JSON.stringify(present)}${from === null ? "" : `, for ${from}`}`,
      ),
    ),
    ...part("Of the document, without a place with us:", list("document")),
    ...part("Of ours, not in the document:", list("ours")),
    ...part(
      "To paste, once you have looked at each key:",
      differences.length === 0 ? [] : [JSON.stringify(settings, null, 2)],
    ),
  ];
}
