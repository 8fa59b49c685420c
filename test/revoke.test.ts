import { describe, expect, it } from "@jest/globals";
import { REVOKE_CELLS } from "./support/ending-cells.js";
import {
  codeOf,
  endDateOf,
  forcing,
  idOf,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  momentOf,
  recordIn,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const HOUR_MS = 3_600_000;

watchedOnEveryDatabase("revoking an entitlement", (given, watch) => {
  describe("in every state", () => {
    itKeepsTheTable(given, watch, "revoke", REVOKE_CELLS);
    itIsNotFound(given, watch, "revoke");
  });

  it("ends now, and tells no termination date", async () => {
    const record = await given.entitlementAt("ACTIVE-ENDING");
    const { result, expectWithin } = await momentOf(given, () => given.call("revoke", idOf(record)));
    expectWithin(result.body.dateEnded);
    expect(result.body.dateLastUpdated).toBe(result.body.dateEnded);
    expect(result.body).not.toHaveProperty("terminationDate");
    expect(await endDateOf(given, record)).toBeNull();
  });

  it("asks the account system to give no access, and tells it why", async () => {
    const record = await given.entitlementAt("ACTIVE");
    await given.call("revoke", idOf(record), {
      body: { revokeReasonCategory: "REVOKED", revokeReasonCode: "FRAUD" },
    });
    const reason = { category: "REVOKED", code: "FRAUD", description: null };
    expect(watch.askedFor(record).at(-1)).toMatchObject({
      operation: "revoke",
      call: { access: "none", command: { operation: "revoke", reason } },
    });
    expect((await given.core.store.listHistory(idOf(record))).at(-1)).toMatchObject({
      operation: "revoke",
      reason,
    });
  });

  describe("after our clock has ended it", () => {
    it("is already so for 48 hours: it stays CANCELLED", async () => {
      const record = await given.entitlementAt("ended by our clock");
      await given.advance(47 * HOUR_MS);
      const seen = await watch.during(record, () => given.call("revoke", idOf(record)));
      expect(codeOf(seen.reply)).toEqual([200, "OK"]);
      expect(seen.record).toEqual(recordIn(record));
      expect([seen.asked, seen.events]).toEqual([[], []]);
    });

    it("is refused with CONFLICT after that", async () => {
      const record = await given.entitlementAt("ended by our clock");
      await given.advance(48 * HOUR_MS + 60_000);
      const reply = await watch.unchangedBy(() => given.call("revoke", idOf(record)));
      expect(codeOf(reply)).toEqual([409, "CONFLICT"]);
    });
  });

  describe("when it is repeated", () => {
    it("answers as it answered the first; another request id is refused", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const first = await given.call("revoke", idOf(record), { body: { requestId: "revoke-1" } });
      const seen = await watch.during(record, () =>
        given.call("revoke", idOf(record), { body: { requestId: "revoke-1" } }),
      );
      expect(seen.reply.text).toBe(first.text);
      expect(seen.asked).toEqual([]);
      const other = await given.call("revoke", idOf(record), { body: { requestId: "revoke-2" } });
      expect(codeOf(other)).toEqual([409, "CONFLICT"]);
    });
  });

  describe("as the account system answers", () => {
    it("is SERVICE_UNAVAILABLE where it refuses: nothing is kept, and somebody is told", async () => {
      const record = await given.entitlementAt("ACTIVE", forcing("revoke", "decline"));
      const seen = await watch.during(record, () =>
        watch.unchangedBy(() => given.call("revoke", idOf(record), { body: { requestId: "refused" } })),
      );
      expect(codeOf(seen.reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
      expect(seen.reply.headers["retry-after"]).toBe("2");
      expect(seen.asked).toEqual(["revoke"]);
      expect(seen.record.status).toBe("ACTIVE");
      const alarms = given
        .logged()
        .filter(
          ({ merchantEntitlementId, level }) => merchantEntitlementId === idOf(record) && level === "error",
        );
      expect(alarms).toHaveLength(1);
    });

    it("is SERVICE_UNAVAILABLE where it is down, and nothing is kept", async () => {
      const record = await given.entitlementAt("SUSPENDED", forcing("revoke", "down"));
      const reply = await watch.unchangedBy(() => given.call("revoke", idOf(record)));
      expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
    });

    it("is 202 OK where it will do it later; the state stays", async () => {
      const record = await given.entitlementAt("ACTIVE", forcing("revoke", "accepted"));
      const seen = await watch.during(record, () => given.call("revoke", idOf(record)));
      expect(codeOf(seen.reply)).toEqual([202, "OK"]);
      expect(seen.record).toEqual(recordIn(record));
      expect(seen.events).toEqual([]);
    });
  });

  itLeavesTheBooksInAgreement(given);
});
