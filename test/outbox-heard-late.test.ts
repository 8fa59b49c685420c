import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import { bangoIdOf, withBango } from "./support/outbox-scenario.js";
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
    const expectAtRest = async (sold: Sold, status: string): Promise<void> => {
      await telling.deliver();
      expect(await telling.pauseMs(sold)).toBeNull();
      expect(await telling.statusOf(sold)).toBe(status);
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe(status);
      expect(await telling.known(sold)).toMatchObject({ status });
      await given.expectBooksToAgree();
    };

    it("tells Bango, which is not told again", async () => {
      const { sold, repeat } = await suspendedUnheard();
      expect(await repeat()).toBe("200 SUSPENDED");
      await expectAtRest(sold, "SUSPENDED");
      expect(telling.toldOf(sold)).toEqual([]);
    });

    it("tells Bango, so that taking it back is told as well", async () => {
      const { sold, repeat } = await suspendedUnheard();
      expect(await repeat()).toBe("200 SUSPENDED");
      await telling.merchant("resume", sold);
      await expectAtRest(sold, "ACTIVE");
      expect(telling.toldOf(sold)).toEqual(["resume"]);
    });

    it("tells Bango what is over already, so that what is so is told after it", async () => {
      const { sold, repeat } = await suspendedUnheard();
      await telling.merchant("resume", sold);
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await repeat()).toBe("200 SUSPENDED");
      await expectAtRest(sold, "ACTIVE");
      expect(telling.toldOf(sold)).toEqual(["resume"]);
    });
  },
  { limits: { accountDeadlineMs: 300 } },
);
