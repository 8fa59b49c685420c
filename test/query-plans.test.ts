import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { applyResult } from "../src/core/apply-result.js";
import type { Completes } from "../src/core/completion.js";
import type { Change } from "../src/store/change.js";
import type { BeginItem } from "../src/store/begin-call.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { migrateUp } from "../src/store/migrate.js";
import type { Row } from "../src/store/script.js";
import type { NewMessage } from "../src/store/outbox.js";
import { makeStore } from "../src/store/store.js";
import type { Store } from "../src/store/store.js";
import { DAY, HOUR, commandOf } from "./core/values.js";
import { ENGINES, emptyDatabase } from "./support/engines.js";
import type { EmptyDatabase } from "./support/engines.js";
import {
  acceptanceIdAt,
  customerKeyAt,
  entitlementAt,
  identityAt,
  idAt,
  isOpen,
  keyAt,
  aliasAt,
  linkHashAt,
  loadTables,
  messageIdAt,
  requestAt,
} from "./support/loaded-tables.js";
import { recordedDatabase } from "./support/recorded-database.js";
import type { Recorded } from "./support/recorded-database.js";

const commandAt = (index: number) =>
  commandOf("suspend", { identity: identityAt(index), merchantEntitlementId: idAt(index) });

const beginAt = (index: number, journalKey: string): BeginItem => ({
  journalKey,
  rowId: "row",
  attemptToken: "token",
  fingerprint: `fingerprint of ${journalKey}`,
  leaseMs: 10_000,
  command: commandAt(index),
  resellerId: entitlementAt(index).resellerId,
  replay: "always",
  plan: () => ({
    kind: "ask",
    operation: "suspend",
    access: "none",
    slot: {
      customerKey: customerKeyAt(index),
      scope: "",
      max: 3,
      refusal: { code: "conflict", text: "full" },
    },
  }),
});

const newMessageAt = (index: number, messageId: string): NewMessage => ({
  messageId,
  merchantEntitlementId: idAt(index),
  resellerId: entitlementAt(index).resellerId,
  version: 3,
  kind: "resume",
  goal: { kind: "status", status: "ACTIVE" },
  body: {},
});

const changeAt = (index: number, slot: Change["slot"], known: Change["known"] = null): Change => ({
  outcome: applyResult(entitlementAt(index), commandAt(index), { kind: "done" }, Date.now()),
  reply: { status: 200, body: "{}", link: null },
  known,
  messages: [newMessageAt(index, `message of ${String(index)}`)],
  link: null,
  aliases: [`alias of ${String(index)}`],
  accepted: null,
  completed: null,
  slot,
});

/** The first row of the journal of this kind. */
const openIndex = (remainder: number): number => {
  const index = remainder + 1500;
  if (!isOpen(index)) throw new Error("this row is not open");
  return index;
};

