import { describe, expect, it } from "@jest/globals";
import { CANCEL_CELLS, EXPIRED_CELLS, REVOKE_CELLS } from "./support/ending-cells.js";
import {
  codeOf,
  forcing,
  idOf,
  itHeedsTheAccountSystem,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const NOW = { body: { immediate: true } };
const WITH_THE_PERIOD = { body: { immediate: false } };

watchedOnEveryDatabase("terminating an entitlement", (given, watch) => {
  describe("not at once, in every state", () => {
    itKeepsTheTable(given, watch, "terminate", CANCEL_CELLS, WITH_THE_PERIOD);
    itIsNotFound(given, watch, "terminate", WITH_THE_PERIOD);
  });

  describe("at once, in every state", () => {
    itKeepsTheTable(given, watch, "terminate", REVOKE_CELLS, NOW);
    itIsNotFound(given, watch, "terminate", NOW);
  });

  describe("with the code EXPIRED, in every state", () => {
    itKeepsTheTable(given, watch, "terminate", EXPIRED_CELLS, { body: { reasonCode: "EXPIRED" } });
  });

  it.each([
    ["no body", undefined, "ACTIVE-ENDING", "endAtPeriod"],
    ["an empty object", {}, "ACTIVE-ENDING", "endAtPeriod"],
    ["null", { immediate: null }, "ACTIVE-ENDING", "endAtPeriod"],
    ["false as text", { immediate: "false" }, "ACTIVE-ENDING", "endAtPeriod"],
    ["true as text", { immediate: "true" }, "REVOKED", "revoke"],
  ])("takes %s for immediate as it is meant", async (_text, body, state, asked) => {
    const record = await given.entitlementAt("ACTIVE");
    const seen = await watch.during(record, () =>
      given.call("terminate", idOf(record), body === undefined ? {} : { body }),
    );
    expect(seen.record.status).toBe(state);
    expect(seen.asked).toEqual([asked]);
  });

  it.each([["yes"], ["TRUE"], [1], [{}]])("refuses %j for immediate, and asks nobody", async (immediate) => {
    const record = await given.entitlementAt("ACTIVE");
    const seen = await watch.during(record, () =>
      watch.unchangedBy(() => given.call("terminate", idOf(record), { body: { immediate } })),
    );
    expect(codeOf(seen.reply)).toEqual([400, "BAD_REQUEST"]);
    expect(seen.reply.body.parameters.faults).toMatchObject([{ field: "immediate" }]);
    expect(seen.asked).toEqual([]);
  });

  it("tells the termination date where it is a cancel, and repeats it", async () => {
    const record = await given.entitlementAt("ACTIVE");
    const first = await given.call("terminate", idOf(record), WITH_THE_PERIOD);
    expect(first.body.terminationDate).toMatch(/Z$/);
    const asCancel = await given.call("cancel", idOf(record));
    expect(asCancel.body.terminationDate).toBe(first.body.terminationDate);
  });

  it("tells none where it is a revoke", async () => {
    const record = await given.entitlementAt("ACTIVE");
    expect((await given.call("terminate", idOf(record), NOW)).body).not.toHaveProperty("terminationDate");
  });

  it("is told to the account system, and kept in the history, as the move that it was", async () => {
    const record = await given.entitlementAt("ACTIVE");
    await given.call("terminate", idOf(record), WITH_THE_PERIOD);
    await given.call("terminate", idOf(record), NOW);
    const commands = watch.askedFor(record).map(({ call }) => call.command.operation);
    expect(commands).toEqual(["activate", "cancel", "revoke"]);
    const history = await given.core.store.listHistory(idOf(record));
    expect(history.map(({ operation }) => operation)).toEqual(["activate", "cancel", "revoke"]);
  });

  // Where cancel and revoke are sent as terminate, they are the same operation, and those would be other contents.
  const isAlone = given.shape.sentAs("cancel") === "cancel";
  it(`shares ${isAlone ? "no" : "its"} request id with cancel and revoke`, async () => {
    const record = await given.entitlementAt("ACTIVE");
    const body = { requestId: "terminate-1" };
    const first = await given.call("terminate", idOf(record), { body });
    if (!isAlone) {
      expect((await given.call("cancel", idOf(record), { body })).text).toBe(first.text);
      expect(codeOf(await given.call("revoke", idOf(record), { body }))).toEqual([409, "CONFLICT"]);
      return;
    }
    const cancel = await given.call("cancel", idOf(record), { body });
    const revoke = await given.call("revoke", idOf(record), { body });
    expect([codeOf(cancel), codeOf(revoke)]).toEqual([
      [200, "OK"],
      [200, "OK"],
    ]);
    expect(revoke.body.status).toBe("REVOKED");
  });

  describe("not at once, as the account system answers", () => {
    itHeedsTheAccountSystem(given, watch, {
      operation: "terminate",
      word: "cancel",
      place: "ACTIVE",
      asked: "endAtPeriod",
    });
  });

  it("at once is SERVICE_UNAVAILABLE where the account system refuses, and nothing is kept", async () => {
    const record = await given.entitlementAt("ACTIVE", forcing("revoke", "decline"));
    const reply = await watch.unchangedBy(() => given.call("terminate", idOf(record), NOW));
    expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
  });

  itLeavesTheBooksInAgreement(given);
});
