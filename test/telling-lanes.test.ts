import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { composeCore } from "../src/compose.js";
import type { Config } from "../src/config/config.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import { openDatabase } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { BANGO_PASSWORD, BANGO_USER, startFakeBango } from "./support/fake-bango.js";
import type { FakeBango } from "./support/fake-bango.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { BANGOTEL, environmentOf } from "./support/scenario.js";

/** How many entitlements' messages go to one Bango at once (ADR 8). */
const AT_ONCE = 16;
const MANY = 13 * AT_ONCE;

/** OTHERTEL's own; that of the others is slow here. */
let own: FakeBango;
beforeAll(async () => {
  own = await startFakeBango();
});
afterAll(() => own.close());

const accessOf = (bango: FakeBango) => ({
  baseUrl: bango.baseUrl,
  username: BANGO_USER,
  password: BANGO_PASSWORD,
});
const resellers = [
  BANGOTEL,
  { ...BANGOTEL, resellerId: "SHARETEL" },
  {
    ...BANGOTEL,
    resellerId: "OTHERTEL",
    // Read when the file is written: only then is it known where that Bango is.
    get bango() {
      return accessOf(own);
    },
  },
];
// No message may end by this machine being slow.
const delivery = { timeoutMs: 100_000 };

withBango(
  "messages that are due, while one Bango is slow",
  (given, telling) => {
    // Also where a test has failed: what hangs and what repeats would go on for ever.
    const endings: (() => unknown)[] = [];
    afterEach(async () => {
      for (const end of endings.splice(0)) await end();
    });

    const queues = () => given.core.database.knex("outbox_queue");
    beforeEach(async () => {
      await queues().delete();
      telling.bango.told.length = 0;
      own.told.length = 0;
    });
    /** Those whose Bango is slow: the other's come and go. */
    const slowQueues = () => queues().whereNot({ resellerId: "OTHERTEL" });
    const held = () => slowQueues().whereNotNull("holder");
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
    };

    /** Entitlements of which a suspension is to be told; due since `dueAt`. */
    const suspended = async (resellerId: string, count: number, dueAt: number): Promise<Sold[]> => {
      const sellOne = async (): Promise<Sold> => {
        const one = await telling.active({ resellerId });
        await telling.merchant("suspend", one);
        return one;
      };
      const sold: Sold[] = [];
      // All at once they would wait longer for the database than a call may, where the machine is busy.
      while (sold.length < count) {
        const length = Math.min(AT_ONCE, count - sold.length);
        sold.push(...(await Promise.all(Array.from({ length }, sellOne))));
      }
      await queues().whereIn("merchantEntitlementId", sold.map(idOf)).update({ dueAt });
      return sold;
    };
    const stall = (): (() => void) => {
      let release = (): void => undefined;
      telling.bango.always = { waits: new Promise<void>((resolve) => (release = resolve)) };
      const end = (): void => {
        telling.bango.always = null;
        release();
      };
      endings.push(end);
      return end;
    };
    const startWorkers = (): { readonly stop: () => Promise<void> } => {
      const workers = given.server.startWorkers();
      endings.push(() => workers.stop());
      return workers;
    };
    /** The process stops, and Bango answers then. */
    const stopBefore = async (release: () => void, workers: ReturnType<typeof startWorkers>) => {
      const stopped = workers.stop();
      release();
      await stopped;
    };
    const configOf = (of: readonly object[]): Config => {
      const file = { resellers: of, bango: accessOf(telling.bango) };
      return loadConfig(environmentOf(given.folder, given.databaseUrl, { file }), given.folder);
    };
    const toldFor = (sold: readonly Sold[]): number => {
      const ids = new Set(sold.map(bangoIdOf));
      return telling.bango.told.filter(({ entitlementId }) => ids.has(entitlementId)).length;
    };

    it("are told to the others, and the one is told sixteen of its many at a time", async () => {
      await suspended("BANGOTEL", MANY, 0);
      const others = await suspended("OTHERTEL", 3, 1);
      const release = stall();
      const pass = given.core.deliverDue();
      await until(() => own.told.length >= others.length);
      await until(() => telling.bango.told.length >= AT_ONCE);
      expect(await held()).toHaveLength(AT_ONCE);
      expect(await slowQueues()).toHaveLength(MANY);
      release();
      expect(await pass).toBe(MANY + others.length);
      expect(telling.bango.told).toHaveLength(MANY);
      expect(await queues()).toHaveLength(0);
    });

    it("go to one Bango sixteen at a time from all of its resellers, of whom each has a part", async () => {
      await suspended("BANGOTEL", 3 * AT_ONCE, 0);
      const few = await suspended("SHARETEL", 2, 1);
      const release = stall();
      const pass = given.core.deliverDue();
      await until(() => toldFor(few) === few.length && telling.bango.told.length >= AT_ONCE / 2 + few.length);
      expect(await held()).toHaveLength(AT_ONCE / 2 + few.length);
      release();
      expect(await pass).toBe(3 * AT_ONCE + few.length);
    });

    it("are told too where a release before this one has written them", async () => {
      const others = await suspended("OTHERTEL", 3, 1);
      await queues().update({ resellerId: null });
      await suspended("BANGOTEL", 2 * AT_ONCE, 0);
      const release = stall();
      const pass = given.core.deliverDue();
      await until(() => own.told.length >= others.length);
      release();
      expect(await pass).toBe(2 * AT_ONCE + others.length);
      expect(await queues()).toHaveLength(0);
    });

    it("are told by one look after the other, and stopping waits for no more than what is under way", async () => {
      const slow = await suspended("BANGOTEL", 3 * AT_ONCE, 0);
      await suspended("OTHERTEL", 1, 1);
      const release = stall();
      const workers = startWorkers();
      await until(() => own.told.length >= 1);
      await suspended("OTHERTEL", 1, 1);
      await until(() => own.told.length >= 2 && telling.bango.told.length >= AT_ONCE);
      expect(await held()).toHaveLength(AT_ONCE);
      expect(telling.bango.told).toHaveLength(AT_ONCE);
      await stopBefore(release, workers);
      expect(telling.bango.told).toHaveLength(AT_ONCE);
      expect(await given.core.deliverDue()).toBe(2 * AT_ONCE);
      for (const one of slow) expect(await telling.messages(one)).toEqual(["suspend delivered"]);
    });

    it("are left in the middle of an entitlement's by stopping: free for another then, in their order", async () => {
      const sold = await telling.active();
      await telling.merchant("update", sold, { merchantExtensionData: { seats: 3 } });
      await telling.merchant("suspend", sold);
      const release = stall();
      const workers = startWorkers();
      await until(() => telling.toldOf(sold).length === 1);
      await stopBefore(release, workers);
      expect(await telling.messages(sold)).toEqual(["update delivered", "suspend pending"]);
      expect(await given.core.deliverDue()).toBe(1);
      expect(telling.toldOf(sold)).toEqual(["update", "suspend"]);
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
      expect(await queues()).toHaveLength(0);
    });

    it("are told once by two replicas, of which each has sixteen on their way", async () => {
      const slow = await suspended("BANGOTEL", 4 * AT_ONCE, 0);
      const others = await suspended("OTHERTEL", 3, 1);
      const release = stall();
      const config = configOf(resellers);
      const database = openDatabase(parseDatabaseUrl(given.databaseUrl));
      const second = await composeCore(config, { database, log: pinoLogger("silent"), delivery });
      endings.push(async () => {
        await second.close();
        await database.close();
      });
      const passes = [given.core.deliverDue(), second.deliverDue()];
      await until(() => telling.bango.told.length >= 2 * AT_ONCE && own.told.length >= others.length);
      expect(await held()).toHaveLength(2 * AT_ONCE);
      release();
      const counts = await Promise.all(passes);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(slow.length + others.length);
      for (const bango of [telling.bango, own]) {
        const ids = bango.told.map(({ requestId }) => requestId);
        expect(new Set(ids).size).toBe(ids.length);
      }
      expect(telling.bango.told).toHaveLength(slow.length);
    });

    it("follow their reseller to another Bango by a reload, and do not wait for the one that it had", async () => {
      const sold = await suspended("BANGOTEL", AT_ONCE + 4, 0);
      const release = stall();
      const workers = startWorkers();
      await until(() => telling.bango.told.length >= AT_ONCE);
      endings.push(() => {
        given.core.reload(configOf(resellers));
      });
      given.core.reload(configOf([{ ...BANGOTEL, bango: accessOf(own) }, ...resellers.slice(1)]));
      await until(() => own.told.length >= 4);
      expect(telling.bango.told).toHaveLength(AT_ONCE);
      await stopBefore(release, workers);
      for (const one of sold) expect(await telling.messages(one)).toEqual(["suspend delivered"]);
    });

    describe("know whose they are", () => {
      const ofWhom = async (sold: Sold): Promise<unknown> =>
        ((await queues().where({ merchantEntitlementId: idOf(sold) })) as { resellerId: unknown }[]).map(
          ({ resellerId }) => resellerId,
        );

      it("from the entitlement that has changed", async () => {
        const [sold] = (await suspended("OTHERTEL", 1, 0)) as [Sold];
        expect(await ofWhom(sold)).toEqual(["OTHERTEL"]);
        expect(await given.core.deliverDue()).toBe(1);
      });

      it("where a person lets one be sent again", async () => {
        const [sold] = (await suspended("OTHERTEL", 1, 0)) as [Sold];
        const { messageId } = await telling.message(sold, "suspend");
        expect(await given.core.store.dropMessage(messageId)).toBe(true);
        await given.core.deliverDue();
        expect(await ofWhom(sold)).toEqual([]);
        expect(await given.core.store.replayMessage(messageId)).toBe(true);
        expect(await ofWhom(sold)).toEqual(["OTHERTEL"]);
        expect(await given.core.deliverDue()).toBe(1);
        expect(own.told).toHaveLength(1);
      });
    });
  },
  { delivery, file: { resellers } },
);