/** Everything hot that the store does, once. */
async function doEverything(
  store: Store,
  during: ReturnType<typeof recordedDatabase>["during"],
): Promise<void> {
  const held = { journalKey: "new-1", attemptToken: "token" };
  await during("begin", async () => {
    const [outcome] = await store.begin([beginAt(1501 + 10, "new-1")]);
    expect(outcome?.kind).toBe("ask");
  });
  await during("begin, a repeat", async () => {
    const [outcome] = await store.begin([beginAt(1505, keyAt(1505))]);
    expect(outcome?.kind).toBe("otherCall");
  });
  await during("begin, another's turn", async () => {
    const [outcome] = await store.begin([beginAt(openIndex(0), "new-2")]);
    expect(outcome?.kind).toBe("wait");
  });
  await during("begin, refused", async () => {
    const [outcome] = await store.begin([
      {
        ...beginAt(1513, "new-3"),
        plan: () => ({ kind: "refuse", refusal: { code: "conflict", text: "" } }),
      },
    ]);
    expect(outcome?.kind).toBe("refused");
  });
  await during("noteCommand", async () => {
    expect(await store.noteCommand({ journalKey: "new-1", attemptToken: "token" }, commandAt(1511))).toBe(
      true,
    );
  });
  await during("begin, after a lapsed one", async () => {
    const [outcome] = await store.begin([beginAt(1523, keyAt(1523))]);
    expect(outcome?.kind).toBe("ask");
  });
  await during("apply", async () => {
    const [outcome] = await store.apply([
      {
        ...held,
        identity: identityAt(1511),
        merchantEntitlementId: idAt(1511),
        settle: () => changeAt(1511, { kind: "keep", scope: "" }),
      },
    ]);
    expect(outcome?.kind).toBe("applied");
  });
  for (const [name, slot] of [
    ["apply, an end", { kind: "release" }],
    ["apply, nothing changed", { kind: "unreserve" }],
  ] as const) {
    const index = name === "apply, an end" ? 1531 : 1533;
    await store.begin([beginAt(index, name)]);
    await during(name, async () => {
      const [outcome] = await store.apply([
        {
          journalKey: name,
          attemptToken: "token",
          identity: identityAt(index),
          merchantEntitlementId: idAt(index),
          settle: () => changeAt(index, slot),
          note: "by hand",
        },
      ]);
      expect(outcome?.kind).toBe("applied");
    });
  }
  await store.begin([beginAt(1537, "heard")]);
  await during("apply, only heard", async () => {
    const change = changeAt(1537, { kind: "unreserve" }, { status: "ACTIVE" });
    const [outcome] = await store.apply([
      {
        journalKey: "heard",
        attemptToken: "token",
        identity: identityAt(1537),
        merchantEntitlementId: idAt(1537),
        settle: () => ({ ...change, messages: [], outcome: { ...change.outcome, event: null } }),
      },
    ]);
    expect(outcome?.kind).toBe("applied");
  });
  await deliverEverything(store, during);
  const claim = (index: number) => ({
    journalKey: keyAt(index),
    attemptToken: "claimed",
    leaseMs: 10_000,
    onlyIfDue: false,
  });
  const claimed = (index: number) => ({ journalKey: keyAt(index), attemptToken: "claimed" });
  await acceptEverything(store, during);
  await during("viewOpenRow", () => store.viewOpenRow(keyAt(openIndex(0))));
  await during("findTurnHolder", async () => {
    expect(await store.findTurnHolder(identityAt(openIndex(0)))).toBe(keyAt(openIndex(0)));
  });
  await during("claimRow", async () => {
    expect(await store.claimRow(claim(1600))).not.toBeNull();
  });
  await during("postpone", async () => {
    expect(await store.postpone(claimed(1600), { dueInMs: 1, found: null, asked: true, counts: true })).toBe(
      true,
    );
  });
  await store.claimRow(claim(1700));
  await during("abandon", async () => {
    expect(await store.abandon(claimed(1700))).toBe(true);
  });
  await store.claimRow(claim(1800));
  const compensation = {
    journalKey: "compensation",
    rowId: "row",
    attemptToken: "token",
    leaseMs: 10_000,
    command: commandAt(1800),
  };
  await during("startCompensation", async () => {
    expect(await store.startCompensation(claimed(1800), compensation)).toBe(true);
  });
  await during("finishCompensation", async () => {
    expect(await store.finishCompensation(compensation)).toBe(true);
  });
  await during("listDueLanes", async () => {
    expect((await store.listDueLanes()).sort()).toEqual(["BANGOTEL", "OTHERTEL", "RARETEL", null]);
  });
  await during("listDueRows", async () => {
    for (const lane of ["BANGOTEL", null])
      expect((await store.listDueRows(lane, 8)).length).toBeGreaterThan(0);
  });
  await during("prune", async () => {
    expect(await store.prune(5)).toBeGreaterThan(0);
  });
  await during("voidLeases", () => store.voidLeases());
  await during("findByAnyId, our id", async () => {
    expect(await store.findByAnyId(idAt(7), ["BANGOTEL", "OTHERTEL"])).not.toBeNull();
  });
  await during("findByAnyId, a request id", async () => {
    expect(await store.findByAnyId(requestAt(7), "*")).not.toBeNull();
  });
  await during("findByIdentity", async () => {
    expect(await store.findByIdentity(identityAt(7), ["BANGOTEL"])).not.toBeNull();
  });
  await during("listHistory", async () => {
    expect(await store.listHistory(idAt(7))).toHaveLength(2);
  });
  const now = Date.now();
  const before = { endsAt: now, pendingCreatedAt: now - 2 * DAY, expiryAt: now - 3 * HOUR };
  await during("listDueResellers", async () => {
    expect((await store.listDueResellers(before)).sort()).toEqual(["BANGOTEL", "OTHERTEL"]);
  });
  await during("listDueEntitlements, of a reseller with few entitlements", async () => {
    expect(await store.listDueEntitlements(before, "RARETEL", 200)).toEqual([]);
  });
  await during("listDueEntitlements", async () => {
    const due = await store.listDueEntitlements(before, "OTHERTEL", 200);
    expect(new Set(due.map(({ move }) => move))).toEqual(
      new Set(["endDateReached", "pendingTooOld", "expiryPassed"]),
    );
  });
  await during("issueLink", () =>
    store.issueLink(({ business }) => ({
      merchantEntitlementId: idAt(7),
      number: business,
      keyId: "link-1",
      tokenHash: "hash-new",
      expiresAt: business + DAY,
    })),
  );
  await during("findAlias", async () => {
    expect(await store.findAlias(aliasAt(7))).toBe(identityAt(7));
  });
  await during("findLink", async () => {
    expect(await store.findLink(linkHashAt(7))).not.toBeNull();
  });
  await during("now", () => store.now());
  await during("moveClock", () => store.moveClock(Date.now() + DAY));
  await during("listUnknownRows", () => store.listUnknownRows(50));
  await during("listKeys", () => store.listKeys());
  await during("listEntitlements, of a customer", () =>
    store.listEntitlements({ limit: 20, after: idAt(2000), customer: "customer-000007" }),
  );
  await during("listEntitlements, of a reseller", async () => {
    expect(await store.listEntitlements({ limit: 20, resellerId: "RARETEL" })).toHaveLength(20);
  });
  await during("listEntitlements, in a state", () =>
    store.listEntitlements({ limit: 20, status: "PENDING", resellerId: "BANGOTEL" }),
  );
  await during("listEntitlements", () => store.listEntitlements({ limit: 20 }));
  await during("listEntitlements, next page", () => store.listEntitlements({ limit: 20, after: idAt(2000) }));
}

