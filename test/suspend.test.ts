import { describe, expect, it } from "@jest/globals";
import { DAY_MS } from "./support/scenario.js";
import {
  ENDED_PLACES,
  alreadySo,
  conflicts,
  endDateOf,
  forcing,
  idOf,
  itHeedsTheAccountSystem,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  momentOf,
  moves,
  watchedOnEveryDatabase,
} from "./support/watched.js";

watchedOnEveryDatabase("suspending an entitlement", (given, watch) => {
  describe("in every state", () => {
    itKeepsTheTable(given, watch, "suspend", [
      ...conflicts("PENDING", "PENDING for the account"),
      moves("ACTIVE", "is suspended", "SUSPENDED", "suspend"),
      moves("ACTIVE-ENDING", "is suspended", "SUSPENDED", "suspend"),
      ...alreadySo("SUSPENDED", "SUSPENDED-ENDING"),
      ...conflicts(...ENDED_PLACES),
    ]);
    itIsNotFound(given, watch, "suspend");
  });

  it("says since when, and leaves the other dates alone", async () => {
    const record = await given.entitlementAt("ACTIVE");
    const { result, expectWithin } = await momentOf(given, () => given.call("suspend", idOf(record)));
    expectWithin(result.body.dateSuspended);
    expect(result.body.dateLastUpdated).toBe(result.body.dateSuspended);
    expect(result.body).toMatchObject({
      dateCreated: record.dateCreated,
      dateActivated: record.dateActivated,
    });
    expect(result.body).not.toHaveProperty("dateResumed");
    expect(result.body).not.toHaveProperty("dateEnded");
    expect(result.body).not.toHaveProperty("terminationDate");
  });

  it("keeps the first date where it is already so, and tells the new one after a resume", async () => {
    const record = await given.entitlementAt("SUSPENDED");
    await given.advance(DAY_MS);
    expect((await given.call("suspend", idOf(record))).body.dateSuspended).toBe(record.dateSuspended);
    await given.call("resume", idOf(record));
    const again = await given.call("suspend", idOf(record));
    expect(Date.parse(again.body.dateSuspended)).toBeGreaterThanOrEqual(
      Date.parse(record.dateSuspended!) + DAY_MS,
    );
  });

  it("keeps the end date of a cancelled one", async () => {
    const record = await given.entitlementAt("ACTIVE-ENDING");
    const endsAt = await endDateOf(given, record);
    await given.call("suspend", idOf(record));
    expect(endsAt).not.toBeNull();
    expect(await endDateOf(given, record)).toBe(endsAt);
  });

  it("asks the account system to give no access, and tells it why", async () => {
    const record = await given.entitlementAt("ACTIVE");
    await given.call("suspend", idOf(record), {
      body: {
        suspendReasonCategory: "REVOKED",
        suspendReasonCode: "FRAUD",
        suspendReasonDescription: "calls",
      },
    });
    const reason = { category: "REVOKED", code: "FRAUD", description: "calls" };
    const asked = watch.askedFor(record).at(-1);
    expect(asked).toMatchObject({
      operation: "suspend",
      call: { access: "none", command: { operation: "suspend", reason } },
    });
    const history = await given.core.store.listHistory(idOf(record));
    expect(history.at(-1)).toMatchObject({
      operation: "suspend",
      reason,
      before: "ACTIVE",
      after: "SUSPENDED",
    });
  });

  it("keeps a reason that nobody has listed", async () => {
    const record = await given.entitlementAt("ACTIVE");
    const reply = await given.call("suspend", idOf(record), { body: { category: "NEW", code: "NEWER" } });
    expect(reply.status).toBe(200);
    const history = await given.core.store.listHistory(idOf(record));
    expect(history.at(-1)?.reason).toEqual({ category: "NEW", code: "NEWER", description: null });
  });

  describe("when it is repeated", () => {
    it("answers as it answered the first, and asks the account system once", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const call = { body: { requestId: "suspend-1" } };
      const first = await given.call("suspend", idOf(record), call);
      await given.call("resume", idOf(record));
      const second = await given.call("suspend", idOf(record), call);
      expect(second.text).toBe(first.text);
      expect(watch.askedFor(record).map(({ operation }) => operation)).toEqual([
        "activate",
        "suspend",
        "resume",
      ]);
    });
  });

  describe("as the account system answers", () => {
    itHeedsTheAccountSystem(given, watch, {
      operation: "suspend",
      word: "suspend",
      place: "ACTIVE",
      asked: "suspend",
    });

    it("waits for one that takes its time", async () => {
      const record = await given.entitlementAt("ACTIVE", forcing("suspend", "slow"));
      const startedAt = performance.now();
      const reply = await given.call("suspend", idOf(record));
      expect(performance.now() - startedAt).toBeGreaterThan(2900);
      expect(reply.body).toMatchObject({ responseCode: "OK", status: "SUSPENDED" });
    });
  });

  itLeavesTheBooksInAgreement(given);
});
