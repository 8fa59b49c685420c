import { userInfo } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { toIso } from "../core/dates.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

const LIST_MAX = 500;

export function addUnknown(program: Command, cli: Cli): void {
  const unknown = program
    .command("unknown")
    .description("calls of which nobody knows yet whether the account system has done them")
    .addHelpText("after", "\nExample:\n  mia unknown list");
  unknown
    .command("list")
    .description("the open ones, oldest first")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia unknown list")
    .action(({ json }: { json: boolean }) => withCore(cli, (core) => list(core, cli, json)));
  unknown
    .command("settle")
    .argument("<key>", "as mia unknown list shows it")
    .description("decide one by hand, when you have looked into the account system yourself")
    .addOption(
      new Option("--as <outcome>", "what the account system has")
        .choices(["done", "absent"])
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "why you are sure; kept with the call")
    .option(
      "--period-ends <date>",
      "for a cancel that is done: when the paid period ends; without it, access has ended",
      instant,
    )
    .option("--account-reference <text>", "for an activation that is done: what the account is called there")
    // A key may begin with a dash, and is no option then; `-h` and more may be the beginning of one.
    .allowUnknownOption()
    .helpOption("--help", "display help for command")
    .option("--json", "machine-readable", false)
    .addHelpText(
      "after",
      "\nExample:\n  mia unknown settle pZ2…Q --as done --reason 'subscription 4711 is suspended, ticket 12'",
    )
    .action((key: string, options: SettleOptions) =>
      withCore(cli, async ({ settleByHand }) => {
        const by = `operator ${userName()}`;
        const outcome = await settleByHand({
          journalKey: key,
          as: options.as,
          reason: options.reason,
          by,
          accountReference: options.accountReference,
          periodEndsAt: options.periodEnds,
        });
        if (outcome === "settled")
          cli.print(
            options.json ? JSON.stringify({ key, settled: options.as }) : `Settled as ${options.as}.`,
          );
        else cli.fail(`${key} is not open: it has been settled, or a process works on it now.`);
      }),
    );
}

interface SettleOptions {
  readonly as: "done" | "absent";
  readonly reason: string;
  readonly accountReference?: string;
  readonly periodEnds?: number;
  readonly json: boolean;
}

/** A container may run under a user id that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `with user id ${String(process.getuid?.())}`;
  }
}

function instant(text: string): number {
  const value = Date.parse(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError("a date and time in ISO 8601");
  return value;
}

async function list(
  { store }: Parameters<Parameters<typeof withCore>[1]>[0],
  cli: Cli,
  json: boolean,
): Promise<void> {
  const rows = (await store.listUnknownRows(LIST_MAX)).map((row) => ({
    key: row.journalKey,
    operation: row.command.operation,
    owner: row.command.owner,
    state: row.state,
    merchantEntitlementId: row.merchantEntitlementId,
    entitlementId: row.command.activation?.entitlementId ?? null,
    requestId: row.command.requestId,
    since: toIso(row.createdAt),
    looks: row.settleCount,
  }));
  if (json) cli.print(JSON.stringify(rows));
  else if (rows.length === 0) cli.print("none");
  else
    for (const row of rows)
      cli.print(
        `${row.key}  ${row.operation.padEnd(10)}${row.state.padEnd(9)}${row.since}  ${row.merchantEntitlementId}  looked ${String(row.looks)} times`,
      );
}
