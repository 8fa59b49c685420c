import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { Core } from "../compose.js";
import { SECRET_TYPES, isCredentialName, isOutsideOwner } from "../core/credential.js";
import type { SecretType } from "../core/credential.js";
import { toIso } from "../core/dates.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

interface NewOptions {
  readonly type: SecretType;
  readonly name: string;
  readonly resellers: readonly string[] | "*";
  readonly owner: string;
  readonly json: boolean;
}

export function addCredentials(program: Command, cli: Cli): void {
  const credentials = program
    .command("credentials")
    .description("who may call: the credentials of the file, and those made here")
    .addHelpText("after", "\nExample:\n  mia credentials list");
  const make = credentials
    .command("new")
    .description("make one, and print its secret this once; every process knows it within a second or two")
    .addOption(new Option("--type <type>", "how it is shown").choices(SECRET_TYPES).makeOptionMandatory())
    .requiredOption(
      "--name <name>",
      "user name or client id; one that is there already gets a second secret, for rotation",
    )
    .option(
      "--resellers <ids>",
      "whose entitlements it may touch: ids with commas between, or *",
      resellers,
      "*",
    )
    .option(
      "--owner <owner>",
      "whose request ids these are; credentials of one owner share them",
      owner,
      "bango",
    )
    .option("--json", "machine-readable", false)
    .addHelpText(
      "after",
      "\nExample:\n  mia credentials new --type oauth2-client --name bango --resellers BANGOTEL",
    );
  make.action((options: NewOptions) => {
    if (!isCredentialName(options.type, options.name))
      make.error("error: a name has 1 to 255 printable ASCII characters; a user name has no colon", MISUSE);
    return withCore(cli, (core) => issue(core, cli, options));
  });
  credentials
    .command("list")
    .description("all of them, with their age and when each secret was last used (to the minute)")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia credentials list --json")
    .action(({ json }: { json: boolean }) => withCore(cli, (core) => list(core, cli, json)));
  const retire = credentials
    .command("retire")
    .argument("<id>", "as mia credentials list shows it")
    .description("end one for good: its secret and every token of it")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia credentials retire cred-5d1e7c2a9b670f6f1f")
    .action((id: string, { json }: { json: boolean }) =>
      withCore(cli, async ({ manageCredentials }) => {
        const outcome = await manageCredentials.retire(id);
        if (outcome === "inFile")
          retire.error(`error: ${id} is in the configuration file: take it out there`, MISUSE);
        if (outcome === "absent") cli.fail(`There is no credential ${id}.`);
        else cli.print(json ? JSON.stringify({ credentialId: id, retired: true }) : `${id} is retired.`);
      }),
    );
}

const MISUSE = { exitCode: 2 };

function resellers(text: string): readonly string[] | "*" {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.includes("")) throw new InvalidArgumentError("reseller ids with commas between, or *");
  return ids.includes("*") ? "*" : ids;
}

function owner(text: string): string {
  if (!isOutsideOwner(text))
    throw new InvalidArgumentError(
      "1 to 64 letters, digits and . _ : -, and no name of our own (clock, sign-up, …)",
    );
  return text;
}

async function issue({ manageCredentials }: Core, cli: Cli, options: NewOptions): Promise<void> {
  const { type, name, resellers: scope, owner: of, json } = options;
  const made = await manageCredentials.make({ type, name, resellers: scope, owner: of });
  if (made.kind === "refused") {
    cli.fail(`Not made: ${made.reason}.`);
    return;
  }
  const { credentialId, secret } = made;
  const words =
    type === "basic" ? { username: name, password: secret } : { clientId: name, clientSecret: secret };
  if (json) cli.print(JSON.stringify({ credentialId, type, ...words, resellers: scope, owner: of }));
  else
    cli.print(
      [
        `Made ${credentialId}. Its secret is shown this once:`,
        ...Object.entries(words).map(([key, value]) => `  ${key.padEnd(14)}${value}`),
      ].join("\n"),
    );
}

async function list({ manageCredentials, now }: Core, cli: Cli, json: boolean): Promise<void> {
  const views = await manageCredentials.list();
  const shown = views.map(({ createdAt, retiredAt, lastUsedAt, ...view }) => ({
    ...view,
    createdAt: createdAt === null ? null : toIso(createdAt),
    ageDays: createdAt === null ? null : Math.max(0, Math.floor((now() - createdAt) / DAY_MS)),
    retiredAt: retiredAt === null ? null : toIso(retiredAt),
    lastUsedAt: lastUsedAt.map((at) => (at === null ? null : toIso(at))),
  }));
  if (json) cli.print(JSON.stringify(shown));
  else if (shown.length === 0) cli.print("none");
  else for (const view of shown) cli.print(lineOf(view));
}

const DAY_MS = 86_400_000;

interface Shown {
  readonly credentialId: string;
  readonly from: string;
  readonly type: string;
  readonly name: string;
  readonly resellers: readonly string[] | "*";
  readonly owner: string;
  readonly ageDays: number | null;
  readonly retiredAt: string | null;
  readonly lastUsedAt: readonly (string | null)[];
}

function lineOf(view: Shown): string {
  const used = view.lastUsedAt.map((at) => at ?? "never");
  return [
    view.credentialId.padEnd(23),
    view.from.padEnd(5),
    view.type.padEnd(13),
    view.name,
    view.resellers === "*" ? "*" : view.resellers.join(","),
    `owner ${view.owner}`,
    view.ageDays === null ? "age unknown" : `${String(view.ageDays)} days old`,
    ...(used.length === 0 ? [] : [`last used ${used.join(" and ")}`]),
    ...(view.retiredAt === null ? [] : [`retired ${view.retiredAt}`]),
  ].join("  ");
}