/** What is accepted, completed and waited for. */
async function acceptEverything(
  store: Store,
  during: ReturnType<typeof recordedDatabase>["during"],
): Promise<void> {
  const completes: Completes = {
    outcome: "done",
    terminationDate: null,
    reason: null,
    acceptance: {
      acceptanceId: acceptanceIdAt(1551),
      requestId: requestAt(1551),
      idempotencyKey: "effect",
      operation: "suspend",
      state: "waiting",
      access: "none",
      acceptedAt: 0,
      finishedAt: null,
    },
  };
  const begun = beginAt(1551, "completes");
  const changed = changeAt(1551, { kind: "none" });
  await during("begin, a completion", async () => {
    const [outcome] = await store.begin([
      {
        ...begun,
        command: { ...begun.command, completes },
        plan: (_before, _now, waited) => {
          expect(waited?.acceptances).toHaveLength(1);
          const { acceptance, ...completion } = completes;
          const completed = { ...acceptance, completion, state: "done" as const };
          const accepted = {
            acceptanceId: "acceptance-new",
            merchantEntitlementId: idAt(1551),
            command: begun.command,
            access: "none" as const,
            idempotencyKey: "effect",
            version: 3,
            acceptedAt: 1,
            alarmInMs: 1000,
          };
          return { kind: "write", change: { ...changed, accepted, completed } };
        },
      },
    ]);
    expect(outcome?.kind).toBe("answered");
  });
  await during("listAcceptances", async () => {
    expect(await store.listAcceptances(idAt(1551))).toHaveLength(2);
  });
  await during("listOverdueAcceptances", async () => {
    expect((await store.listOverdueAcceptances(30)).length).toBe(30);
  });
  await during("takeAlarm", async () => {
    expect(await store.takeAlarm(acceptanceIdAt(50), "token")).toBe(true);
  });
  await during("supersedeAcceptance", async () => {
    expect(await store.supersedeAcceptance(acceptanceIdAt(100), 1)).toBe(1);
  });
}

