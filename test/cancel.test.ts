import { describe, expect, it } from "@jest/globals";
import { DAY_MS, PERIOD_MS } from "./support/scenario.js";
import { CANCEL_CELLS, EXPIRED_CELLS } from "./support/ending-cells.js";
import {
  codeOf,
  endDateOf,
  forcing,
  idOf,
  itHeedsTheAccountSystem,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  momentOf,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const HOUR_MS = 3_600_000;
const EXPIRED = { body: { reasonCategory: "CUSTOMER_CANCELLED", reasonCode: "EXPIRED" } };

/** The same day and time some months later, or the last day of a shorter month: written out once more, on purpose. */
function monthsAfter(date: number, months: number): string {
  const from = new Date(date);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0));
  const to = new Date(from);
  to.setUTCFullYear(lastDay.getUTCFullYear(), lastDay.getUTCMonth(), 1);
  to.setUTCDate(Math.min(from.getUTCDate(), lastDay.getUTCDate()));
  return to.toISOString();
}

watchedOnEveryDatabase("cancelling an entitlement", (given, watch) => {
  const inDays = async (days: number): Promise<string> =>
    new Date((await given.core.store.now()).business + days * DAY_MS).toISOString();

  /** The account system's months run from the moment at which it was asked. */
  const monthsAfterActivation = (record: EntitlementRecord, months: number): string =>
    monthsAfter(watch.askedFor(record)[0]!.call.now, months);

  describe("in every state", () => {
    itKeepsTheTable(given, watch, "cancel", CANCEL_CELLS);
    itIsNotFound(given, watch, "cancel");
  });

  describe("with the code EXPIRED, in every state", () => {
    itKeepsTheTable(given, watch, "cancel", EXPIRED_CELLS, EXPIRED);

    it("ends now: the termination date is the date of the end", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const { result, expectWithin } = await momentOf(given, () =>
        given.call("cancel", idOf(record), EXPIRED),
      );
      expectWithin(result.body.terminationDate);
      expect(result.body.dateEnded).toBe(result.body.terminationDate);
    });
  });

  describe("its termination date", () => {
    it("is the end of the paid month, and access goes on until then", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const { body } = await given.call("cancel", idOf(record));
      expect(body.terminationDate).toBe(monthsAfterActivation(record, 1));
      expect(body).not.toHaveProperty("dateEnded");
      expect(watch.askedFor(record).at(-1)).toMatchObject({
        operation: "endAtPeriod",
        call: { access: "full" },
      });
    });

    it("is the end of the second month in the second month", async () => {
      const record = await given.entitlementAt("ACTIVE");
      await given.advance(PERIOD_MS);
      const { body } = await given.call("cancel", idOf(record));
      expect(body.terminationDate).toBe(monthsAfterActivation(record, 2));
    });

    it("is dateExpiry where that comes before the end of the period", async () => {
      const dateExpiry = await inDays(10);
      const record = await given.entitlementAt("ACTIVE", { dateExpiry });
      expect((await given.call("cancel", idOf(record))).body.terminationDate).toBe(dateExpiry);
    });

    it("is the end of the period where dateExpiry comes after it", async () => {
      const record = await given.entitlementAt("ACTIVE", { dateExpiry: await inDays(60) });
      expect((await given.call("cancel", idOf(record))).body.terminationDate).toBe(
        monthsAfterActivation(record, 1),
      );
    });

    it("heeds the dateExpiry of an update", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const dateExpiry = await inDays(5);
      await given.call("update", null, { body: { merchantEntitlementId: idOf(record), dateExpiry } });
      expect((await given.call("cancel", idOf(record))).body.terminationDate).toBe(dateExpiry);
    });

    it("stays the same where it is already so, also a day later and while suspended", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const { terminationDate } = (await given.call("cancel", idOf(record))).body;
      await given.advance(DAY_MS);
      const again = await given.call("cancel", idOf(record));
      await given.call("suspend", idOf(record));
      const suspended = await given.call("cancel", idOf(record));
      expect([again.body.terminationDate, suspended.body.terminationDate]).toEqual([
        terminationDate,
        terminationDate,
      ]);
      expect(await endDateOf(given, record)).toBe(Date.parse(terminationDate));
    });

    it.each(["PENDING", "SUSPENDED"] as const)("is now for %s, which ends at once", async (place) => {
      const record = await given.entitlementAt(place);
      const { result, expectWithin } = await momentOf(given, () => given.call("cancel", idOf(record)));
      expectWithin(result.body.terminationDate);
      expect(result.body.dateEnded).toBe(result.body.terminationDate);
      expect(await endDateOf(given, record)).toBeNull();
    });
  });

  describe("after our clock has ended it", () => {
    it("is already so for 48 hours, with the date of that end", async () => {
      const record = await given.entitlementAt("ended by our clock");
      await given.advance(47 * HOUR_MS);
      const seen = await watch.during(record, () => given.call("cancel", idOf(record)));
      expect(codeOf(seen.reply)).toEqual([200, "OK"]);
      expect(seen.reply.body).toMatchObject({
        status: "CANCELLED",
        dateEnded: record.dateEnded,
        terminationDate: record.dateEnded,
      });
      expect([seen.asked, seen.events]).toEqual([[], []]);
    });

    it("is refused with CONFLICT after that", async () => {
      const record = await given.entitlementAt("ended by our clock");
      await given.advance(48 * HOUR_MS + 60_000);
      const reply = await watch.unchangedBy(() => given.call("cancel", idOf(record)));
      expect(codeOf(reply)).toEqual([409, "CONFLICT"]);
    });
  });

  it.each([
    [
      "its own names",
      { cancelReasonCategory: "CAT", cancelReasonCode: "CODE", cancelReasonDescription: "text" },
    ],
    ["reason…", { reasonCategory: "CAT", reasonCode: "CODE", reasonDescription: "text" }],
    ["bare names", { category: "CAT", code: "CODE", description: "text" }],
  ])("keeps a reason under %s in the history", async (_names, body) => {
    const record = await given.entitlementAt("ACTIVE");
    await given.call("cancel", idOf(record), { body });
    expect((await given.core.store.listHistory(idOf(record))).at(-1)).toMatchObject({
      operation: "cancel",
      reason: { category: "CAT", code: "CODE", description: "text" },
    });
  });

  describe("when it is repeated", () => {
    const [since, state] = given.offers("reinstate")
      ? (["reinstate", "ACTIVE"] as const)
      : (["suspend", "SUSPENDED"] as const);
    it(`answers as it answered the first, though there was a ${since} since`, async () => {
      const record = await given.entitlementAt("ACTIVE");
      const call = { body: { requestId: "cancel-1" } };
      const first = await given.call("cancel", idOf(record), call);
      await given.call(since, idOf(record));
      const seen = await watch.during(record, () => given.call("cancel", idOf(record), call));
      expect(seen.reply.text).toBe(first.text);
      expect(seen.asked).toEqual([]);
      expect(seen.record.status).toBe(state);
    });
  });

  describe("as the account system answers", () => {
    itHeedsTheAccountSystem(given, watch, {
      operation: "cancel",
      word: "cancel",
      place: "ACTIVE",
      asked: "endAtPeriod",
    });

    it("is SERVICE_UNAVAILABLE where it refuses to end a suspended one at once, and nothing is kept", async () => {
      const record = await given.entitlementAt("SUSPENDED", forcing("cancel", "decline"));
      const reply = await watch.unchangedBy(() => given.call("cancel", idOf(record)));
      expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
    });
  });

  itLeavesTheBooksInAgreement(given);
});

watchedOnEveryDatabase(
  "cancelling where the account system cannot end with the period",
  (given, watch) => {
    it("ends at once, by its revoke", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const seen = await watch.during(record, () => given.call("cancel", idOf(record)));
      expect(seen.asked).toEqual(["revoke"]);
      expect(seen.reply.body).toMatchObject({
        status: "CANCELLED",
        terminationDate: seen.record.dateEnded,
      });
    });

    itLeavesTheBooksInAgreement(given);
  },
  { without: ["endAtPeriod"] },
);
