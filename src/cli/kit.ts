import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { ConfigError } from "../config/environment.js";
import { checkList, closeAfter, runKit } from "../kit/kit.js";
import type { CheckReport, KitReport, KitSettings } from "../kit/kit.js";
import type { Cli } from "./cli.js";
import { settingsOfConfig } from "./kit-of-config.js";
import { kitSettingsOf } from "./kit-settings.js";
import { loadSubject } from "./load-subject.js";
import type { LoadedSubject } from "./load-subject.js";
import { withAccounts } from "./with-core.js";

interface KitOptions {
  readonly options: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly only?: readonly string[];
  readonly yes: boolean;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  mia kit
  mia kit ./my-accounts.js
  mia kit ./my-accounts.js --only repeat --only parallel
  mia kit ./my-accounts.js --settings '{"refused": {"sharedCustomerId": "minor"}}'
  mia kit ./my-accounts.js --options '{"token": "env:ACCOUNTS_TOKEN"}' --settings '{"secrets": ["env:ACCOUNTS_TOKEN"]}'

Checks: ${checkList.map(({ id }) => id).join(", ")}.`;

const MISUSE = { exitCode: 2 };

export function addKit(program: Command, cli: Cli): void {
  program
    .command("kit")
    .argument(
      "[module]",
      "a file, as ./my-accounts.js, or a package; without it, the configured account system",
    )
    .description("check an account system of your own; ends with 1 where a check has failed")
    .option("--options <json>", "what the module's factory is handed", jsonObject, {})
    .option(
      "--settings <json>",
      "what the kit is to ask for: entitlement, changed, refused, slow, secrets, deadlineMs",
      jsonObject,
      {},
    )
    .option("--only <id>", "run this check alone; may be repeated", checkId)
    .option(
      "--yes",
      "outside the sandbox: I know that subscriptions are made in the configured system",
      false,
    )
    .option("--json", "machine-readable", false)
    .addHelpText("after", EXAMPLES)
    .action(async (named: string | undefined, given: KitOptions, command: Command) => {
      const misuse = (text: string): never => command.error(`error: ${text}`, MISUSE);
      const { options, settings: wished } = resolved(cli, given, misuse);
      const checked = kitSettingsOf(wished);
      if (typeof checked === "string") return misuse(`--settings: ${checked}`);
      const settings = { ...checked, ...(given.only && { only: given.only }) };
      // Somebody else's code runs from here on, and may hold the process.
      cli.leave();
      if (named === undefined) return judgeConfigured(cli, settings, given, misuse);
      const subject = await loadSubject(named, process.cwd(), options);
      if (typeof subject === "string") return misuse(subject);
      await report(subject, settings, { cli, asJson: given.json });
      return undefined;
    });
}

/** What the configuration says of it counts where the settings do not say otherwise. */
async function judgeConfigured(
  cli: Cli,
  settings: KitSettings,
  { yes, json }: KitOptions,
  misuse: (text: string) => never,
): Promise<undefined> {
  if (cli.config().profile !== "sandbox" && !yes)
    misuse("it makes and ends subscriptions in the configured account system; say --yes if you mean it");
  await withAccounts(cli, async (system, config) => {
    if (!json) cli.print(`account system: ${system.name}\n`);
    const known = settingsOfConfig(config);
    const secrets = [...known.secrets, ...(settings.secrets ?? [])];
    const subject = { make: () => ({ system }), close: async () => system.close?.() };
    await report(subject, { ...known, ...settings, secrets }, { cli, asJson: json });
  });
  return undefined;
}

function resolved(
  cli: Cli,
  { options, settings }: KitOptions,
  misuse: (text: string) => never,
): Pick<KitOptions, "options" | "settings"> {
  try {
    return {
      options: cli.resolve(options, "--options") as KitOptions["options"],
      settings: cli.resolve(settings, "--settings") as KitOptions["settings"],
    };
  } catch (error) {
    if (error instanceof ConfigError) return misuse(error.message);
    throw error;
  }
}

async function report(
  { make, close }: LoadedSubject,
  settings: KitSettings,
  { cli, asJson }: { readonly cli: Cli; readonly asJson: boolean },
): Promise<void> {
  // It takes some seconds: whoever waits sees each check as it ends.
  const { checks, ok } = await runKit(make, settings, (check) => {
    if (!asJson) cli.print(linesOfCheck(check).join("\n"));
  });
  const left = await closeAfter(close, settings);
  cli.print(asJson ? JSON.stringify({ ok, checks }, null, 2) : `\n${sumOf({ ok, checks })}`);
  if (left !== undefined) cli.fail(left);
  const failed = checks.filter(({ state }) => state === "failed").length;
  if (failed > 0) cli.fail(`${String(failed)} of ${String(checks.length)} checks failed`);
}

function jsonObject(text: string): unknown {
  const refused = new InvalidArgumentError("a JSON object");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused;
    return value;
  } catch {
    throw refused;
  }
}

function checkId(id: string, before: readonly string[] = []): readonly string[] {
  if (!checkList.some((check) => check.id === id))
    throw new InvalidArgumentError("mia kit --help lists the checks");
  return [...before, id];
}

const MARKS: Record<CheckReport["state"], string> = {
  passed: "ok",
  failed: "FAIL",
  notOffered: "-",
  notSeen: "?",
};

function sumOf({ checks }: KitReport): string {
  const count = (state: CheckReport["state"]) => checks.filter((check) => check.state === state).length;
  const ms = checks.reduce((sum, check) => sum + check.ms, 0);
  return `${String(count("passed"))} passed, ${String(count("failed"))} failed, ${String(count("notOffered"))} not offered, ${String(count("notSeen"))} not to be seen, in ${(ms / 1000).toFixed(1)} s`;
}

function linesOfCheck({ id, title, state, finding, because }: CheckReport): string[] {
  const head = `${MARKS[state].padEnd(5)} ${id.padEnd(16)} ${title}${because === undefined ? "" : ` (${because})`}`;
  if (!finding) return [head];
  const { what, why, fix } = finding;
  return [head, `      what: ${what}`, `      why:  ${why}`, `      fix:  ${fix}`];
}