/** What tells Bango, and what people do about it one message at a time. */
async function deliverEverything(
  store: Store,
  during: ReturnType<typeof recordedDatabase>["during"],
): Promise<void> {
  const leaseMs = 10_000;
  await during("listResellersToTell", async () => {
    const resellers = await store.listResellersToTell();
    expect(new Set(resellers)).toEqual(new Set([null, "BANGOTEL", "OTHERTEL"]));
  });
  for (const resellerId of ["BANGOTEL", null])
    await during("claimQueues", async () => {
      expect(await store.claimQueues({ resellerId, holder: "many", leaseMs, limit: 4 })).toHaveLength(4);
    });
  const held = { merchantEntitlementId: idAt(2004), holder: "one" };
  await during("claimQueue", async () => {
    expect(await store.claimQueue({ ...held, leaseMs })).toBe(true);
  });
  const delivery = {
    messageId: messageIdAt(2004),
    attempt: { status: 200, durationMs: 1, outcome: "delivered", excerpt: "" },
    counts: true,
    state: "delivered",
    pauseMs: null,
    settle: () => ({ known: { status: "SUSPENDED" as const }, followUp: newMessageAt(2004, "follow-up") }),
  } as const;
  await during("queueHead", async () => {
    expect((await store.queueHead(held))?.message.messageId).toBe(messageIdAt(2004));
  });
  await during("recordDelivery", async () => {
    expect(await store.recordDelivery(held, delivery, leaseMs)).toBe(true);
  });
  await store.recordDelivery(held, { ...delivery, messageId: "follow-up", settle: null }, leaseMs);
  await during("queueHead, nothing left", async () => {
    expect(await store.queueHead(held)).toBeNull();
  });
  const paused = { merchantEntitlementId: idAt(2008), holder: "another" };
  await store.claimQueue({ ...paused, leaseMs });
  await during("recordDelivery, to be repeated", async () => {
    const again = { ...delivery, messageId: messageIdAt(2008), settle: null, pauseMs: 1000 };
    expect(await store.recordDelivery(paused, { ...again, state: "pending" }, leaseMs)).toBe(true);
  });
  await during("replayMessage", async () => {
    expect(await store.replayMessage(messageIdAt(2001))).toBe(true);
  });
  await during("dropMessage", async () => {
    expect(await store.dropMessage(messageIdAt(2012))).toBe(true);
  });
  await during("findMessage", async () => {
    expect(await store.findMessage(messageIdAt(7))).not.toBeNull();
  });
  await during("listAttempts", async () => {
    expect(await store.listAttempts(messageIdAt(7))).toHaveLength(2);
  });
  await during("listMessages, of an entitlement", async () => {
    expect(await store.listMessages({ merchantEntitlementId: idAt(7), limit: 20 })).toHaveLength(1);
  });
  await during("listMessages, in a state", () => store.listMessages({ state: "dead", limit: 20 }));
  await during("listMessages", () => store.listMessages({ limit: 20 }));
  await during("listMessages, of a kind", () => store.listMessages({ kind: "suspend", limit: 20 }));
}

/** Asked for by people, seldom: these may take longer, and have their own expectations below. */
const BACK_OFFICE: ReadonlySet<string> = new Set([
  "listUnknownRows",
  "listKeys",
  "listEntitlements",
  "listEntitlements, next page",
  "listEntitlements, in a state",
  "listMessages",
  "listMessages, of a kind",
]);

/** Has its own expectation below, too: SQLite reads the whole index, in which there is only what is still to be told. */
const WHOLE_INDEX: ReadonlySet<string> = new Set(["listResellersToTell"]);

