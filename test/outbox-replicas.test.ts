import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { composeCore } from "../src/compose.js";
import type { Core } from "../src/compose.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { ENGINES } from "./support/engines.js";
import { BANGO_PASSWORD, BANGO_USER, startFakeBango } from "./support/fake-bango.js";
import type { FakeBango } from "./support/fake-bango.js";
import { requireBuilt } from "./support/mia.js";
import { bangoIdOf, idOf, verbsOf, withBango } from "./support/outbox-scenario.js";
import type { Sold, Telling } from "./support/outbox-scenario.js";
import { environmentOf, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { startServe } from "./support/serve-process.js";
import type { ServeProcess } from "./support/serve-process.js";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(10);
}
const bangoSection = (bango: FakeBango) => ({
  bango: { baseUrl: bango.baseUrl, username: BANGO_USER, password: BANGO_PASSWORD },
});

/** The request ids that arrived more than once. */
const twice = (bango: FakeBango, from: number): string[] => {
  const ids = bango.told.slice(from).map(({ requestId }) => requestId);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
};

/** As if the lease of whoever holds this queue had run out. */
const endLease = ({ core }: Scenario, sold: Sold): Promise<unknown> =>
  core.database
    .knex("outbox_queue")
    .where({ merchantEntitlementId: idOf(sold) })
    .update({ leaseUntil: 0 });
const holderOf = async ({ core }: Scenario, sold: Sold): Promise<string | null> => {
  const row = (await core.database
    .knex("outbox_queue")
    .where({ merchantEntitlementId: idOf(sold) })
    .first()) as { holder: string | null } | undefined;
  return row?.holder ?? null;
};

/** A second composition over the same database, as another replica would be. */
async function secondCore(given: Scenario, bango: FakeBango): Promise<{ core: Core; database: Database }> {
  const config = loadConfig(
    environmentOf(given.folder, given.databaseUrl, { file: bangoSection(bango) }),
    given.folder,
  );
  const database = openDatabase(parseDatabaseUrl(given.databaseUrl));
  const core = await composeCore(config, {
    database,
    log: pinoLogger("silent"),
    delivery: { timeoutMs: 3000 },
  });
  return { core, database };
}

withBango(
  "two cores on one queue",
  (given, telling) => {
    let other: { core: Core; database: Database };
    beforeAll(async () => {
      other = await secondCore(given, telling.bango);
    });
    afterAll(async () => {
      await other.core.close();
      await other.database.close();
    });

    it("send each message once between them", async () => {
      const sold = await telling.several(40);
      for (const one of sold) await telling.merchant("suspend", one);
      const before = telling.bango.told.length;
      const counts = await Promise.all([
        given.core.deliverDue(),
        other.core.deliverDue(),
        given.core.deliverDue(),
        other.core.deliverDue(),
      ]);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sold.length);
      expect(telling.bango.told.length - before).toBe(sold.length);
      expect(twice(telling.bango, before)).toEqual([]);
      for (const one of sold) {
        expect(telling.bango.states.get(bangoIdOf(one))).toBe("SUSPENDED");
        expect(await telling.messages(one)).toEqual(["suspend delivered"]);
      }
    });

    it("leave a queue alone that the other holds, and what comes into it meanwhile", async () => {
      const sold = await telling.active();
      let release = (): void => undefined;
      telling.bango.next(bangoIdOf(sold), { waits: new Promise<void>((resolve) => (release = resolve)) });
      await telling.merchant("update", sold, { merchantExtensionData: { seats: 3 } });
      const sending = given.core.deliverDue();
      await until(() => telling.toldOf(sold).length === 1);
      await telling.merchant("suspend", sold);
      expect(await other.core.deliverDue()).toBe(0);
      await other.core.deliverNow(idOf(sold));
      expect(telling.toldOf(sold)).toEqual(["update"]);
      release();
      await sending;
      expect(telling.toldOf(sold)).toEqual(["update", "suspend"]);
      expect(await telling.messages(sold)).toEqual(["update delivered", "suspend delivered"]);
    });

    it("take it over when its lease has run out; the one who comes back too late writes nothing", async () => {
      const sold = await telling.active();
      let release = (): void => undefined;
      telling.bango.next(bangoIdOf(sold), { waits: new Promise<void>((resolve) => (release = resolve)) });
      await telling.merchant("update", sold, { merchantExtensionData: { seats: 3 } });
      await telling.merchant("suspend", sold);
      const sending = given.core.deliverDue();
      await until(() => telling.toldOf(sold).length === 1);
      await endLease(given, sold);
      expect(await other.core.deliverDue()).toBe(2);
      expect(telling.toldOf(sold)).toEqual(["update", "update", "suspend"]);
      const [first, second] = telling.bango.toldOf(bangoIdOf(sold));
      expect(second).toEqual(first);
      const before = await given.tables();
      release();
      expect(await sending).toBe(0);
      expect(await given.tables()).toEqual(before);
      expect(await telling.attempts(sold, "update")).toHaveLength(1);
      expect(telling.toldOf(sold)).toHaveLength(3);
    });
  },
  { delivery: { timeoutMs: 3000 } },
);

