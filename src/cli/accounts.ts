import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Argument } from "commander";
import type { Command } from "commander";
import { z } from "zod";
import { TRIALS, changesSomething } from "../compose.js";
import type { Core, HttpExchange, TrialCall, TrialName, TrialOutcome } from "../compose.js";
import type { Entitlement } from "../core/entitlement.js";
import type { Cli } from "./cli.js";
import { withCore } from "./with-core.js";

interface TryOptions {
  readonly entitlement?: string;
  readonly jsonCall?: string;
  readonly key?: string;
  readonly yes: boolean;
  readonly json: boolean;
}

export function addAccounts(program: Command, cli: Cli): void {
  const accounts = program
    .command("accounts")
    .description("the configured account system")
    .addHelpText("after", "\nExample:\n  mia accounts try health");
  accounts
    .command("try")
    .addArgument(new Argument("<operation>", "as the account-system port calls it").choices(TRIALS))
    .description("run one operation against it, and show request, reply and what we make of it")
    .option("--entitlement <id>", "for this one (any of its ids); without it, for one that is made up")
    .option("--json-call <file>", "what the call says otherwise: idempotencyKey, access, entitlement, …")
    .option("--key <key>", "the idempotency key; what lookup looks for")
    .option("--yes", "outside the sandbox: I know that this changes something there", false)
    .option("--json", "machine-readable", false)
    .addHelpText(
      "after",
      "\nExample:\n  mia accounts try suspend --entitlement 019ab0c4-5d1e-7c2a-9b67-0f6f1f3a2b11",
    )
    .action((operation: TrialName, options: TryOptions, command: Command) => {
      const call = {
        ...readCall(options.jsonCall, command),
        ...(options.key && { idempotencyKey: options.key }),
      };
      const exchanges: HttpExchange[] = [];
      return withCore(
        cli,
        async (core) => {
          if (core.config.profile !== "sandbox" && changesSomething(operation) && !options.yes)
            command.error(`error: ${operation} changes something there; say --yes if you mean it`, {
              exitCode: 2,
            });
          await tryOne(core, cli, { operation, options, call, exchanges });
        },
        { observeAccounts: (exchange) => exchanges.push(exchange) },
      );
    });
}

const text = z.string().min(1);
const nullable = z.string().nullable();
const object = z.record(z.string(), z.json()).nullable();
const callSchema = z
  .strictObject({
    idempotencyKey: text.max(64),
    access: z.enum(["full", "none"]),
    reason: z.strictObject({ category: nullable, code: nullable, description: nullable }),
    email: text,
    password: text,
    cursor: nullable,
    limit: z.int().min(1),
    entitlement: z
      .strictObject({
        merchantEntitlementId: text,
        entitlementId: nullable,
        resellerId: text,
        productKey: text,
        offerKey: nullable,
        entitlementDisplayName: nullable,
        sharedCustomerId: nullable,
        bangoUserId: nullable,
        customerIdentifier: nullable,
        accountReference: nullable,
        plan: nullable,
        merchantBangoExtensionData: object,
        merchantExtensionData: object,
        extensionData: object,
        extraInformation: object,
      })
      .partial(),
  })
  .partial();

function readCall(file: string | undefined, command: Command): TrialCall {
  if (file === undefined) return {};
  try {
    const parsed = callSchema.safeParse(JSON.parse(readFileSync(resolve(file), "utf8")));
    if (parsed.success) return parsed.data as TrialCall;
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.map(String).join(".")}: ${message}`,
    );
    return command.error(`error: ${file} is no call: ${faults.join("; ")}`, { exitCode: 2 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("commander.")) throw error;
    return command.error(`error: ${file} cannot be read: ${code ?? "it is no JSON"}`, { exitCode: 2 });
  }
}

interface One {
  readonly operation: TrialName;
  readonly options: TryOptions;
  readonly call: TrialCall;
  readonly exchanges: readonly HttpExchange[];
}

async function tryOne(core: Core, cli: Cli, { operation, options, call, exchanges }: One): Promise<void> {
  const entitlement = options.entitlement === undefined ? null : await find(core, options.entitlement);
  if (entitlement === null && options.entitlement !== undefined) {
    cli.fail(`There is no entitlement ${options.entitlement}.`);
    return;
  }
  const outcome = await core.tryAccounts({ operation, entitlement, call, sample: sampleOf(core) });
  const view = { operation, accountSystem: core.accounts.name, exchanges, outcome };
  cli.print(
    options.json
      ? JSON.stringify(view, null, 2)
      : [`account system: ${view.accountSystem}`, ...exchanges.flatMap(lines), ending(outcome)].join("\n"),
  );
  const fault = faultOf(outcome);
  if (fault !== null) cli.fail(`${operation}: ${fault}`);
}

const find = async ({ store }: Core, id: string): Promise<Entitlement | null> =>
  (await store.findByAnyId(id, "*")) ?? (await store.findByIdentity(id.toLowerCase(), "*"));

function sampleOf({ config }: Core): { readonly resellerId: string; readonly productKey: string } {
  const [reseller] = config.file.resellers;
  const named = (name: string | undefined): string => (name === undefined || name === "*" ? "SAMPLE" : name);
  return { resellerId: named(reseller?.resellerId), productKey: named(reseller?.products[0]?.productKey) };
}

const headerLines = (headers: Readonly<Record<string, string>>): string[] =>
  Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);

const lines = ({ request, reply, error, durationMs }: HttpExchange): string[] => [
  `${request.method} ${request.url}`,
  ...headerLines(request.headers),
  ...(request.body === null ? [] : [`  ${request.body}`]),
  reply === null
    ? `→ no reply after ${String(durationMs)} ms: ${error ?? ""}`
    : `→ ${String(reply.status)} after ${String(durationMs)} ms`,
  ...(reply === null ? [] : [...headerLines(reply.headers), `  ${reply.body}`]),
  "",
];

function ending(outcome: TrialOutcome): string {
  if (outcome.kind === "notOffered") return "= not offered";
  const what = outcome.kind === "threw" ? `threw ${outcome.error}` : JSON.stringify(outcome.answer);
  return `= ${what}, after ${String(outcome.durationMs)} ms`;
}

const UNCLEAR = new Set(["unknown", "unsure", "retryLater"]);

function faultOf(outcome: TrialOutcome): string | null {
  if (outcome.kind === "notOffered") return "the account system does not offer it, by its configuration";
  if (outcome.kind === "threw") return "it gave no answer that could be used";
  const { kind, ok } = Object(outcome.answer) as { readonly kind?: string; readonly ok?: boolean };
  if (ok === false) return "it is not well";
  return kind !== undefined && UNCLEAR.has(kind) ? `no clear answer: ${kind}` : null;
}
