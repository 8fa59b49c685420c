import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { DAY_MS } from "./support/scenario.js";
import type { Body, Place } from "./support/scenario.js";
import {
  STATE_AT,
  endDateOf,
  forcing,
  idOf,
  itLeavesTheBooksInAgreement,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;
const BECAUSE = "the clock says nothing on any wire";

watchedOnEveryDatabase(
  "our clock",
  (given, watch) => {
    const now = async (): Promise<number> => (await given.core.store.now()).business;
    const move = (body: Body): Promise<Response> => given.admin.post("/sandbox/clock").send(body);
    const moveTo = async (at: number): Promise<Response> => {
      const reply = await move({ now: new Date(at).toISOString() });
      expect(reply.status).toBe(200);
      return reply;
    };
    const inDays = async (days: number): Promise<string> =>
      new Date((await now()) + days * DAY_MS).toISOString();
    const readOnceThere = (record: EntitlementRecord, at: number) => watch.during(record, () => moveTo(at));

    describe("at an end date", () => {
      it.each(["ACTIVE-ENDING", "SUSPENDED-ENDING"] as const)(
        "ends %s: it is CANCELLED, and the account system is asked to revoke",
        async (place) => {
          const record = await given.entitlementAt(place);
          const endsAt = (await endDateOf(given, record))!;
          const seen = await readOnceThere(record, endsAt);
          expect(seen.record.status).toBe("CANCELLED");
          expect(Date.parse(seen.record.dateEnded!)).toBeGreaterThanOrEqual(endsAt);
          expect(Date.parse(seen.record.dateEnded!)).toBeLessThan(endsAt + 10 * SECOND_MS);
          expect(seen.asked).toEqual(["revoke"]);
          expect(watch.askedFor(record).at(-1)?.call.access).toBe("none");
          expect(seen.events).toMatchObject([
            { owner: "clock", actor: "clock", before: STATE_AT[place], after: "CANCELLED" },
          ]);
          expect(await endDateOf(given, record)).toBeNull();
        },
      );

      it.each(["ACTIVE-ENDING", "SUSPENDED-ENDING"] as const)(
        "leaves %s alone as long as it is not there",
        async (place) => {
          const record = await given.entitlementAt(place);
          const endsAt = (await endDateOf(given, record))!;
          const seen = await readOnceThere(record, endsAt - 10 * SECOND_MS);
          expect(seen.record.status).toBe(STATE_AT[place]);
          expect([seen.asked, seen.events]).toEqual([[], []]);
        },
      );

      it("ends it once, however often and by how many it is looked at", async () => {
        const record = await given.entitlementAt("ACTIVE-ENDING");
        const seen = await watch.during(record, async () => {
          const reply = await moveTo((await endDateOf(given, record))!);
          await Promise.all([given.core.endDue(), given.core.endDue()]);
          return reply;
        });
        expect(seen.asked).toEqual(["revoke"]);
        expect(seen.events).toHaveLength(1);
        expect(await given.core.endDue()).toBe(0);
      });

      it("ends many at once", async () => {
        const records: EntitlementRecord[] = [];
        for (let count = 0; count < 12; count += 1) records.push(await given.entitlementAt("ACTIVE-ENDING"));
        await given.advance(32 * DAY_MS);
        for (const record of records)
          expect((await given.call("read", idOf(record))).body.status).toBe("CANCELLED");
      });

      it("waits for an account system that is down: nothing changes, and it stays due", async () => {
        const record = await given.entitlementAt("ACTIVE-ENDING", forcing("revoke", "down"));
        const endsAt = await endDateOf(given, record);
        const seen = await readOnceThere(record, endsAt!);
        expect(seen.record.status).toBe("ACTIVE-ENDING");
        expect(seen.asked).toEqual(["revoke"]);
        expect(seen.events).toEqual([]);
        expect(await endDateOf(given, record)).toBe(endsAt);
      });
    });

    describe("at a date that is no end date", () => {
      it.each<Place>(["PENDING", "PENDING for the account", "ACTIVE", "SUSPENDED"])(
        "does nothing to %s, however long it takes",
        async (place) => {
          const record = await given.entitlementAt(place);
          const seen = await watch.during(record, () => move({ advanceMs: 400 * DAY_MS }));
          expect(seen.record.status).toBe(STATE_AT[place]);
          expect([seen.asked, seen.events]).toEqual([[], []]);
        },
      );

      it.each<Place>(["PENDING", "ACTIVE", "SUSPENDED"])(
        "does nothing to %s whose dateExpiry passes: Bango sends that end",
        async (place) => {
          const record = await given.entitlementAt(place, { dateExpiry: await inDays(1) });
          const seen = await watch.during(record, () => move({ advanceMs: 3 * DAY_MS }));
          expect(seen.record.status).toBe(STATE_AT[place]);
          expect([seen.asked, seen.events]).toEqual([[], []]);
        },
      );
    });

    describe("when a tester moves it", () => {
      it("is where it was told to be, and dates come from there", async () => {
        const to = (await now()) + 5 * DAY_MS;
        const reply = await moveTo(to);
        expect(Date.parse(reply.body.now)).toBeGreaterThanOrEqual(to);
        const { body } = await given.activate();
        expect(Date.parse(body.dateCreated)).toBeGreaterThanOrEqual(to);
        expect(Date.parse(body.dateCreated)).toBeLessThan(to + 10 * SECOND_MS);
      });

      it("goes on by as much as it was told, even by nothing at all", async () => {
        const before = await now();
        for (let count = 0; count < 20; count += 1) expect((await move({ advanceMs: 0 })).status).toBe(200);
        await move({ advanceMs: HOUR_MS });
        expect((await now()) - before).toBeGreaterThanOrEqual(HOUR_MS);
        expect((await now()) - before).toBeLessThan(HOUR_MS + 10 * SECOND_MS);
      });

      it("goes forward only", async () => {
        const before = await now();
        const reply = await move({ now: new Date(before - SECOND_MS).toISOString() });
        expect(reply.status).toBe(400);
        expect(reply.body.responseCode).toBe("BAD_REQUEST");
        expect(await now()).toBeGreaterThanOrEqual(before);
      });

      it.each([
        {},
        { advanceMs: -1 },
        { advanceMs: "1000" },
        { advanceMs: 0.5 },
        { now: "tomorrow" },
        { now: "2099-01-01T00:00:00" },
        { now: "2099-01-01T00:00:00Z", advanceMs: 1 },
      ])("refuses %j, and stays where it is", async (body) => {
        const before = await now();
        expect((await move(body)).status).toBe(400);
        expect((await now()) - before).toBeLessThan(10 * SECOND_MS);
      });
    });

    itLeavesTheBooksInAgreement(given);
  },
  { defaultShapeBecause: BECAUSE },
);

watchedOnEveryDatabase(
  "our clock, told to end what waits too long",
  (given, watch) => {
    const inHours = async (hours: number): Promise<string> =>
      new Date((await given.core.store.now()).business + hours * HOUR_MS).toISOString();
    const hoursLater = (record: EntitlementRecord, hours: number) =>
      watch.during(record, () => given.admin.post("/sandbox/clock").send({ advanceMs: hours * HOUR_MS }));

    it.each([
      ["PENDING", []],
      ["PENDING for the account", ["revoke"]],
    ] as const)("cancels %s after pendingMaxAgeMs, asking %j", async (place, asked) => {
      const record = await given.entitlementAt(place);
      const young = await hoursLater(record, 1.9);
      expect([young.record.status, young.events]).toEqual(["PENDING", []]);
      const old = await hoursLater(record, 0.2);
      expect(old.record.status).toBe("CANCELLED");
      expect(old.asked).toEqual(asked);
      expect(old.events).toMatchObject([{ actor: "clock", after: "CANCELLED" }]);
    });

    it.each([
      ["PENDING", []],
      ["PENDING for the account", ["revoke"]],
      ["ACTIVE", ["revoke"]],
      ["ACTIVE-ENDING", ["revoke"]],
      ["SUSPENDED", ["revoke"]],
      ["SUSPENDED-ENDING", ["revoke"]],
    ] as const)(
      "cancels %s once its dateExpiry is past by expiryGraceMs, asking %j",
      async (place, asked) => {
        const record = await given.entitlementAt(place, { dateExpiry: await inHours(0.5) });
        const young = await hoursLater(record, 0.4);
        expect([young.record.status, young.events]).toEqual([STATE_AT[place], []]);
        const old = await hoursLater(record, 1.2);
        expect(old.record.status).toBe("CANCELLED");
        expect(old.asked).toEqual(asked);
        expect(old.events).toMatchObject([{ actor: "clock", after: "CANCELLED" }]);
      },
    );

    it("waits for the whole grace where access did not end with the expiry", async () => {
      const record = await given.entitlementAt("ACTIVE", { dateExpiry: await inHours(0.5) });
      const seen = await hoursLater(record, 1.4);
      expect([seen.record.status, seen.asked]).toEqual(["ACTIVE", []]);
    });

    it("leaves what has no dateExpiry and is not PENDING", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const seen = await hoursLater(record, 1000);
      expect([seen.record.status, seen.asked]).toEqual(["ACTIVE", []]);
    });

    itLeavesTheBooksInAgreement(given);
  },
  { limits: { pendingMaxAgeMs: 2 * HOUR_MS, expiryGraceMs: HOUR_MS }, defaultShapeBecause: BECAUSE },
);
