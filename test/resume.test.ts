import { describe, expect, it } from "@jest/globals";
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
  momentOf,
  moves,
  watchedOnEveryDatabase,
} from "./support/watched.js";

watchedOnEveryDatabase("resuming an entitlement", (given, watch) => {
  describe("in every state", () => {
    itKeepsTheTable(given, watch, "resume", [
      ...conflicts("PENDING", "PENDING for the account"),
      ...alreadySo("ACTIVE", "ACTIVE-ENDING"),
      moves("SUSPENDED", "is active again", "ACTIVE", "resume"),
      moves("SUSPENDED-ENDING", "is active again until its end date", "ACTIVE-ENDING", "resume"),
      ...conflicts(...ENDED_PLACES),
    ]);
    itIsNotFound(given, watch, "resume");
  });

  it("says when, and keeps the date of the suspension", async () => {
    const record = await given.entitlementAt("SUSPENDED");
    const { result, expectWithin } = await momentOf(given, () => given.call("resume", idOf(record)));
    expectWithin(result.body.dateResumed);
    expect(result.body).toMatchObject({
      dateSuspended: record.dateSuspended,
      dateActivated: record.dateActivated,
      dateLastUpdated: result.body.dateResumed,
    });
    expect(result.body).not.toHaveProperty("terminationDate");
  });

  it("keeps the end date of a cancelled one, and a cancel repeats it", async () => {
    const active = await given.entitlementAt("ACTIVE");
    const { terminationDate } = (await given.call("cancel", idOf(active))).body;
    await given.call("suspend", idOf(active));
    await given.call("resume", idOf(active));
    expect(await endDateOf(given, active)).toBe(Date.parse(terminationDate));
    expect((await given.call("cancel", idOf(active))).body.terminationDate).toBe(terminationDate);
  });

  it("asks the account system to give full access", async () => {
    const record = await given.entitlementAt("SUSPENDED-ENDING");
    await given.call("resume", idOf(record));
    expect(watch.askedFor(record).at(-1)).toMatchObject({ operation: "resume", call: { access: "full" } });
  });

  describe("when it is repeated", () => {
    it("answers as it answered the first, though it is suspended once more since", async () => {
      const record = await given.entitlementAt("SUSPENDED");
      const call = { body: { requestId: "resume-1" } };
      const first = await given.call("resume", idOf(record), call);
      await given.call("suspend", idOf(record));
      const seen = await watch.during(record, () => given.call("resume", idOf(record), call));
      expect(seen.reply.text).toBe(first.text);
      expect(seen.asked).toEqual([]);
      expect(seen.record.status).toBe("SUSPENDED");
    });
  });

  describe("as the account system answers", () => {
    itHeedsTheAccountSystem(given, watch, {
      operation: "resume",
      word: "resume",
      place: "SUSPENDED",
      asked: "resume",
    });
  });

  itLeavesTheBooksInAgreement(given);
});