/** What is read, and by which index, on both engines. Each statement of the store fits exactly one line. */
const EXPECTED: readonly (readonly [RegExp, Readonly<Record<string, string>>])[] = [
  [/^SELECT .* FROM journal WHERE journalKey (IN|=) /, { journal: "PRIMARY" }],
  [
    /^SELECT .* FROM turn JOIN journal ON .* WHERE turn\.identity IN /,
    { turn: "PRIMARY", journal: "PRIMARY" },
  ],
  [/^SELECT identity FROM entitlement_alias WHERE alias = \?$/, { entitlement_alias: "PRIMARY" }],
  [/^DELETE FROM entitlement_alias WHERE alias IN /, { entitlement_alias: "PRIMARY" }],
  [/^SELECT holder FROM turn WHERE identity = \?$/, { turn: "PRIMARY" }],
  [/^SELECT \* FROM entitlement WHERE identity (IN|=) /, { entitlement: "entitlement_identity" }],
  [/^SELECT (\*|resellerId) FROM entitlement WHERE merchantEntitlementId = /, { entitlement: "PRIMARY" }],
  [
    /^SELECT \* FROM entitlement WHERE activationRequestId = /,
    { entitlement: "entitlement_activation_request" },
  ],
  [
    /^SELECT (DISTINCT resellerId, status|\*) FROM entitlement WHERE endsAt <= /,
    { entitlement: "entitlement_ends" },
  ],
  [
    /^SELECT (DISTINCT resellerId, status|\*) FROM entitlement WHERE status = 'PENDING' AND dateCreated <= /,
    { entitlement: "entitlement_status_created" },
  ],
  [
    /^SELECT (DISTINCT resellerId, status|\*) FROM entitlement WHERE status = \? AND dateExpiry <= /,
    { entitlement: "entitlement_status_expiry" },
  ],
  [/^SELECT .* FROM slot WHERE customerKey = \? AND scope = \?$/, { slot: "PRIMARY" }],
  [/^SELECT \* FROM history WHERE merchantEntitlementId = \? ORDER BY version$/, { history: "PRIMARY" }],
  [
    /^SELECT journalKey FROM journal WHERE state = \? AND dueAt <= .* ORDER BY dueAt LIMIT /,
    { journal: "journal_due" },
  ],
  [
    /^SELECT state, resellerId FROM journal WHERE state IN .* GROUP BY state, resellerId HAVING /,
    { journal: "journal_reseller_due" },
  ],
  [
    /^SELECT journalKey, dueAt FROM journal WHERE state = \? AND resellerId (= \?|IS NULL) AND dueAt <= .* ORDER BY dueAt LIMIT /,
    { journal: "journal_reseller_due" },
  ],
  [/^SELECT CAST\([^]* AS businessOffset$/, {}],
  [/^UPDATE journal SET .* WHERE journalKey = \?/, { journal: "PRIMARY" }],
  [/^UPDATE journal SET .* WHERE state = 'begun' AND dueAt > /, { journal: "journal_due" }],
  [
    /^UPDATE entitlement SET .* WHERE merchantEntitlementId = \? AND version = \?$/,
    { entitlement: "PRIMARY" },
  ],
  [/^UPDATE entitlement SET bangoState = \? WHERE merchantEntitlementId = \?$/, { entitlement: "PRIMARY" }],
  [
    /^SELECT entitlement\.\*.* FROM activation_link JOIN entitlement ON .* WHERE activation_link\.tokenHash = \?$/,
    { activation_link: "PRIMARY", entitlement: "PRIMARY" },
  ],
  [
    /^SELECT .* FROM outbox WHERE merchantEntitlementId = \? AND state = 'pending'/,
    { outbox: "outbox_entitlement" },
  ],
  [/^SELECT .* FROM outbox WHERE merchantEntitlementId = \? ORDER BY /, { outbox: "outbox_entitlement" }],
  [/^SELECT .* FROM outbox WHERE state = \? ORDER BY createdAt DESC/, { outbox: "outbox_state" }],
  [/^SELECT .* FROM outbox WHERE messageId = \?/, { outbox: "PRIMARY" }],
  [/^UPDATE outbox SET .* WHERE messageId = \?/, { outbox: "PRIMARY" }],
  [/^SELECT \* FROM outbox_attempt WHERE messageId = \? ORDER BY attempt$/, { outbox_attempt: "PRIMARY" }],
  [
    /^UPDATE outbox_queue (FORCE .* )?SET holder = .* WHERE .*resellerId (= \?|IS NULL) AND dueAt <= .* AND leaseUntil <= .* ORDER BY (resellerId, )?dueAt LIMIT /,
    { outbox_queue: "outbox_queue_reseller_due" },
  ],
  [
    /^SELECT merchantEntitlementId FROM outbox_queue WHERE resellerId (= \?|IS NULL) AND dueAt <= .* AND holder = \? .* ORDER BY dueAt LIMIT /,
    { outbox_queue: "outbox_queue_reseller_due" },
  ],
  [/^SELECT holder FROM outbox_queue WHERE merchantEntitlementId = \?/, { outbox_queue: "PRIMARY" }],
  [/^UPDATE outbox_queue SET .* WHERE merchantEntitlementId (= \?|IN \(\?\))/, { outbox_queue: "PRIMARY" }],
  [/^DELETE FROM outbox_queue WHERE merchantEntitlementId = \?/, { outbox_queue: "PRIMARY" }],
  [
    /^SELECT \* FROM entitlement WHERE merchantEntitlementId < \? AND sharedCustomerId = \? ORDER BY /,
    { entitlement: "entitlement_shared_customer" },
  ],
  [
    /^SELECT \* FROM entitlement WHERE merchantEntitlementId < \? AND bangoUserId = \? ORDER BY /,
    { entitlement: "entitlement_bango_user" },
  ],
  [
    /^SELECT \* FROM entitlement WHERE merchantEntitlementId < \? AND customerIdentifier = \? ORDER BY /,
    { entitlement: "entitlement_customer" },
  ],
  [
    /^SELECT \* FROM entitlement WHERE resellerId = \? ORDER BY merchantEntitlementId DESC LIMIT /,
    { entitlement: "entitlement_reseller" },
  ],
  [
    /^SELECT \* FROM accepted_operation WHERE merchantEntitlementId = \? ORDER BY /,
    { accepted_operation: "accepted_operation_entitlement" },
  ],
  [
    /^SELECT \* FROM accepted_operation WHERE alarmAt <= .* ORDER BY alarmAt LIMIT /,
    { accepted_operation: "accepted_operation_alarm" },
  ],
  [/^SELECT alarmedBy FROM accepted_operation WHERE acceptanceId = \?$/, { accepted_operation: "PRIMARY" }],
  [/^UPDATE accepted_operation SET .* WHERE acceptanceId = \?/, { accepted_operation: "PRIMARY" }],
  [/^UPDATE turn SET .* WHERE identity = /, { turn: "PRIMARY" }],
  [/^UPDATE slot SET .* WHERE merchantEntitlementId = /, { slot: "slot_entitlement" }],
  [/^UPDATE business_clock SET .* WHERE clock = /, {}],
  [/^DELETE FROM journal WHERE journalKey (IN|=) /, { journal: "PRIMARY" }],
  [/^DELETE FROM turn WHERE identity (IN|=) /, { turn: "PRIMARY" }],
  [/^DELETE FROM slot WHERE merchantEntitlementId = /, { slot: "slot_entitlement" }],
];

/** Indexes that only inserts, the release before this one and the demo's own tables use; docs/indexes.md says what for. */
const ELSEWHERE = [
  "credential.PRIMARY",
  "demo_account.PRIMARY",
  "demo_account.demo_account_customer",
  "demo_effect.PRIMARY",
  "demo_effect.demo_effect_entitlement",
  "demo_login.PRIMARY",
  "demo_login.demo_login_register_key",
  "demo_plan.PRIMARY",
  "demo_subscription.PRIMARY",
  "outbox_queue.outbox_queue_due",
  "secret_key.PRIMARY",
  "secret_use.PRIMARY",
];

interface Step {
  readonly table: string;
  /** `PRIMARY` on both engines; null where rows are read without an index. */
  readonly index: string | null;
  /** The whole table or index, one row after the other. */
  readonly scan: boolean;
  readonly text: string;
}

/** `SEARCH journal USING INDEX sqlite_autoindex_journal_1 (journalKey=?)`; other lines read no table. */
function sqliteStep({ detail }: Row): Step[] {
  const text = String(detail);
  const [, how, table] = /^(SCAN|SEARCH) (\w+)/.exec(text) ?? [];
  if (how === undefined || table === undefined || text.startsWith("SCAN CONSTANT")) return [];
  const name = /USING (?:COVERING )?INDEX (\w+)/.exec(text)?.[1] ?? null;
  const index = name?.startsWith("sqlite_autoindex") === true ? "PRIMARY" : name;
  return [{ table, index, scan: how === "SCAN", text }];
}

/** A look-up by a whole unique key that finds nothing is answered without a table. */
function mysqlStep({ table, type, key, rows, Extra }: Row): Step[] {
  if (typeof table !== "string") return [];
  const index = typeof key === "string" ? key : null;
  const scan = type === "ALL" || type === "index";
  const more = typeof Extra === "string" && Extra !== "" ? `, ${Extra}` : "";
  return [
    {
      table,
      index,
      scan,
      text: `${table}: ${String(type)}, ${index ?? "no index"}, about ${String(rows)} rows${more}`,
    },
  ];
}

const shapeOf = (sql: string): string => sql.replace(/\s+/g, " ").replace(/\?(,\?)+/g, "?");

describe.each(ENGINES.map((engine) => ({ engine })))("the plans of our queries ($engine)", ({ engine }) => {
  let empty: EmptyDatabase;
  let database: Database;
  let statements: readonly Recorded[] = [];

  beforeAll(async () => {
    empty = await emptyDatabase(engine);
    database = openDatabase(parseDatabaseUrl(empty.url));
    await migrateUp(database);
    await loadTables(database.knex);
    await analyze(database);
    const recorded = recordedDatabase(database);
    await doEverything(makeStore(recorded.database), recorded.during);
    statements = await recorded.statements();
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await empty.drop();
  });

  const isHot = ({ during }: Recorded): boolean => !BACK_OFFICE.has(during) && !WHOLE_INDEX.has(during);
  const stepsOf = ({ plan }: Recorded): Step[] => plan.flatMap(engine === "sqlite" ? sqliteStep : mysqlStep);
  const foundNothing = ({ plan }: Recorded): boolean =>
    plan.some(
      ({ Extra }) => /const table/.test(String(Extra)) && /no matching|impossible/i.test(String(Extra)),
    );

  it("read every table by the index that is meant for it, and none from end to end", () => {
    const faults = statements.filter(isHot).flatMap((statement) => {
      const shape = shapeOf(statement.sql);
      const meant = EXPECTED.filter(([pattern]) => pattern.test(shape));
      if (meant.length !== 1) return [`${String(meant.length)} expectations for ${shape}`];
      if (foundNothing(statement)) return [];
      const steps = stepsOf(statement).filter(({ table }) => table !== "business_clock");
      const used = Object.fromEntries(steps.map(({ table, index }) => [table, index]));
      const right = JSON.stringify(used) === JSON.stringify(meant[0]?.[1]) && !steps.some(({ scan }) => scan);
      return right ? [] : [`${statement.during}: ${shape}\n  ${steps.map(({ text }) => text).join("\n  ")}`];
    });
    expect(faults).toEqual([]);
  });

  it("include each of those that are expected here", () => {
    const shapes = statements.filter(isHot).map(({ sql }) => shapeOf(sql));
    const never = EXPECTED.filter(([pattern]) => !shapes.some((shape) => pattern.test(shape)));
    expect(never.map(([pattern]) => String(pattern))).toEqual([]);
  });

  it("read the clock's one row by its key", () => {
    const steps = statements.flatMap(stepsOf).filter(({ table }) => table === "business_clock");
    expect(steps.length).toBeGreaterThan(10);
    expect(new Set(steps.map(({ index, scan }) => `${String(index)} ${String(scan)}`))).toEqual(
      new Set(["PRIMARY false"]),
    );
  });

  it("find the resellers with due calls without reading their calls, where the engine can", () => {
    const lanes = statements.filter(({ during }) => during === "listDueLanes");
    expect(lanes).toHaveLength(1);
    const how = engine === "sqlite" ? /COVERING INDEX journal_reseller_due/ : /Using index for group-by/;
    expect(JSON.stringify(lanes[0]?.plan)).toMatch(how);
  });

  it("find the resellers with messages that are due without reading their queues, where the engine can", () => {
    const resellers = statements.filter(({ during }) => during === "listResellersToTell");
    expect(resellers).toHaveLength(1);
    const how = engine === "sqlite" ? /COVERING INDEX outbox_queue_reseller_due/ : /Using index for group-by/;
    expect(JSON.stringify(resellers[0]?.plan)).toMatch(how);
  });

  it("claim a reseller's oldest queues without sorting all of them", () => {
    const claims = statements.filter(({ during }) => during === "claimQueues");
    expect(claims).toHaveLength(4);
    expect(JSON.stringify(claims.map(({ plan }) => plan))).not.toMatch(/filesort|TEMP B-TREE/);
  });

  it("let a person's list of open calls pass over the closed ones", () => {
    const [open] = statements.filter(({ during }) => during === "listUnknownRows");
    const steps = open ? stepsOf(open) : [];
    expect(steps.length).toBeGreaterThan(0);
    for (const { index, scan } of steps)
      expect(`${String(index)} ${String(scan)}`).toMatch(/^journal_(reseller_)?due false$/);
  });

  it("let a person's list of all messages walk along their ids, newest first, without sorting", () => {
    const lists = statements.filter(({ during }) => /^listMessages(, of a kind)?$/.test(during));
    expect(lists.flatMap(stepsOf).map(({ index }) => index)).toEqual(["PRIMARY", "PRIMARY"]);
    expect(JSON.stringify(lists.map(({ plan }) => plan))).not.toMatch(/filesort|TEMP B-TREE/);
  });

  it("page through the list of entitlements along its key", () => {
    const pages = statements.filter(({ during }) => /^listEntitlements(, next page)?$/.test(during));
    expect(pages.flatMap(stepsOf).map(({ index }) => index)).toEqual(["PRIMARY", "PRIMARY"]);
  });

  it("leave no index of these tables without a query", async () => {
    const used = new Set(statements.flatMap(stepsOf).map(({ table, index }) => `${table}.${String(index)}`));
    const unused = (await indexesOf(database)).filter((name) => !used.has(name));
    expect(unused.filter((name) => !/^(mia_migration|sqlite_|libsql_)/.test(name)).sort()).toEqual(ELSEWHERE);
  });

  it("are described in docs/indexes.md, index by index", async () => {
    const text = readFileSync(join(__dirname, "../docs/indexes.md"), "utf8");
    const described = new Set(
      [...text.matchAll(/^\| `(\w+)` +\| `(\w+)`/gm)].map(
        ([, table = "", index = ""]) => `${table}.${index}`,
      ),
    );
    const there = (await indexesOf(database)).filter(
      (name) => !/^(mia_migration|sqlite_|libsql_)/.test(name),
    );
    expect([...described].sort()).toEqual(there.sort());
  });
});

const ANALYZED = [
  "journal",
  "turn",
  "entitlement",
  "history",
  "slot",
  "activation_link",
  "entitlement_alias",
  "outbox",
  "outbox_attempt",
  "outbox_queue",
  "accepted_operation",
];

async function analyze({ knex, dialect }: Database): Promise<void> {
  if (dialect.engine === "sqlite") await knex.raw("ANALYZE");
  else for (const table of ANALYZED) await knex.raw(`ANALYZE TABLE ${table}`);
}

/** `table.index`, with every primary key called PRIMARY. */
async function indexesOf({ knex, dialect }: Database): Promise<string[]> {
  if (dialect.engine === "mysql") {
    const [rows] = (await knex.raw(
      "SELECT DISTINCT table_name AS tableName, index_name AS indexName FROM information_schema.statistics WHERE table_schema = DATABASE()",
    )) as [{ tableName: string; indexName: string }[]];
    return rows.map(({ tableName, indexName }) => `${tableName}.${indexName}`);
  }
  const rows = await knex.raw<{ tableName: string; indexName: string }[]>(
    "SELECT tbl_name AS tableName, name AS indexName FROM sqlite_master WHERE type = 'index'",
  );
  return rows.map(({ tableName, indexName }) =>
    indexName.startsWith("sqlite_autoindex") ? `${tableName}.PRIMARY` : `${tableName}.${indexName}`,
  );
}
