import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { AccountSystem } from "../src/ports/account-system.js";
import { renewableFake } from "./support/fake-accounts.js";
import { BANGOTEL, DAY_MS, onEveryDatabase } from "./support/scenario.js";

/** How many ends of one reseller a process works on at once (ADR 19). */
const AT_ONCE = 8;

const { system, fake, renew } = renewableFake();
let stalled: Promise<void> | null = null;

/** Takes its time with BANGOTEL's ends alone. */
const stalling: AccountSystem = {
  ...system,
  revoke: async (call) => {
    const answer = await system.revoke(call);
    if (call.entitlement.resellerId === "BANGOTEL" && stalled !== null) await stalled;
    return answer;
  },
};

onEveryDatabase(
  "ends that are due, while one reseller's account system stalls",
  (given) => {
    beforeEach(renew);
    // Also where a test has failed: what hangs and what repeats would go on for ever.
    const endings: (() => unknown)[] = [];
    afterEach(async () => {
      for (const end of endings.splice(0)) await end();
    });

    /** Cancelled ones; their paid period ends in so many days. */
    const cancelled = async (resellerId: string, count: number, days: number): Promise<string[]> => {
      const periodEndsAt = (await given.core.store.now()).business + days * DAY_MS;
      const ids: string[] = [];
      while (ids.length < count) {
        const { body } = await given.activate({ resellerId });
        const id = (body as { merchantEntitlementId: string }).merchantEntitlementId;
        fake().next("endAtPeriod", { kind: "done", periodEndsAt });
        expect((await given.call("cancel", id)).status).toBe(200);
        ids.push(id);
      }
      return ids;
    };
    const pass = async (days: number): Promise<void> => {
      const { business } = await given.core.store.now();
      await given.core.store.moveClock(business + days * DAY_MS + 1000);
    };
    const untilEnded = async (ids: readonly string[]): Promise<void> => {
      for (const id of ids)
        while ((await given.core.store.findByAnyId(id, "*"))?.status !== "CANCELLED")
          await new Promise((resolve) => setImmediate(resolve));
    };
    const stall = (): (() => void) => {
      let release = (): void => undefined;
      stalled = new Promise<void>((resolve) => (release = resolve));
      endings.push(() => {
        release();
      });
      return release;
    };
    const asked = (resellerId: string): number =>
      fake().calls.filter(
        ({ operation, call }) => operation === "revoke" && call.entitlement.resellerId === resellerId,
      ).length;

    /** As many as may be at once have been asked for, and no more come. */
    const expectAtOnce = async (resellerId: string): Promise<void> => {
      while (asked(resellerId) < AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
      for (let looks = 0; looks < 5; looks += 1) await given.core.store.now();
      expect(asked(resellerId)).toBe(AT_ONCE);
    };

    it("are made for the others, and the one is asked for eight at a time", async () => {
      const slow = await cancelled("BANGOTEL", 20, 1);
      const quick = await cancelled("OTHERTEL", 2, 2);
      await pass(3);
      const release = stall();
      const ending = given.core.endDue();
      await untilEnded(quick);
      await expectAtOnce("BANGOTEL");
      release();
      expect(await ending).toBe(22);
      await untilEnded(slow);
    });

    it("are made by one worker pass after the other, and stopping waits for no more than what is under way", async () => {
      const slow = await cancelled("BANGOTEL", 20, 1);
      const quick = await cancelled("OTHERTEL", 1, 1);
      const later = await cancelled("OTHERTEL", 1, 4);
      await pass(2);
      const release = stall();
      const workers = given.server.startWorkers();
      endings.push(() => workers.stop());
      await untilEnded(quick);
      await pass(3);
      await untilEnded(later);
      await expectAtOnce("BANGOTEL");
      const stopped = workers.stop();
      release();
      await stopped;
      expect(asked("BANGOTEL")).toBe(AT_ONCE);
      expect(await given.core.endDue()).toBe(slow.length - AT_ONCE);
    });
  },
  {
    accounts: () => stalling,
    file: { resellers: [BANGOTEL, { ...BANGOTEL, resellerId: "OTHERTEL" }] },
    // No call may end by this machine being slow.
    limits: { accountDeadlineMs: 100_000, leaseMs: 200_000 },
    defaultShapeBecause: "the clock says nothing on any wire",
  },
);
