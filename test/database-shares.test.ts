import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { select } from "../src/store/script.js";
import { ENGINES, emptyDatabase } from "./support/engines.js";
import { fakeAccounts } from "./support/fake-accounts.js";
import { withBango } from "./support/outbox-scenario.js";
import { BANGOTEL } from "./support/scenario.js";

const MANY = 40;
const SECONDS = 0.2;

const holding = (database: Database, lane: string): Promise<unknown> =>
  database.transaction(() => select("SELECT SLEEP(?) AS slept", [SECONDS]), lane);

// SQLite runs each transaction without a pause: there is nothing to share.
for (const engine of ENGINES.filter((name) => name === "mysql"))
  describe(`the connections to ${engine}`, () => {
    it("are not all one reseller's, however many of its transactions wait", async () => {
      const empty = await emptyDatabase(engine);
      const database = openDatabase(parseDatabaseUrl(empty.url));
      try {
        let ended = 0;
        const many = Array.from({ length: MANY }, () => holding(database, "a").then(() => (ended += 1)));
        await database.read(() => select("SELECT 1 AS one", []), "b");
        // Those that had begun before it, of which it takes the place of the first that ends.
        expect(ended).toBeLessThan(MANY / 2);
        await Promise.all(many);
      } finally {
        await database.close();
        await empty.drop();
      }
    });
  });

const accounts = fakeAccounts();

withBango(
  "what is written for a reseller",
  (given, telling) => {
    afterEach(() => {
      jest.restoreAllMocks();
    });
    const lanesDuring = async (act: () => Promise<unknown>): Promise<unknown[]> => {
      const transaction = jest.spyOn(given.core.database, "transaction");
      await act();
      const lanes = transaction.mock.calls.map(([, lane]) => lane);
      transaction.mockRestore();
      return lanes;
    };

    it("takes its share of the database: calls, settling, ends and messages", async () => {
      const sold = await telling.active({ resellerId: "OTHERTEL" });
      const call = lanesDuring(() => telling.bangoCalls("suspend", sold));
      expect(await call).toEqual(["OTHERTEL", "OTHERTEL"]);

      accounts.next("resume", "throws");
      accounts.answerLookup = () => ({ kind: "present", result: { kind: "done" } });
      expect((await telling.bangoCalls("resume", sold, { body: { requestId: randomUUID() } })).status).toBe(
        503,
      );
      await given.core.database.knex("journal").update({ dueAt: 0 });
      const settling = await lanesDuring(() => given.core.settleDue());
      expect(settling).toEqual(["OTHERTEL", "OTHERTEL"]);

      await telling.merchant("suspend", sold);
      const messages = await lanesDuring(() => telling.deliver());
      expect(messages.length).toBeGreaterThan(1);
      expect(new Set(messages)).toEqual(new Set(["OTHERTEL"]));
    });
  },
  {
    accounts: () => accounts.system,
    file: { resellers: [BANGOTEL, { ...BANGOTEL, resellerId: "OTHERTEL" }] },
    defaultShapeBecause: "it is about the database, which stands behind every shape",
  },
);
