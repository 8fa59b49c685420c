import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import { expectAtRest } from "./support/expect-at-rest.js";
import { withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";

withBango(
  "the repeat of a call that was answered 503 and has been settled since",
  (given, telling) => {
    /** Bango has heard 503, and the background has found out meanwhile that it is suspended. */
    const suspendedUnheard = async (): Promise<{ sold: Sold; repeat: () => Promise<string> }> => {
      const sold = await telling.active({ sharedCustomerId: `suspend-unknown-${randomUUID()}` });
      const body = { requestId: randomUUID() };
      expect((await telling.bangoCalls("suspend", sold, { body })).status).toBe(503);
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      expect(await given.core.settleDue()).toBe(1);
      const repeat = async (): Promise<string> => {
        const reply = await telling.bangoCalls("suspend", sold, { body });
        return `${String(reply.status)} ${String((reply.body as Sold).status)}`;
      };
      return { sold, repeat };
    };
    const expectAtRestAs = async (status: string, sold: Sold): Promise<void> => {
      await expectAtRest(telling, sold);
      expect(await telling.statusOf(sold)).toBe(status);
      await given.expectBooksToAgree();
    };

    it("tells Bango, which is not told again", async () => {
      const { sold, repeat } = await suspendedUnheard();
      expect(await repeat()).toBe("200 SUSPENDED");
      await expectAtRestAs("SUSPENDED", sold);
      expect(telling.toldOf(sold)).toEqual([]);
    });

    it("tells Bango, so that taking it back is told as well", async () => {
      const { sold, repeat } = await suspendedUnheard();
      expect(await repeat()).toBe("200 SUSPENDED");
      await telling.merchant("resume", sold);
      await expectAtRestAs("ACTIVE", sold);
      expect(telling.toldOf(sold)).toEqual(["resume"]);
    });

    it("tells Bango what is over already, so that what is so is told after it", async () => {
      const { sold, repeat } = await suspendedUnheard();
      await telling.merchant("resume", sold);
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await repeat()).toBe("200 SUSPENDED");
      await expectAtRestAs("ACTIVE", sold);
      expect(telling.toldOf(sold)).toEqual(["resume"]);
    });
  },
  { limits: { accountDeadlineMs: 300 } },
);
