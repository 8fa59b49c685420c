import { Option } from "commander";
import type { Command } from "commander";
import type { Core } from "../compose.js";
import { STATES } from "../core/entitlement.js";
import type { Entitlement } from "../core/entitlement.js";
import type { HistoryEvent } from "../core/fold.js";
import { messageView } from "./outbox.js";
import { entitlementView, historyView } from "./views.js";
import { LIMIT_MAX, wholeNumber } from "./arguments.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

export function addEntitlement(program: Command, cli: Cli): void {
  const entitlement = program
    .command("entitlement")
    .description("look at entitlements")
    .addHelpText("after", "\nExample:\n  mia entitlement list --status SUSPENDED");
  entitlement
    .command("list")
    .description("the newest entitlements, a page at a time")
    .option("--reseller <id>", "only of this reseller")
    .option("--customer <id>", "only with this customer id, whichever of the three it is")
    .addOption(new Option("--status <status>", "only in this state").choices(STATES))
    .option("--limit <n>", "so many", wholeNumber, 20)
    .option("--after <id>", "go on after the last merchantEntitlementId of the page before")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia entitlement list --status ACTIVE --customer customer-7")
    .action((options: ListOptions) => withCore(cli, (core) => list(core, cli, options)));
  entitlement
    .command("show")
    .argument("<id>", "merchantEntitlementId, requestId of the activation, or Bango's entitlementId")
    .description("one entitlement with its whole history")
    .option("--json", "machine-readable", false)
    .addHelpText("after", "\nExample:\n  mia entitlement show 019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11 --json")
    .action((id: string, { json }: { json: boolean }) => withCore(cli, (core) => show(core, cli, id, json)));
}

interface ListOptions {
  readonly reseller?: string;
  readonly customer?: string;
  readonly status?: string;
  readonly limit: number;
  readonly after?: string;
  readonly json: boolean;
}

async function list({ store }: Core, cli: Cli, options: ListOptions): Promise<void> {
  const entitlements = await store.listEntitlements({
    resellerId: options.reseller,
    status: options.status,
    customer: options.customer,
    after: options.after,
    limit: options.limit,
  });
  if (options.json) cli.print(JSON.stringify(entitlements.map(entitlementView)));
  else for (const one of entitlements) cli.print(lineOf(one));
  if (!options.json && entitlements.length === 0) cli.print("none");
}

const lineOf = (one: Entitlement): string =>
  [
    one.merchantEntitlementId,
    one.status.padEnd(13),
    one.resellerId,
    one.productKey,
    one.sharedCustomerId ?? one.bangoUserId ?? one.customerIdentifier ?? "-",
  ].join("  ");

async function show({ store }: Core, cli: Cli, id: string, json: boolean): Promise<void> {
  const found = (await store.findByAnyId(id, "*")) ?? (await store.findByIdentity(id.toLowerCase(), "*"));
  if (found === null) {
    cli.fail(`There is no entitlement ${id}.`);
    return;
  }
  const { merchantEntitlementId } = found;
  const history = await store.listHistory(merchantEntitlementId);
  const messages = await store.listMessages({ merchantEntitlementId, limit: LIMIT_MAX });
  if (json) {
    cli.print(
      JSON.stringify(
        {
          entitlement: entitlementView(found),
          history: history.map(historyView),
          outbox: messages.map(messageView),
        },
        null,
        2,
      ),
    );
    return;
  }
  const fields = Object.entries(entitlementView(found)).map(
    ([name, value]) => `  ${name.padEnd(28)}${print(value)}`,
  );
  cli.print([...fields, "", "History", ...history.map(eventLine), ...messages.map(messageLine)].join("\n"));
}

const messageLine = (message: Parameters<typeof messageView>[0]): string => {
  const { createdAt, kind, state, messageId } = messageView(message);
  return `  to Bango  ${createdAt}  ${kind.padEnd(10)}${state}  (${messageId})`;
};

const print = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function eventLine(event: HistoryEvent): string {
  const { version, operation, before, after, at, actor, requestId, reason } = historyView(event);
  const why =
    reason === null
      ? ""
      : `  ${[reason.category, reason.code, reason.description].filter(Boolean).join(" / ")}`;
  return `  ${String(version).padStart(3)}  ${at}  ${operation.padEnd(16)}${before ?? "-"} → ${after}  by ${actor}${requestId === null ? "" : ` (${requestId})`}${why}`;
}
