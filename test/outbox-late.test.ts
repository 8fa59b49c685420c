import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import { expectAtRest } from "./support/expect-at-rest.js";
import { bangoIdOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { PERIOD_MS } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

const unknownTo = (operation: string) => ({ sharedCustomerId: `${operation}-unknown-${randomUUID()}` });

/** The background looks at every unknown outcome now. */
async function settleAll(given: Scenario): Promise<number> {
  await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
  return given.core.settleDue();
}

withBango(
  "an outcome that is known after Bango was answered 503",
  (given, telling) => {
    const heard503 = async (operation: "suspend" | "revoke" | "cancel", sold: Sold, requestId: string) => {
      const reply = await telling.bangoCalls(operation, sold, { body: { requestId } });
      expect(reply.status).toBe(503);
    };

    it("is told by the outbox once the background has settled it", async () => {
      const sold = await telling.active(unknownTo("suspend"));
      await heard503("suspend", sold, randomUUID());
      expect(await telling.messages(sold)).toEqual([]);
      expect(await settleAll(given)).toBe(1);
      expect(await telling.statusOf(sold)).toBe("SUSPENDED");
      expect(await telling.known(sold)).toMatchObject({ status: "ACTIVE" });
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual(["suspend"]);
      await expectAtRest(telling, sold);
      expect(telling.toldOf(sold)).toEqual(["suspend"]);
      await given.expectBooksToAgree();
    });

    it("is not told where Bango has moved on before it could be", async () => {
      const sold = await telling.active(unknownTo("suspend"));
      await heard503("suspend", sold, randomUUID());
      await settleAll(given);
      expect(await telling.messages(sold)).toEqual(["suspend pending"]);
      expect((await telling.bangoCalls("resume", sold)).status).toBe(200);
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await telling.messages(sold)).toEqual(["suspend superseded"]);
      await expectAtRest(telling, sold);
    });

    it("is not told where Bango's repeat of the call heard it", async () => {
      const sold = await telling.active(unknownTo("suspend"));
      const requestId = randomUUID();
      await heard503("suspend", sold, requestId);
      const repeat = await telling.bangoCalls("suspend", sold, { body: { requestId } });
      expect(repeat.status).toBe(200);
      expect(repeat.body).toMatchObject({ status: "SUSPENDED" });
      expect(await settleAll(given)).toBe(0);
      await expectAtRest(telling, sold);
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await telling.messages(sold)).toEqual([]);
    });

    it("is not told where another suspend of Bango's was answered that it is so already", async () => {
      const sold = await telling.active(unknownTo("suspend"));
      await heard503("suspend", sold, randomUUID());
      await settleAll(given);
      const again = await telling.bangoCalls("suspend", sold, { body: { requestId: randomUUID() } });
      expect(again.status).toBe(200);
      await expectAtRest(telling, sold);
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await telling.messages(sold)).toEqual(["suspend superseded"]);
    });

    it("that ends it is told as the end it was", async () => {
      const sold = await telling.active(unknownTo("revoke"));
      await heard503("revoke", sold, randomUUID());
      await settleAll(given);
      await expectAtRest(telling, sold);
      expect(telling.toldOf(sold)).toEqual(["terminate"]);
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe("REVOKED");
    });

    it("is told as the end where the date has come before a cancel could be told", async () => {
      const sold = await telling.active(unknownTo("cancel"));
      await heard503("cancel", sold, randomUUID());
      await settleAll(given);
      expect(await telling.statusOf(sold)).toBe("ACTIVE-ENDING");
      telling.bango.next(bangoIdOf(sold), { status: 503 });
      await telling.deliver();
      await given.advance(PERIOD_MS);
      expect(await telling.statusOf(sold)).toBe("CANCELLED");
      await expectAtRest(telling, sold);
      const bodies = telling.bango.toldOf(bangoIdOf(sold)).map(({ body }) => body.immediate);
      expect(bodies).toEqual([false, true]);
    });

    it("is not told where our clock ends on its date what Bango has cancelled itself", async () => {
      const sold = await telling.active();
      expect((await telling.bangoCalls("cancel", sold)).status).toBe(200);
      await given.advance(PERIOD_MS);
      await telling.deliver();
      expect(await telling.statusOf(sold)).toBe("CANCELLED");
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await telling.messages(sold)).toEqual([]);
    });
  },
  { limits: { accountDeadlineMs: 300 } },
);

withBango("a sign-up that Bango could not be told of", (given, telling) => {
  const signedUpUnheard = async (status = 503): Promise<Sold> => {
    const { sold, link } = await telling.pending();
    telling.bango.next(bangoIdOf(sold), { status });
    expect((await telling.signUp(link)).status).toBe(303);
    return sold;
  };

  it("is told before the suspend that Bango has asked for since, and the suspend once more after it", async () => {
    const sold = await signedUpUnheard();
    expect((await telling.bangoCalls("suspend", sold)).status).toBe(200);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["activate", "activate", "suspend"]);
    expect(await telling.messages(sold)).toEqual(["activate delivered", "suspend delivered"]);
  });

  it("is never told where Bango has suspended and cancelled it since", async () => {
    const sold = await signedUpUnheard();
    expect((await telling.bangoCalls("suspend", sold)).status).toBe(200);
    expect((await telling.bangoCalls("cancel", sold)).status).toBe(200);
    await expectAtRest(telling, sold);
    expect(await telling.statusOf(sold)).toBe("CANCELLED");
    expect(telling.toldOf(sold)).toEqual(["activate"]);
    expect(await telling.messages(sold)).toEqual(["activate superseded"]);
    await given.expectBooksToAgree();
  });

  it("and is dead, is no obstacle to the end that is told later", async () => {
    const sold = await signedUpUnheard(404);
    expect(await telling.messages(sold)).toEqual(["activate dead"]);
    await telling.merchant("revoke", sold);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["activate", "terminate"]);
    const { messageId } = await telling.message(sold, "activate");
    expect(await given.core.store.replayMessage(messageId)).toBe(true);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["activate", "terminate"]);
    expect(await telling.messages(sold)).toEqual(["activate superseded", "terminate delivered"]);
  });

  it("and is dead, is not told again where Bango terminates it", async () => {
    const sold = await signedUpUnheard(404);
    const ended = await telling.bangoCalls("terminate", sold, { body: { immediate: true } });
    expect(ended.status).toBe(200);
    await expectAtRest(telling, sold);
    expect(telling.toldOf(sold)).toEqual(["activate"]);
    await given.expectBooksToAgree();
  });
});
