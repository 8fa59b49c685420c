import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import { pinoLogger } from "../src/logger.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { loadConfig } from "../src/config/load-config.js";
import supertest from "supertest";
import { ENGINES } from "./support/engines.js";
import { fakeAccounts, renewableFake } from "./support/fake-accounts.js";
import type { FakeAccounts } from "./support/fake-accounts.js";
import { PASSWORD, environmentOf, inDefaultShape, openScenario } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { startServe } from "./support/serve-process.js";
import type { ServeProcess } from "./support/serve-process.js";

const authorization = `Basic ${Buffer.from(`bango:${PASSWORD}`).toString("base64")}`;
const onEveryDatabase = inDefaultShape("replicas share a database, whatever is said at their doors");
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

// SQLite serves one process: its replicas are the pools of one process, which share nothing but the file.
for (const engine of ENGINES.filter((one) => one === "mysql"))
  describe(`two processes on one database (${engine})`, () => {
    let given: Scenario & { close: () => Promise<void> };
    let processes: ServeProcess[];

    beforeAll(async () => {
      given = await openScenario(engine);
      const env = environmentOf(given.folder, given.databaseUrl, {});
      processes = await Promise.all([startServe(env, given.folder), startServe(env, given.folder)]);
    });
    afterAll(async () => {
      await Promise.all(processes.map((one) => one.kill("SIGTERM")));
      await given.close();
    });

    const post = async (
      index: number,
      path: string,
      body: Body,
    ): Promise<{ status: number; text: string }> => {
      const serve = processes[index % processes.length];
      const response = await fetch(`${serve?.publicUrl ?? ""}/bango/v1/${path}`, {
        method: "POST",
        headers: { Authorization: authorization, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };

    it("50 equal activates over both give one account, one event and 50 equal bodies", async () => {
      const body = given.newActivation({ requestId: randomUUID() });
      const replies = await Promise.all(times(50, (index) => post(index, "entitlement", body)));
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
      const { merchantEntitlementId } = JSON.parse(replies[0]?.text ?? "") as {
        merchantEntitlementId: string;
      };
      expect(await given.core.store.listHistory(merchantEntitlementId)).toHaveLength(1);
      expect(await given.ledger(String(body.entitlementId))).toHaveLength(1);
    });

    it("20 different activates of one customer over both give one success, and one call of the account system", async () => {
      const sharedCustomerId = `customer-${randomUUID()}`;
      const bodies = times(20, () => given.newActivation({ sharedCustomerId }));
      const replies = await Promise.all(bodies.map((body, index) => post(index, "entitlement", body)));
      expect(replies.map(({ status }) => status).sort()).toEqual([201, ...times(19, () => 409)]);
      const books = await Promise.all(bodies.map((body) => given.ledger(String(body.entitlementId))));
      expect(books.flat()).toHaveLength(1);
    });

    it("six racing operations over both end with books that agree", async () => {
      for (let round = 0; round < 5; round += 1) {
        const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
        const operations = ["suspend", "resume", "cancel", "reinstate", "suspend", "revoke"];
        const replies = await Promise.all(
          operations.map((operation, index) =>
            post(index, `entitlement/${id}/${operation}`, { requestId: randomUUID() }),
          ),
        );
        for (const { status } of replies) expect([200, 409]).toContain(status);
      }
      await given.expectBooksToAgree();
    });

    it("an entitlement whose end date has come is ended once, though both look for it", async () => {
      const { merchantEntitlementId: id = "", entitlementId = "" } =
        await given.entitlementAt("ACTIVE-ENDING");
      await given.advance(32 * 86_400_000);
      const operations = (await given.core.store.listHistory(id)).map(({ operation }) => operation);
      expect(operations).toEqual(["activate", "cancel", "endDateReached"]);
      expect(
        (await given.ledger(entitlementId)).filter(({ operation }) => operation === "revoke"),
      ).toHaveLength(1);
    });
  });

/** A second composition over the same database, as another replica would be; its accounts are the first one's. */
async function secondReplica(given: Scenario, fake: FakeAccounts, database?: Database, limits = {}) {
  const config = loadConfig(environmentOf(given.folder, given.databaseUrl, { limits }), given.folder);
  const own = database ?? openDatabase(parseDatabaseUrl(given.databaseUrl));
  const core = await composeCore(config, {
    database: own,
    accounts: () => fake.system,
    log: pinoLogger("silent"),
  });
  const http = supertest(composeServer(core).publicApp);
  return {
    core,
    post: (path: string, body: Body) =>
      http.post(`/bango/v1/${path}`).set("Authorization", authorization).send(body),
    close: () => own.close(),
  };
}

const untilAsked = async (fake: FakeAccounts, operation: string): Promise<void> => {
  while (!fake.calls.some((one) => one.operation === operation))
    await new Promise((resolve) => setImmediate(resolve));
};

const { system, fake: currentFake, renew } = renewableFake();

onEveryDatabase(
  "a call that another replica has in flight",
  (given) => {
    beforeEach(renew);

    it("is joined: the account system is asked once, and both answer the same bytes", async () => {
      const fake = currentFake();
      const other = await secondReplica(given, fake);
      let release = (): void => undefined;
      fake.next("activate", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
      const body = given.newActivation({ requestId: randomUUID() });
      const here = Promise.resolve(given.call("activate", null, { body }));
      await untilAsked(fake, "activate");
      const there = Promise.resolve(other.post("entitlement", body));
      setTimeout(release, 100);
      const [first, second] = await Promise.all([here, there]);
      expect(first.status).toBe(201);
      expect(second.text).toBe(first.text);
      expect(fake.calls).toHaveLength(1);
      await other.close();
    });

    it("is joined without a request id too", async () => {
      const fake = currentFake();
      const other = await secondReplica(given, fake);
      const { body: active } = await given.activate();
      const id = (active as { merchantEntitlementId: string }).merchantEntitlementId;
      let release = (): void => undefined;
      fake.next("suspend", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
      const here = Promise.resolve(given.call("suspend", id));
      await untilAsked(fake, "suspend");
      const there = Promise.resolve(other.post(`entitlement/${id}/suspend`, {}));
      setTimeout(release, 100);
      const [first, second] = await Promise.all([here, there]);
      expect(first.status).toBe(200);
      expect(second.text).toBe(first.text);
      expect(fake.calls.filter(({ operation }) => operation === "suspend")).toHaveLength(1);
      await other.close();
    });

    it("is taken over when its lease has run out, and the one who comes back too late changes nothing", async () => {
      const fake = currentFake();
      const other = await secondReplica(given, fake);
      const { body: active } = await given.activate();
      const id = (active as { merchantEntitlementId: string }).merchantEntitlementId;
      let release = (): void => undefined;
      await given.call("suspend", id);
      fake.next("revoke", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
      const body = { requestId: randomUUID() };
      const here = Promise.resolve(given.call("revoke", id, { body }));
      await untilAsked(fake, "revoke");
      // The first replica stands still beyond its lease; the account system has done nothing yet.
      await given.core.database.knex("journal").where({ state: "begun" }).update({ dueAt: 0, askedAt: 0 });
      const there = await other.post(`entitlement/${id}/revoke`, body);
      release();
      const late = await here;
      expect(there.status).toBe(200);
      expect(late.status).toBe(200);
      expect(late.text).toBe(there.text);
      const operations = (await given.core.store.listHistory(id)).map(({ operation }) => operation);
      expect(operations).toEqual(["activate", "suspend", "revoke"]);
      const keys = fake.calls
        .filter(({ operation }) => operation === "revoke")
        .map((call) => call.idempotencyKey);
      expect(new Set(keys).size).toBe(1);
      await other.close();
    });
  },
  { accounts: () => system },
);

/** Loses the answer of every commit whose script writes what `pattern` finds, once each. */
function losingCommits(database: Database, pattern: RegExp): Database & { readonly lost: () => number } {
  let lost = 0;
  const seen = new Set<string>();
  return {
    ...database,
    lost: () => lost,
    // The outer transaction is the one under test; what the inner one has committed stays committed.
    transaction: async (script) => {
      let wrote = "";
      const value = await database.transaction(function* () {
        const statements = script();
        let next = statements.next();
        while (next.done !== true) {
          if (pattern.test(next.value.sql)) wrote = next.value.sql;
          next = statements.next(yield next.value);
        }
        return next.value;
      });
      if (wrote === "" || seen.has(wrote)) return value;
      seen.add(wrote);
      lost += 1;
      return database.transaction(script);
    },
  };
}

onEveryDatabase("a connection that is lost at COMMIT", (given) => {
  it.each([
    ["of begin", /^INSERT INTO journal/],
    ["of apply", /^INSERT INTO history/],
  ])(
    "%s is no second effect: the transaction runs again and finds what it had written",
    async (_name, pattern) => {
      const own = fakeAccounts();
      const database = losingCommits(openDatabase(parseDatabaseUrl(given.databaseUrl)), pattern);
      const replica = await secondReplica(given, own, database);
      const reply = await replica.post("entitlement", given.newActivation({ requestId: randomUUID() }));
      expect(reply.status).toBe(201);
      const id = String((reply.body as Body).merchantEntitlementId);
      const suspend = await replica.post(`entitlement/${id}/suspend`, { requestId: randomUUID() });
      expect(suspend.status).toBe(200);
      const cancelled = await replica.post(`entitlement/${id}/cancel`, { requestId: randomUUID() });
      expect(cancelled.body).toMatchObject({ status: "CANCELLED" });
      expect(database.lost()).toBeGreaterThan(0);
      expect(own.calls.map(({ operation }) => operation)).toEqual(["activate", "suspend", "revoke"]);
      const history = await replica.core.store.listHistory(id);
      expect(history.map(({ version }) => version)).toEqual([1, 2, 3]);
      expect((await given.tables()).turn).toEqual([]);
      await replica.close();
    },
  );

  it("of a call that asks nobody is answered as it was written", async () => {
    const database = losingCommits(openDatabase(parseDatabaseUrl(given.databaseUrl)), /^INSERT INTO journal/);
    const replica = await secondReplica(given, fakeAccounts(), database);
    const body = given.newActivation({ productKey: "MUSIC", requestId: randomUUID() });
    const reply = await replica.post("entitlement", body);
    expect(reply.status).toBe(202);
    expect((await replica.post("entitlement", body)).text).toBe(reply.text);
    expect(database.lost()).toBe(1);
    await replica.close();
  });
});
