import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Lookup } from "../src/ports/account-system.js";
import { ownTrace } from "../src/ports/trace.js";
import { renewableFake } from "./support/fake-accounts.js";
import { BANGOTEL, DAY_MS, onEveryDatabase } from "./support/scenario.js";

/** How many calls of one reseller a process settles at once (ADR 19). */
const AT_ONCE = 8;
const MANY = 15 * AT_ONCE;

const { system, fake, renew } = renewableFake();

onEveryDatabase(
  "calls of unknown outcome, while one reseller's account system stalls",
  (given) => {
    beforeEach(renew);
    // Also where a test has failed: what hangs and what repeats would go on for ever.
    const endings: (() => unknown)[] = [];
    afterEach(async () => {
      for (const end of endings.splice(0)) await end();
    });

    const journal = () => given.core.database.knex("journal");
    const openOf = async (resellerId: string | null): Promise<number> => {
      const rows = (await journal()
        .where({ resellerId })
        .whereIn("state", ["begun", "unknown", "found"])) as object[];
      return rows.length;
    };
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
    };

    /** Activations that the account system has lost; due since `dueAt`. */
    const lose = async (resellerId: string, count: number, dueAt = 0): Promise<void> => {
      for (let index = 0; index < count; index += 1) fake().next("activate", "throws");
      // All at once they would wait longer for the database than a call may, where the machine is busy.
      for (let lost = 0; lost < count; lost += AT_ONCE) {
        const length = Math.min(AT_ONCE, count - lost);
        const replies = await Promise.all(Array.from({ length }, () => given.activate({ resellerId })));
        expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 503));
      }
      await journal().where({ resellerId, state: "unknown" }).update({ dueAt });
    };

    const lookedUp = (resellerId: string): number => {
      const keys = fake()
        .calls.filter(({ call }) => call.entitlement.resellerId === resellerId)
        .map(({ idempotencyKey }) => idempotencyKey);
      return fake().lookups.filter((key) => keys.includes(key)).length;
    };

    /** BANGOTEL's look-ups hang until they are let go; nothing is found by any. */
    const stall = (): { readonly release: () => void } => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      endings.push(() => {
        release();
      });
      const stalled = new Set(
        fake()
          .calls.filter(({ call }) => call.entitlement.resellerId === "BANGOTEL")
          .map(({ idempotencyKey }) => idempotencyKey),
      );
      const absent: Lookup = { kind: "absent" };
      fake().answerLookup = (key) => (stalled.has(key) ? held.then(() => absent) : absent);
      return { release };
    };

    it("are settled for the others, and the one is asked about eight of its many at a time", async () => {
      await lose("BANGOTEL", MANY);
      await lose("OTHERTEL", 3, 1);
      const { release } = stall();
      const pass = given.core.settleDue();
      await until(async () => (await openOf("OTHERTEL")) === 0 && lookedUp("BANGOTEL") >= AT_ONCE);
      expect(lookedUp("BANGOTEL")).toBe(AT_ONCE);
      expect(await openOf("BANGOTEL")).toBe(MANY);
      release();
      expect(await pass).toBe(MANY + 3);
      expect(lookedUp("BANGOTEL")).toBe(MANY);
      expect(await openOf("BANGOTEL")).toBe(0);
    });

    it("are settled too where a release before this one has begun them", async () => {
      await lose("OTHERTEL", 3, 1);
      await journal().where({ resellerId: "OTHERTEL" }).update({ resellerId: null });
      await lose("BANGOTEL", 2 * AT_ONCE);
      const { release } = stall();
      const pass = given.core.settleDue();
      await until(async () => (await openOf(null)) === 0);
      expect(await openOf("BANGOTEL")).toBe(2 * AT_ONCE);
      release();
      expect(await pass).toBe(2 * AT_ONCE + 3);
    });

    it("are settled by one worker pass after the other, and stopping waits for no more than what is under way", async () => {
      await lose("BANGOTEL", 3 * AT_ONCE);
      await lose("OTHERTEL", 1, 1);
      const { release } = stall();
      const workers = given.server.startWorkers();
      endings.push(() => workers.stop());
      await until(async () => (await openOf("OTHERTEL")) === 0);
      await lose("OTHERTEL", 1, 1);
      await until(async () => (await openOf("OTHERTEL")) === 0 && lookedUp("BANGOTEL") >= AT_ONCE);
      expect(lookedUp("BANGOTEL")).toBe(AT_ONCE);
      let hasStopped = false;
      const stopped = workers.stop().then(() => (hasStopped = true));
      await given.core.store.now();
      await given.core.store.now();
      expect(hasStopped).toBe(false);
      release();
      await stopped;
      expect(lookedUp("BANGOTEL")).toBe(AT_ONCE);
      expect(await openOf("BANGOTEL")).toBe(2 * AT_ONCE);
      expect(await given.core.settleDue()).toBe(2 * AT_ONCE);
    });

    describe("know whose they are", () => {
      const resellers = async (): Promise<unknown[]> =>
        ((await journal().select("operation", "owner", "resellerId").orderBy("createdAt")) as object[]).map(
          (row) => Object.values(row),
        );
      beforeEach(() => journal().delete());

      it("from the activation, or from the entitlement that they name", async () => {
        const { body } = await given.activate({ resellerId: "OTHERTEL" });
        const id = (body as { merchantEntitlementId: string }).merchantEntitlementId;
        await given.call("suspend", id, { body: { requestId: randomUUID() } });
        const call = {
          merchantEntitlementId: id,
          idempotencyKey: randomUUID(),
          actor: "ann",
          trace: ownTrace("t"),
        };
        await given.core.merchantApi.move(call, "resume", null);
        fake().next("endAtPeriod", { kind: "done", periodEndsAt: Date.now() + DAY_MS });
        await given.call("cancel", id, { body: { requestId: randomUUID() } });
        await given.advance(2 * DAY_MS);
        expect(await resellers()).toEqual([
          ["activate", "bango", "OTHERTEL"],
          ["suspend", "bango", "OTHERTEL"],
          ["resume", "merchant", "OTHERTEL"],
          ["cancel", "bango", "OTHERTEL"],
          ["endDateReached", "clock", "OTHERTEL"],
        ]);
      });

      it("from the activation that they undo", async () => {
        fake().next("activate", "throws");
        fake().next("revoke", "throws");
        const body = given.newActivation({ resellerId: "OTHERTEL", requestId: randomUUID() });
        expect((await given.call("activate", null, { body })).status).toBe(503);
        fake().answerLookup = () => ({ kind: "present", result: { kind: "done" } });
        await journal().update({ dueAt: 0, askedAt: 0 });
        await given.core.settleDue();
        expect(await resellers()).toEqual([
          ["activate", "bango", "OTHERTEL"],
          ["revoke", "compensation", "OTHERTEL"],
        ]);
      });

      it("from the call that has taken over the row of another", async () => {
        fake().next("activate", "throws");
        const requestId = randomUUID();
        expect((await given.activate({ requestId })).status).toBe(503);
        await journal().update({ state: "lapsed" });
        await given.core.database.knex("turn").delete();
        expect((await given.activate({ requestId, resellerId: "OTHERTEL" })).status).toBe(201);
        expect(await resellers()).toEqual([["activate", "bango", "OTHERTEL"]]);
      });
    });
  },
  {
    accounts: () => system,
    file: { resellers: [BANGOTEL, { ...BANGOTEL, resellerId: "OTHERTEL" }] },
    // No look-up may end by this machine being slow.
    limits: { accountDeadlineMs: 100_000, leaseMs: 200_000 },
    defaultShapeBecause: "it is about the journal, which stands behind every shape",
  },
);
