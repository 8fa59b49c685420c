import { Option } from "commander";
import type { Command } from "commander";
import type { Core } from "../compose.js";
import { toIso } from "../core/dates.js";
import { MESSAGE_KINDS } from "../core/outbox.js";
import { wholeNumber } from "./arguments.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

const STATES = ["pending", "delivered", "superseded", "ended", "dead", "dropped", "disabled"];
interface Filter {
  readonly state?: string;
  readonly kind?: string;
  readonly entitlement?: string;
  readonly limit: number;
  readonly json: boolean;
}

export function addOutbox(program: Command, cli: Cli): void {
  const outbox = program
    .command("outbox")
    .description("what Bango has to be told, and what became of it")
    .addHelpText("after", "\nExample:\n  mia outbox list --state dead");
  filtered(outbox.command("list"))
    .description("messages, newest first")
    .addHelpText("after", "\nExample:\n  mia outbox list --state pending --kind activate")
    .action((filter: Filter) => withCore(cli, (core) => list(core, cli, filter)));
  outbox
    .command("show")
    .argument("<messageId>", "as mia outbox list shows it")
    .description("one message with every attempt to send it")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia outbox show 019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11")
    .action((id: string, { json }: { json: boolean }) => withCore(cli, (core) => show(core, cli, id, json)));
  filtered(outbox.command("replay"))
    .argument("[messageId]", "one message; without it, those that the filter finds")
    .description(
      "send dead, dropped or disabled messages again; one that is no longer so is dropped as superseded instead",
    )
    .addHelpText("after", "\nExample:\n  mia outbox replay --state dead --kind terminate")
    .action((id: string | undefined, filter: Filter) =>
      withCore(cli, (core) =>
        each(core, cli, { id, filter, verb: "replayed", act: core.store.replayMessage }),
      ),
    );
  filtered(outbox.command("drop"))
    .argument("[messageId]", "one message; without it, those that the filter finds")
    .description("give pending or dead messages up: Bango is not told")
    .addHelpText("after", "\nExample:\n  mia outbox drop 019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11")
    .action((id: string | undefined, filter: Filter) =>
      withCore(cli, (core) => each(core, cli, { id, filter, verb: "dropped", act: core.store.dropMessage })),
    );
}

const filtered = (command: Command): Command =>
  command
    .addOption(new Option("--state <state>", "only in this state").choices(STATES))
    .addOption(new Option("--kind <kind>", "only of this kind").choices([...MESSAGE_KINDS]))
    .option("--entitlement <id>", "only of this entitlement (merchantEntitlementId)")
    .option("--limit <n>", "so many", wholeNumber, 100)
    .option("--json", "machine-readable", false);

const find = ({ store }: Core, { state, kind, entitlement, limit }: Filter) =>
  store.listMessages({ state, kind, merchantEntitlementId: entitlement, limit });

type Message = Awaited<ReturnType<typeof find>>[number];

export const messageView = (message: Message) => ({
  messageId: message.messageId,
  merchantEntitlementId: message.merchantEntitlementId,
  kind: message.kind,
  state: message.state,
  attempts: message.attempts,
  body: message.body,
  createdAt: toIso(message.createdAt),
  finishedAt: message.finishedAt === null ? null : toIso(message.finishedAt),
});

async function list(core: Core, cli: Cli, filter: Filter): Promise<void> {
  const messages = await find(core, filter);
  if (filter.json) cli.print(JSON.stringify(messages.map(messageView)));
  else if (messages.length === 0) cli.print("none");
  else
    for (const message of messages) {
      const { messageId, kind, state, attempts, createdAt, merchantEntitlementId } = messageView(message);
      cli.print(
        [
          messageId,
          kind.padEnd(9),
          state.padEnd(10),
          createdAt,
          merchantEntitlementId,
          `${String(attempts)} attempts`,
        ].join("  "),
      );
    }
}

async function show({ store }: Core, cli: Cli, messageId: string, json: boolean): Promise<void> {
  const message = await store.findMessage(messageId);
  if (message === null) {
    cli.fail(`There is no message ${messageId}.`);
    return;
  }
  const attempts = (await store.listAttempts(messageId)).map(({ messageId: _messageId, at, ...rest }) => ({
    at: toIso(at),
    ...rest,
  }));
  const view = { ...messageView(message), attempts };
  if (json) cli.print(JSON.stringify(view, null, 2));
  else {
    const { attempts: _attempts, ...fields } = view;
    for (const [name, value] of Object.entries(fields))
      cli.print(`  ${name.padEnd(24)}${typeof value === "string" ? value : JSON.stringify(value)}`);
    for (const { at, attempt, status, durationMs, outcome, excerpt } of attempts)
      cli.print(
        `  ${String(attempt).padStart(3)}  ${at}  ${String(status ?? "no answer")}  ${String(durationMs)} ms  ${outcome}  ${excerpt}`,
      );
  }
}

interface Each {
  readonly id: string | undefined;
  readonly filter: Filter;
  readonly verb: string;
  readonly act: (messageId: string) => Promise<boolean>;
}

async function each(core: Core, cli: Cli, { id, filter, verb, act }: Each): Promise<void> {
  if (
    id === undefined &&
    filter.state === undefined &&
    filter.kind === undefined &&
    filter.entitlement === undefined
  ) {
    cli.fail("Name a message, or a filter: everything at once is hardly meant.");
    return;
  }
  const ids = id === undefined ? (await find(core, filter)).map(({ messageId }) => messageId) : [id];
  const done: string[] = [];
  for (const messageId of ids) if (await act(messageId)) done.push(messageId);
  if (filter.json) cli.print(JSON.stringify({ [verb]: done }));
  else cli.print(`${String(done.length)} of ${String(ids.length)} ${verb}`);
  if (id !== undefined && done.length === 0) cli.fail(`${id} is in no state to be ${verb}.`);
}
