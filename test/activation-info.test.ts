import { describe, expect, it } from "@jest/globals";
import { DAY_MS } from "./support/scenario.js";
import {
  PLACES,
  codeOf,
  conflicts,
  idOf,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  momentOf,
  recordIn,
  watchedOnEveryDatabase,
} from "./support/watched.js";

watchedOnEveryDatabase("asking for activation info", (given, watch) => {
  describe("in every state", () => {
    itKeepsTheTable(given, watch, "activationInfo", [
      {
        place: "PENDING",
        promise: "gets a fresh URL, and nothing else changes",
        answer: [200, "OK"],
        state: "PENDING",
        asked: [],
        events: 0,
      },
      ...conflicts(...PLACES.filter((place) => place !== "PENDING")),
    ]);
    itIsNotFound(given, watch, "activationInfo");
  });

  it("tells URL, expiry and what to do with them, beside the record", async () => {
    const record = await given.entitlementAt("PENDING");
    const { result, expectWithin } = await momentOf(given, () => given.call("activationInfo", idOf(record)));
    const { activationUrl, urlExpiry, parameters } = result.body;
    expect(activationUrl).toMatch(/^http:\/\/localhost:3000\/activate\/[\w-]{43}$/);
    expect(parameters).toEqual({ action: "NAVIGATE_TO_URL", url: activationUrl, urlExpiry });
    expectWithin(new Date(Date.parse(urlExpiry) - DAY_MS).toISOString());
    expect(recordIn(result.body)).toEqual(recordIn(record));
  });

  it("gives another URL each time", async () => {
    const record = await given.entitlementAt("PENDING");
    const urls = [record.activationUrl];
    for (let count = 0; count < 2; count += 1) {
      await given.advance(1000);
      urls.push((await given.call("activationInfo", idOf(record))).body.activationUrl);
    }
    expect(new Set(urls).size).toBe(3);
  });

  it("writes the link alone: no journal row, no history, no turn", async () => {
    const record = await given.entitlementAt("PENDING");
    await given.advance(1000);
    const reply = await watch.unchangedBy(
      () => given.call("activationInfo", idOf(record), { headers: { "X-RequestIdentifier": "info-1" } }),
      ["activation_link"],
    );
    expect(codeOf(reply)).toEqual([200, "OK"]);
  });

  itLeavesTheBooksInAgreement(given);
});
