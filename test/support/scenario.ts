import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import supertest from "supertest";
import type { Response } from "supertest";
import type TestAgent from "supertest/lib/agent.js";
import { composeCore } from "../../src/compose.js";
import { composeServer } from "../../src/compose-server.js";
import type { Core, Parts } from "../../src/compose.js";
import type { Server } from "../../src/compose-server.js";
import { loadConfig } from "../../src/config/load-config.js";
import type { OperationName } from "../../src/contract/operations.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import { fold } from "../../src/core/fold.js";
import { pinoLogger } from "../../src/logger.js";
import { openDatabase } from "../../src/store/database.js";
import { parseDatabaseUrl } from "../../src/store/database-url.js";
import { migrateUp } from "../../src/store/migrate.js";
import { emptyDatabase } from "./engines.js";
import type { EngineName } from "./engines.js";
import { checkReply, replyCheckOf } from "./open-api-check.js";
import { merchantInterface } from "./shapes/merchant-interface.js";
import type { Body, Shape } from "./shapes/shape.js";
import { DEFAULT_RUNS, RUNS } from "./shapes/shapes.js";

export type { Body } from "./shapes/shape.js";

export const PASSWORD = "test-inbound-password-0123456789";
export const ADMIN_TOKEN = "test-admin-token-0123456789";
const MASTER_KEY = "test-master-key-0123456789-0123456789";

