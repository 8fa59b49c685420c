import { randomUUID } from "node:crypto";
import { composeCore } from "../../src/compose.js";
import type { Core } from "../../src/compose.js";
import { loadConfig } from "../../src/config/load-config.js";
import type { OperationName } from "../../src/contract/operations.js";
import { pinoLogger } from "../../src/logger.js";
import { openDatabase } from "../../src/store/database.js";
import type { Database } from "../../src/store/database.js";
import { parseDatabaseUrl } from "../../src/store/database-url.js";
import { migrateUp } from "../../src/store/migrate.js";
import { emptyDatabase } from "./engines.js";
import type { EngineName } from "./engines.js";
import { makeAsk } from "./race-calls.js";
import type { Ask, Sold } from "./race-calls.js";
import { modelAccounts, modelBango } from "./race-models.js";
import type { ModelAccounts, ModelBango } from "./race-models.js";
import { environmentOf } from "./scenario.js";
import { makeSteps } from "./scheduled.js";
import type { Steps } from "./scheduled.js";

/** One application: a process of its own, as far as its memory goes. */
export interface Application {
  readonly core: Core;
  readonly ask: Ask;
}

export interface World {
  readonly steps: Steps;
  /** Undisturbed by any scheduler. */
  readonly database: Database;
  readonly applications: readonly Application[];
  /** One more application, for the time before and after a race. */
  readonly keeper: Application;
  readonly accounts: ModelAccounts;
  readonly bango: ModelBango;
  readonly close: () => Promise<void>;
}

/** No wait of ours may end by this machine being slow. */
const PATIENT = { turnWaitMs: 600_000, leaseMs: 900_000, accountDeadlineMs: 600_000 };
const BANGO = { baseUrl: "http://127.0.0.1:1", username: "merchant", password: "outbound-secret-0123456789" };

/** Applications over one database, whose every step may be scheduled, between an account system and a Bango. */
export async function openWorld(
  engine: EngineName,
  { count = 1, idempotent = false }: { readonly count?: number; readonly idempotent?: boolean } = {},
): Promise<World> {
  const empty = await emptyDatabase(engine);
  const steps = makeSteps();
  const databases: Database[] = [];
  const accounts = modelAccounts(steps, idempotent);
  const bango = modelBango(steps, (messageId) =>
    steps.undisturbed(async () => {
      const row = (await databases[0]?.knex("outbox").where({ messageId }).first()) as { version: number };
      return row.version;
    }),
  );
  const config = loadConfig(
    environmentOf(empty.folder, empty.url, { limits: PATIENT, file: { bango: BANGO } }),
    empty.folder,
  );
  const open = async (): Promise<Application> => {
    const database = openDatabase(parseDatabaseUrl(config.databaseUrl));
    databases.push(database);
    if (databases.length === 1) await migrateUp(database);
    // No race is about a power cut, and waiting for the disk would be most of the time.
    if (engine === "sqlite") await database.knex.raw("PRAGMA synchronous = OFF");
    const core = await composeCore(config, {
      database: steps.database(database),
      accounts: () => accounts.system,
      openBango: () => ({ sends: () => true, send: bango.send }),
      pause: () => steps.point("pause"),
      delivery: { failuresMax: 1_000_000 },
      log: pinoLogger("silent"),
    });
    return { core, ask: makeAsk({ ...core, database }, { steps, accounts, bango }) };
  };
  const keeper = await open();
  const applications: Application[] = [];
  while (applications.length < count) applications.push(await open());
  return {
    steps,
    database: databases[0]!,
    applications,
    keeper,
    accounts,
    bango,
    close: async () => {
      for (const { core } of [keeper, ...applications]) await core.close();
      for (const database of databases) await database.close();
      await empty.drop();
    },
  };
}

/** The request id of the activate that made it. */
export const FIRST = "first";

export type Start =
  "PENDING" | "ACTIVE" | "ACTIVE, suspend accepted" | "ACTIVE-ENDING" | "SUSPENDED" | "SUSPENDED-ENDING";
export const STARTS: Readonly<Record<Start, readonly OperationName[]>> = {
  PENDING: [],
  ACTIVE: [],
  "ACTIVE, suspend accepted": ["suspend"],
  "ACTIVE-ENDING": ["cancel"],
  SUSPENDED: ["suspend"],
  "SUSPENDED-ENDING": ["cancel", "suspend"],
};

/** A new entitlement in that place, by Bango's own calls, all of them answered. */
export async function sell({ keeper, accounts }: World, start: Start): Promise<Sold> {
  const entitlementId = randomUUID();
  const activation = {
    entitlementId,
    resellerId: "BANGOTEL",
    productKey: start === "PENDING" ? "MUSIC" : "MUSIC_DIRECT",
    sharedCustomerId: randomUUID(),
  };
  const nothing = { merchantEntitlementId: "", entitlementId, token: null, activation, sofar: [] };
  const first = await keeper.ask(nothing, { by: "bango", operation: "activate", requestId: FIRST });
  const body = JSON.parse(first.bytes) as { merchantEntitlementId: string; activationUrl?: string };
  const { merchantEntitlementId, activationUrl = null } = body;
  const sold = { ...nothing, merchantEntitlementId, token: activationUrl };
  const sofar = [first];
  for (const operation of STARTS[start]) {
    accounts.fates.set(start.endsWith("accepted") ? ["is accepted"] : []);
    const heard = await keeper.ask(sold, { by: "bango", operation, requestId: operation });
    if (heard.status >= 300)
      throw new Error(`${start} is out of reach: ${operation} was answered ${heard.bytes}`);
    sofar.push(heard);
  }
  return { ...sold, sofar };
}

/** Lets every wait be over until nothing of the race is left to be settled, ended or told. */
export async function comeToRest({ keeper, database, accounts, bango }: World, sold: Sold): Promise<void> {
  const { merchantEntitlementId } = sold;
  const { knex } = database;
  accounts.fates.set([]);
  bango.fates.set([]);
  for (let round = 0; round < 10; round += 1) {
    await knex("journal")
      .where({ identity: sold.entitlementId })
      .whereIn("state", ["unknown", "found"])
      .update({ dueAt: 0 });
    await knex("outbox_queue").where({ merchantEntitlementId }).update({ dueAt: 0 });
    await knex("outbox").where({ merchantEntitlementId }).update({ notBeforeAt: 0 });
    const done =
      (await keeper.core.settleDue()) + (await keeper.core.endDue()) + (await keeper.core.deliverDue());
    const queued = await knex("outbox_queue").where({ merchantEntitlementId });
    if (done === 0 && queued.length === 0) return;
  }
  throw new Error("there is no end of it");
}
