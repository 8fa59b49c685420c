import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { Body } from "./support/scenario.js";
import {
  ENDED_PLACES,
  codeOf,
  conflicts,
  idOf,
  itHeedsTheAccountSystem,
  itIsNotFound,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  moves,
  newId,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const WHOLE = {
  entitlementDisplayName: "Music for Anna",
  merchantExtensionData: { tier: "gold" },
  extensionData: { clientDevice: "tv" },
  customerIdentifier: "anna",
  dateExpiry: "2090-01-01T00:00:00.000Z",
};

watchedOnEveryDatabase("updating an entitlement", (given, watch) => {
  const update = (record: EntitlementRecord, body: Body): Promise<Response> =>
    given.call("update", null, { body: { merchantEntitlementId: idOf(record), ...body } });
  const kept = async (record: EntitlementRecord): Promise<unknown> =>
    given.core.store.findByAnyId(idOf(record), "*");

  describe("in every state", () => {
    itKeepsTheTable(
      given,
      watch,
      "update",
      [
        moves("PENDING", "is changed, and the account system is not asked", "PENDING"),
        moves("PENDING for the account", "is changed", "PENDING", "change"),
        moves("ACTIVE", "is changed", "ACTIVE", "change"),
        moves("ACTIVE-ENDING", "is changed", "ACTIVE-ENDING", "change"),
        moves("SUSPENDED", "is changed", "SUSPENDED", "change"),
        moves("SUSPENDED-ENDING", "is changed", "SUSPENDED", "change"),
        ...conflicts(...ENDED_PLACES),
      ],
      (record) => ({ body: { merchantEntitlementId: idOf(record), entitlementDisplayName: "Anna's music" } }),
    );
    itIsNotFound(given, watch, "update", {
      body: { merchantEntitlementId: "nobody's", productKey: "MUSIC" },
    });
  });

  it("changes what is sent, and leaves what is absent", async () => {
    const record = await given.entitlementAt("ACTIVE", WHOLE);
    const before = await kept(record);
    const reply = await update(record, { entitlementDisplayName: "Other" });
    expect(reply.body).toMatchObject({
      entitlementDisplayName: "Other",
      dateExpiry: WHOLE.dateExpiry,
      merchantExtensionData: WHOLE.merchantExtensionData,
    });
    expect(await kept(record)).toEqual({
      ...(before as object),
      entitlementDisplayName: "Other",
      version: 2,
      dateLastUpdated: Date.parse(reply.body.dateLastUpdated),
    });
  });

  it.each(Object.keys(WHOLE))("clears %s where null is sent", async (field) => {
    const record = await given.entitlementAt("ACTIVE", WHOLE);
    const before = await kept(record);
    const reply = await update(record, { [field]: null });
    expect(codeOf(reply)).toEqual([200, "OK"]);
    expect(reply.body).not.toHaveProperty(field);
    expect(await kept(record)).toMatchObject({
      ...(before as object),
      [field]: null,
      version: 2,
      dateLastUpdated: Date.parse(reply.body.dateLastUpdated),
    });
  });

  it("leaves a field that is sent empty as it was", async () => {
    const record = await given.entitlementAt("ACTIVE", WHOLE);
    const seen = await watch.during(record, () => update(record, { entitlementDisplayName: "" }));
    expect(seen.reply.body.entitlementDisplayName).toBe(WHOLE.entitlementDisplayName);
    expect(seen.events).toEqual([]);
  });

  it("replaces extension data whole", async () => {
    const record = await given.entitlementAt("ACTIVE", WHOLE);
    const reply = await update(record, { merchantExtensionData: { other: 1 } });
    expect(reply.body.merchantExtensionData).toEqual({ other: 1 });
  });

  it("notes in the history the new value of every changed field, and of no other", async () => {
    const record = await given.entitlementAt("ACTIVE", WHOLE);
    const seen = await watch.during(record, () =>
      update(record, { entitlementDisplayName: "Other", merchantExtensionData: WHOLE.merchantExtensionData }),
    );
    expect(seen.events.map(({ changes }) => changes)).toEqual([{ entitlementDisplayName: "Other" }]);
  });

  it.each([
    ["by our id", (record: EntitlementRecord) => ({ merchantEntitlementId: idOf(record) })],
    ["by Bango's id", (record: EntitlementRecord) => ({ entitlementId: record.entitlementId })],
    [
      "by both",
      (record: EntitlementRecord) => ({
        merchantEntitlementId: idOf(record),
        entitlementId: record.entitlementId!.toUpperCase(),
      }),
    ],
  ])("finds the entitlement %s in the body", async (_by, ids) => {
    const record = await given.entitlementAt("ACTIVE", newId());
    const reply = await given.call("update", null, { body: { ...ids(record), entitlementDisplayName: "X" } });
    expect(codeOf(reply)).toEqual([200, "OK"]);
    expect(idOf(reply.body)).toBe(idOf(record));
  });

  it("needs an id: without one it is a bad request", async () => {
    const reply = await watch.unchangedBy(() =>
      given.call("update", null, { body: { entitlementDisplayName: "X" } }),
    );
    expect(codeOf(reply)).toEqual([400, "BAD_REQUEST"]);
  });

  it.each([{}, { entitlementDisplayName: WHOLE.entitlementDisplayName }, WHOLE])(
    "is already so where nothing would change: %j",
    async (body) => {
      const record = await given.entitlementAt("ACTIVE", WHOLE);
      const seen = await watch.during(record, () =>
        watch.unchangedBy(() => update(record, body), ["journal"]),
      );
      expect(codeOf(seen.reply)).toEqual([200, "OK"]);
      expect([seen.asked, seen.events]).toEqual([[], []]);
    },
  );

  it("tells no sign-up URL of a PENDING one", async () => {
    const record = await given.entitlementAt("PENDING");
    const reply = await update(record, { entitlementDisplayName: "X" });
    for (const field of ["activationUrl", "urlExpiry", "parameters"])
      expect(reply.body).not.toHaveProperty(field);
  });

  describe("of its product", () => {
    it("asks the account system for the new plan, with the access that it has", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const reply = await update(record, { productKey: "MUSIC_PREMIUM" });
      expect(reply.body.productKey).toBe("MUSIC_PREMIUM");
      expect(watch.askedFor(record).at(-1)).toMatchObject({
        operation: "change",
        call: { access: "full", entitlement: { productKey: "MUSIC_PREMIUM", plan: "premium" } },
      });
    });

    it("gives a suspended one no access", async () => {
      const record = await given.entitlementAt("SUSPENDED");
      await update(record, { productKey: "MUSIC_PREMIUM" });
      expect(watch.askedFor(record).at(-1)).toMatchObject({ operation: "change", call: { access: "none" } });
    });

    it("is NOT_AVAILABLE where this reseller does not sell it, and asks nobody", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const seen = await watch.during(record, () =>
        watch.unchangedBy(() => update(record, { productKey: "MUSIC_OF_OTHERS" })),
      );
      expect(codeOf(seen.reply)).toEqual([403, "NOT_AVAILABLE"]);
      expect(seen.asked).toEqual([]);
    });

    it("cannot be cleared", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const reply = await watch.unchangedBy(() => update(record, { productKey: null }));
      expect(codeOf(reply)).toEqual([400, "BAD_REQUEST"]);
    });

    it("changes nothing about what a repeated activate must repeat", async () => {
      const content = given.newActivation();
      const { body } = await given.activate(content);
      await update(body, { productKey: "MUSIC_PREMIUM" });
      const first = await given.activate(content);
      const made = await given.activate({ ...content, productKey: "MUSIC_PREMIUM" });
      expect(codeOf(first)).toEqual([200, "OK"]);
      expect(first.body.productKey).toBe("MUSIC_PREMIUM");
      expect(codeOf(made)).toEqual([409, "ALREADY_EXISTS"]);
    });
  });

  describe("when it is repeated", () => {
    it("answers as it answered the first, though it was changed once more since", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const first = await update(record, { requestId: "update-1", entitlementDisplayName: "One" });
      await update(record, { requestId: "update-2", entitlementDisplayName: "Two" });
      const seen = await watch.during(record, () =>
        update(record, { requestId: "update-1", entitlementDisplayName: "One" }),
      );
      expect(seen.reply.text).toBe(first.text);
      expect(seen.asked).toEqual([]);
      expect(seen.record.entitlementDisplayName).toBe("Two");
    });
  });

  describe("as the account system answers", () => {
    itHeedsTheAccountSystem(given, watch, {
      operation: "update",
      word: "update",
      place: "ACTIVE",
      asked: "change",
      options: (record) => ({
        body: { merchantEntitlementId: idOf(record), productKey: "MUSIC_PREMIUM" },
      }),
    });
  });

  itLeavesTheBooksInAgreement(given);
});