export const BANGOTEL = {
  resellerId: "BANGOTEL",
  maxLivePerCustomer: 1,
  products: [
    { productKey: "MUSIC", plan: "premium", activation: "sign-up", signUp: "hosted" },
    { productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" },
    { productKey: "MUSIC_PREMIUM", plan: "premium", activation: "immediate" },
  ],
} as const;

export interface ScenarioOptions {
  /** Merged over the default configuration file, section by section. */
  readonly file?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly accounts?: Parts["accounts"];
  readonly env?: Readonly<Record<string, string>>;
  /** How messages to Bango are paced, where the real pace is too slow for a test. */
  readonly delivery?: Parts["delivery"];
  /** The process's clock, where a test moves it. */
  readonly now?: () => number;
  /** Why a suite runs on the default contract alone; one that configures a contract of its own does so anyway. */
  readonly defaultShapeBecause?: string;
}

export interface CallOptions {
  readonly body?: Body | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** `user:password`; null sends none. */
  readonly auth?: string | null;
}

/** Where an entitlement may stand: the columns of the table of moves, with the two kinds of PENDING. */
export type Place =
  | "PENDING"
  | "PENDING for the account"
  | "ACTIVE"
  | "ACTIVE-ENDING"
  | "SUSPENDED"
  | "SUSPENDED-ENDING"
  | "CANCELLED"
  | "REVOKED"
  | "ended by our clock";

/** One composed application over a database of its own. */
export interface Scenario {
  readonly engine: EngineName;
  /** How Bango speaks here; known before the first test runs. */
  readonly shape: Shape;
  /** Whether the shape has such an operation, be it under another name. */
  readonly offers: (operation: OperationName) => boolean;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly core: Core;
  readonly server: Server;
  readonly http: TestAgent;
  readonly admin: TestAgent;
  /** Log lines so far, parsed. */
  readonly logged: () => readonly Readonly<Record<string, unknown>>[];
  /**
   * One call of Bango's, in the words of the default contract whatever the shape is. Its reply is checked against the
   * OpenAPI document; `text` has the bytes as they came, status and body are in the words of the default contract.
   */
  readonly call: (operation: OperationName, id: string | null, options?: CallOptions) => Promise<Response>;
  /** The same call to another application. */
  readonly callOf: (
    http: TestAgent,
    operation: OperationName,
    id: string | null,
    options?: CallOptions,
  ) => Promise<Response>;
  /** The body of an activate that nobody has sent yet; active at once unless told otherwise. */
  readonly newActivation: (overrides?: Body) => Body;
  readonly activate: (overrides?: Body) => Promise<Response>;
  /** A new entitlement in that place, by calls alone; its record as the last reply had it. */
  readonly entitlementAt: (place: Place, overrides?: Body) => Promise<Readonly<Record<string, string>>>;
  readonly advance: (ms: number) => Promise<void>;
  /** Every row of every table of ours, for comparing before with after. */
  readonly tables: () => Promise<Readonly<Record<string, readonly unknown[]>>>;
  readonly ledger: (
    entitlementId: string,
  ) => Promise<readonly { operation: string; result: string; idempotencyKey: string }[]>;
  /** Fails unless rows, histories and the demo's books agree, for every entitlement there is. */
  readonly expectBooksToAgree: () => Promise<void>;
}

export const DAY_MS = 86_400_000;
/** Longer than the demo's period of a month. */
export const PERIOD_MS = 32 * DAY_MS;

/** Runs the tests once on each database, and on SQLite in each shape, each time on a fresh database. */
export function onEveryDatabase(
  title: string,
  tests: (given: Scenario) => void,
  options: ScenarioOptions = {},
): void {
  const inDefaultShape = options.defaultShapeBecause !== undefined || "contract" in (options.file ?? {});
  const runs = (inDefaultShape ? DEFAULT_RUNS : RUNS).map(({ engine, shape }) => ({
    engine,
    shape,
    run: shape === merchantInterface ? engine : `${engine}, ${shape.name}`,
  }));
  describe.each(runs)(`${title} ($run)`, ({ engine, shape }) => {
    const given = { shape, offers: offersOf(shape) } as Scenario & { close: () => Promise<void> };
    beforeAll(async () => {
      Object.assign(given, await openScenario(engine, options, shape));
    });
    afterAll(async () => {
      await given.close();
    });
    tests(given);
  });
}

/** The same for all suites of a file that have no business with the other shapes. */
export const inDefaultShape =
  (because: string): typeof onEveryDatabase =>
  (title, tests, options) => {
    onEveryDatabase(title, tests, { ...options, defaultShapeBecause: because });
  };

const TABLES = [
  "journal",
  "turn",
  "entitlement",
  "history",
  "slot",
  "activation_link",
  "secret_key",
  "business_clock",
  "demo_account",
  "demo_plan",
  "demo_subscription",
  "demo_effect",
  "demo_login",
  "outbox",
  "outbox_attempt",
  "outbox_queue",
  "entitlement_alias",
  "credential",
  "secret_use",
  "accepted_operation",
];

const offersOf =
  ({ refused }: Shape): Scenario["offers"] =>
  (operation) =>
    !refused.includes(operation);

export function writeConfig(folder: string, options: ScenarioOptions, shape = merchantInterface): string {
  const path = join(folder, "mia.config.json");
  const file = {
    inbound: {
      credentials: [
        {
          id: "bango-1",
          type: "basic",
          username: "bango",
          password: PASSWORD,
          resellers: ["*"],
          owner: "bango",
        },
      ],
    },
    resellers: [BANGOTEL],
    accountSystem: { type: "demo" },
    admin: { tokens: [{ id: "back-office", token: ADMIN_TOKEN, role: "admin" }] },
    limits: options.limits ?? {},
    contract: shape.contract,
    ...options.file,
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

export const environmentOf = (
  folder: string,
  databaseUrl: string,
  options: ScenarioOptions,
  shape = merchantInterface,
): Readonly<Record<string, string>> => ({
  MIA_PROFILE: "sandbox",
  CONFIG_FILE: writeConfig(folder, options, shape),
  DATABASE_URL: databaseUrl,
  MASTER_KEY,
  PUBLIC_URL: "http://localhost:3000",
  ...options.env,
});

export async function openScenario(
  engine: EngineName,
  options: ScenarioOptions = {},
  shape = merchantInterface,
): Promise<Scenario & { close: () => Promise<void> }> {
  const empty = await emptyDatabase(engine);
  const config = loadConfig(environmentOf(empty.folder, empty.url, options, shape), empty.folder);
  const lines: string[] = [];
  const log = pinoLogger("debug", { write: (line: string) => lines.push(line) });
  const database = openDatabase(parseDatabaseUrl(config.databaseUrl));
  await migrateUp(database);
  const core = await composeCore(config, {
    database,
    log,
    ...(options.accounts ? { accounts: options.accounts } : {}),
    ...(options.delivery ? { delivery: options.delivery } : {}),
    ...(options.now ? { now: options.now } : {}),
  });
  const server = composeServer(core);
  const http = supertest(server.publicApp);
  const admin = supertest(server.adminApp);

  const callOf = callerOf(shape, replyCheckOf(config.file.contract));
  const call: Scenario["call"] = (operation, id, callOptions) => callOf(http, operation, id, callOptions);

  const newActivation = (overrides: Body = {}): Body => ({
    entitlementId: randomUUID(),
    resellerId: "BANGOTEL",
    productKey: "MUSIC_DIRECT",
    sharedCustomerId: `customer-${randomUUID()}`,
    ...overrides,
  });
  const activate = (overrides: Body = {}): Promise<Response> =>
    call("activate", null, { body: newActivation(overrides) });

  const advance = async (ms: number): Promise<void> => {
    const response = await admin.post("/sandbox/clock").send({ advanceMs: ms });
    if (response.status !== 200) throw new Error(`the clock did not move: ${response.text}`);
  };

  const entitlementAt: Scenario["entitlementAt"] = async (place, overrides = {}) => {
    const named = shape.anonymous ? { entitlementId: undefined, requestId: randomUUID() } : {};
    const asked = { ...startOf(place), ...named, ...overrides };
    let last = await activate(asked);
    const id = String((last.body as Body).merchantEntitlementId);
    for (const step of STEPS[place]) {
      if (step === "wait") await advance(PERIOD_MS);
      last = step === "wait" ? await call("read", id) : await call(step, id);
      if (last.status !== 200) throw new Error(`${place} is out of reach: ${step} answered ${last.text}`);
    }
    return last.body as Record<string, string>;
  };

  return {
    engine,
    shape,
    offers: offersOf(shape),
    databaseUrl: empty.url,
    folder: empty.folder,
    core,
    server,
    http,
    admin,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    call,
    callOf,
    newActivation,
    activate,
    entitlementAt,
    advance,
    tables: async () => {
      const entries = await Promise.all(
        TABLES.map(async (table) => {
          const rows = (await database.knex(table).select("*")) as object[];
          return [table, rows.map((row) => JSON.stringify(row)).sort()] as const;
        }),
      );
      return Object.fromEntries(entries);
    },
    ledger: async (entitlementId) => {
      if (core.ledger === null) throw new Error("this scenario has no demo");
      return core.ledger(entitlementId);
    },
    expectBooksToAgree: () => booksAgree(core),
    close: async () => {
      await core.close();
      await database.close();
      await empty.drop();
    },
  };
}

/** Sends calls as the shape has them, and says their replies as the suites do. */
function callerOf(shape: Shape, check: typeof checkReply): Scenario["callOf"] {
  return async (http, operation, id, options = {}) => {
    const { body, headers = {}, query = {}, auth = `bango:${PASSWORD}` } = options;
    const wire = shape.toWire(operation, id, { body, headers, query });
    let request = http[wire.method](wire.path).query(wire.query);
    if (auth !== null)
      request = request.set("Authorization", `Basic ${Buffer.from(auth).toString("base64")}`);
    if (typeof wire.body === "object") request = request.set("Content-Type", "application/json");
    for (const [name, value] of Object.entries(wire.headers)) request = request.set(name, value);
    const response = await (wire.body === undefined ? request : request.send(wire.body));
    const isOffered = !shape.refused.includes(operation);
    if (isOffered) check(shape.sentAs(operation), response.status, response.body);
    if (shape === merchantInterface) return response;
    const { status, body: said } = shape.fromWire(operation, response);
    if (!isOffered) checkReply(null, status, said);
    return Object.create(response, {
      status: { value: status },
      body: { value: said },
    }) as Response;
  };
}

function startOf(place: Place): Body {
  if (place === "PENDING") return { productKey: "MUSIC" };
  // The account system accepts the activation alone, so that it can be ended.
  if (place === "PENDING for the account") return { sharedCustomerId: `activate-accepted-${randomUUID()}` };
  return {};
}

const STEPS: Readonly<Record<Place, readonly ("suspend" | "cancel" | "revoke" | "wait")[]>> = {
  PENDING: [],
  "PENDING for the account": [],
  ACTIVE: [],
  "ACTIVE-ENDING": ["cancel"],
  SUSPENDED: ["suspend"],
  "SUSPENDED-ENDING": ["cancel", "suspend"],
  CANCELLED: ["suspend", "cancel"],
  REVOKED: ["revoke"],
  "ended by our clock": ["cancel", "wait"],
};

async function booksAgree({ store, database }: Core): Promise<void> {
  const entitlements = await store.listEntitlements({ limit: 1000 });
  for (const entitlement of entitlements) {
    const history = await store.listHistory(entitlement.merchantEntitlementId);
    const versions = history.map(({ version }) => version);
    if (versions.some((version, index) => version !== index + 1))
      throw new Error(`the history has a gap: ${versions.join(", ")}`);
    const folded = JSON.stringify(sortKeys(fold(history)));
    if (folded !== JSON.stringify(sortKeys(entitlement)))
      throw new Error(`the row is not the fold of its history:\n${JSON.stringify(entitlement)}\n${folded}`);
    const subscription = (await database
      .knex("demo_subscription")
      .where({ merchantEntitlementId: entitlement.merchantEntitlementId })
      .first()) as { status: string; accountId: string } | undefined;
    // A block takes access away, whatever the state grants.
    const status = entitlement.blocks !== null && isLive(entitlement) ? "SUSPENDED" : entitlement.status;
    const expected = EXPECTED_SUBSCRIPTION[status] ?? [];
    const actual = subscription?.status ?? "none";
    if (!expected.includes(actual))
      throw new Error(
        `${entitlement.status}, but the account system has ${actual}: ${JSON.stringify(history)}`,
      );
    if (isLive(entitlement) && subscription?.accountId !== entitlement.accountReference)
      throw new Error(`it is of ${String(entitlement.accountReference)}: ${JSON.stringify(subscription)}`);
  }
  const known = new Set(entitlements.map(({ merchantEntitlementId }) => merchantEntitlementId));
  const subscriptions = (await database.knex("demo_subscription").whereNot({ status: "ended" })) as {
    merchantEntitlementId: string;
  }[];
  for (const { merchantEntitlementId } of subscriptions)
    if (!known.has(merchantEntitlementId))
      throw new Error(`the account system gives access to ${merchantEntitlementId}, which we do not know`);
}

const isLive = ({ status }: Entitlement): boolean =>
  status === "ACTIVE" || status === "ACTIVE-ENDING" || status === "SUSPENDED";

const EXPECTED_SUBSCRIPTION: Readonly<Record<string, readonly string[]>> = {
  PENDING: ["none", "pending"],
  ACTIVE: ["active"],
  "ACTIVE-ENDING": ["active"],
  SUSPENDED: ["suspended"],
  CANCELLED: ["none", "ended"],
  REVOKED: ["none", "ended"],
};

const sortKeys = (value: object | null): unknown =>
  value === null ? null : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
