import { randomUUID } from "node:crypto";
import { beforeEach, expect, it, jest } from "@jest/globals";
import { renewableFake } from "./support/fake-accounts.js";
import { inDefaultShape } from "./support/scenario.js";
import type { Body } from "./support/scenario.js";

const LAG_MS = 400;
const { system, fake, renew } = renewableFake({ lagMs: LAG_MS });
beforeEach(renew);

inDefaultShape("how often an outcome is looked up is the same in every shape")(
  "a call that waits behind an unknown outcome",
  (given) => {
    /** A suspend that may have been done: its caller has heard 503. */
    const unknownSuspend = async (how: "silent after its effect" | "silent before any effect") => {
      const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
      fake().next("suspend", how);
      const body = { requestId: randomUUID() };
      expect((await given.call("suspend", id, { body })).status).toBe(503);
      expect(fake().lookups).toEqual([]);
      return { id, body };
    };
    const looks = async (): Promise<unknown> => {
      const [row] = await given.core.store.listUnknownRows(1);
      return [fake().lookups.length, row?.settleCount];
    };

    it("looks once where nobody can say, and counts neither for the background nor for its alarm", async () => {
      const { id, body } = await unknownSuspend("silent after its effect");
      fake().answerLookup = () => ({ kind: "unsure" });
      expect((await given.call("suspend", id, { body })).status).toBe(503);
      expect(await looks()).toEqual([1, 1]);
      expect((await given.call("resume", id)).status).toBe(503);
      expect(await looks()).toEqual([2, 1]);
      fake().answerLookup = null;
      expect(((await given.call("resume", id)).body as Body).status).toBe("ACTIVE");
    });

    it("writes for its first look only: until the row is due or has ended, it reads it and nothing else", async () => {
      const { id, body } = await unknownSuspend("silent after its effect");
      fake().answerLookup = () => ({ kind: "unsure" });
      const transaction = jest.spyOn(given.core.database, "transaction");
      try {
        expect((await given.call("suspend", id, { body })).status).toBe(503);
        // Begins, claims the row, puts it off again.
        expect(transaction).toHaveBeenCalledTimes(3);
      } finally {
        transaction.mockRestore();
      }
    });

    it("looks again when it is due, and goes on within the same call", async () => {
      const { id, body } = await unknownSuspend("silent before any effect");
      const repeat = await given.call("suspend", id, { body });
      expect([repeat.status, (repeat.body as Body).status]).toEqual([200, "SUSPENDED"]);
      expect(fake().lookups.length).toBeLessThanOrEqual(2);
      expect(fake().effects.size).toBe(2);
    });

    it("looks once where it names an activation", async () => {
      const content = given.newActivation({ requestId: randomUUID() });
      fake().next("activate", "silent after its effect");
      expect((await given.activate(content)).status).toBe(503);
      fake().answerLookup = () => ({ kind: "unsure" });
      expect((await given.call("read", String(content.requestId))).status).toBe(503);
      expect(await looks()).toEqual([1, 1]);
      fake().answerLookup = null;
      const found = await given.call("read", String(content.requestId));
      expect((found.body as Body).status).toBe("ACTIVE");
    });
  },
  { accounts: () => system, limits: { accountDeadlineMs: 200, turnWaitMs: 1600 } },
);