// SQLite serves one process.
for (const engine of ENGINES.filter((name) => name === "mysql"))
  describe(`two processes on one queue (${engine})`, () => {
    let bango: FakeBango;
    let given: Scenario & { close: () => Promise<void> };
    let telling: Omit<Telling, "bango">;
    let env: Readonly<Record<string, string>>;
    let processes: ServeProcess[] = [];

    beforeAll(async () => {
      requireBuilt();
      bango = await startFakeBango();
      const options = { file: bangoSection(bango) };
      given = await openScenario(engine, options);
      telling = verbsOf(given, () => bango);
      env = environmentOf(given.folder, given.databaseUrl, options);
      processes = await Promise.all([startServe(env, given.folder), startServe(env, given.folder)]);
    });
    afterAll(async () => {
      await Promise.all(processes.map((one) => one.kill("SIGKILL")));
      await given.close();
      await bango.close();
    });

    it("send each message once, by themselves", async () => {
      const sold = await telling.several(40);
      await Promise.all(sold.map((one) => telling.merchant("suspend", one)));
      await until(() => sold.every((one) => bango.states.get(bangoIdOf(one)) === "SUSPENDED"));
      await until(async () =>
        (await Promise.all(sold.map((one) => telling.pauseMs(one)))).every((ms) => ms === null),
      );
      expect(bango.told).toHaveLength(sold.length);
      expect(twice(bango, 0)).toEqual([]);
      for (const one of sold) expect(await telling.messages(one)).toEqual(["suspend delivered"]);
    });

    it("of which one is killed while its message is on its way: the other sends it when the lease has run out, in order", async () => {
      const sold = await telling.active();
      // One alone sends, so that it is known whom to kill.
      await processes.pop()?.kill("SIGTERM");
      bango.next(bangoIdOf(sold), "hangs");
      await telling.merchant("update", sold, { merchantExtensionData: { seats: 3 } });
      await telling.merchant("suspend", sold);
      await until(() => telling.toldOf(sold).length === 1);
      const dead = await holderOf(given, sold);
      expect(dead).not.toBeNull();
      await processes.pop()?.kill("SIGKILL");
      processes.push(await startServe(env, given.folder));
      // Some passes of the new one: the lease still stands.
      await wait(2500);
      expect(telling.toldOf(sold)).toEqual(["update"]);
      expect(await holderOf(given, sold)).toBe(dead);
      await endLease(given, sold);
      await until(async () => (await telling.pauseMs(sold)) === null);
      expect(telling.toldOf(sold)).toEqual(["update", "update", "suspend"]);
      const [first, second] = bango.toldOf(bangoIdOf(sold));
      expect(second).toEqual(first);
      expect(await telling.messages(sold)).toEqual(["update delivered", "suspend delivered"]);
      expect(bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
    });
  });
