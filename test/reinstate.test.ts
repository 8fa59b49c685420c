import { describe, expect, it } from "@jest/globals";
import { DAY_MS } from "./support/scenario.js";
import {
  ENDED_PLACES,
  alreadySo,
  conflicts,
  endDateOf,
  idOf,
  itHeedsTheAccountSystem,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  moves,
  watchedOnEveryDatabase,
  whereOffered,
} from "./support/watched.js";

watchedOnEveryDatabase("reinstating an entitlement", (given, watch) => {
  whereOffered(given, watch, "reinstate", () => {
    describe("in every state", () => {
      itKeepsTheTable(given, watch, "reinstate", [
        ...conflicts("PENDING", "PENDING for the account"),
        ...alreadySo("ACTIVE"),
        moves("ACTIVE-ENDING", "is active without an end", "ACTIVE", "reinstate"),
        ...conflicts("SUSPENDED"),
        moves("SUSPENDED-ENDING", "stays suspended, without an end", "SUSPENDED", "reinstate"),
        ...conflicts(...ENDED_PLACES),
      ]);
      itIsNotFound(given, watch, "reinstate");
    });

    it.each(["ACTIVE-ENDING", "SUSPENDED-ENDING"] as const)("clears the end date of %s", async (place) => {
      const record = await given.entitlementAt(place);
      expect(await endDateOf(given, record)).not.toBeNull();
      const reply = await given.call("reinstate", idOf(record));
      expect(await endDateOf(given, record)).toBeNull();
      expect(reply.body).not.toHaveProperty("terminationDate");
      expect(reply.body).not.toHaveProperty("dateEnded");
    });

    it("outlives the end date that was taken back", async () => {
      const record = await given.entitlementAt("ACTIVE-ENDING");
      await given.call("reinstate", idOf(record));
      await given.advance(32 * DAY_MS);
      expect((await given.call("read", idOf(record))).body.status).toBe("ACTIVE");
      expect(watch.askedFor(record).map(({ operation }) => operation)).not.toContain("revoke");
    });

    it("lets a suspended one be resumed for good", async () => {
      const record = await given.entitlementAt("SUSPENDED-ENDING");
      await given.call("reinstate", idOf(record));
      expect((await given.call("resume", idOf(record))).body.status).toBe("ACTIVE");
    });

    it("can be cancelled again, and then ends with the period that runs by then", async () => {
      const record = await given.entitlementAt("ACTIVE-ENDING");
      const endsAt = await endDateOf(given, record);
      await given.call("reinstate", idOf(record));
      await given.advance(32 * DAY_MS);
      const { terminationDate } = (await given.call("cancel", idOf(record))).body;
      expect(Date.parse(terminationDate)).toBeGreaterThan(endsAt!);
    });

    it.each([
      ["ACTIVE-ENDING", "full"],
      ["SUSPENDED-ENDING", "none"],
    ] as const)("asks for the access that %s had: %s", async (place, access) => {
      const record = await given.entitlementAt(place);
      await given.call("reinstate", idOf(record));
      expect(watch.askedFor(record).at(-1)).toMatchObject({ operation: "reinstate", call: { access } });
    });

    describe("when it is repeated", () => {
      it("answers as it answered the first, though it is cancelled once more since", async () => {
        const record = await given.entitlementAt("ACTIVE-ENDING");
        const call = { body: { requestId: "reinstate-1" } };
        const first = await given.call("reinstate", idOf(record), call);
        await given.call("cancel", idOf(record));
        const seen = await watch.during(record, () => given.call("reinstate", idOf(record), call));
        expect(seen.reply.text).toBe(first.text);
        expect(seen.asked).toEqual([]);
        expect(seen.record.status).toBe("ACTIVE-ENDING");
      });
    });

    describe("as the account system answers", () => {
      itHeedsTheAccountSystem(given, watch, {
        operation: "reinstate",
        word: "reinstate",
        place: "ACTIVE-ENDING",
        asked: "reinstate",
      });
    });
  });

  itLeavesTheBooksInAgreement(given);
});
