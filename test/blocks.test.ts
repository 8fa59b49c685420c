import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import { BLOCKS_MAX } from "../src/core/blocks.js";
import { fakeAccounts, renewableFake } from "./support/fake-accounts.js";
import { merchantCall, refusalOf, viewOf } from "./support/merchant.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { PERIOD_MS, inDefaultShape } from "./support/scenario.js";
import type { Place, Scenario } from "./support/scenario.js";

const onEveryDatabase = inDefaultShape("blocks are the merchant's own, and no part of the contract");

const FRAUD = { kind: "fraud", reason: "a stolen card" };
const UNPAID = { kind: "unpaid", reason: "two invoices" };

const verbs = (given: Scenario) => ({
  block: (sold: Sold, block = FRAUD, key: string | null = randomUUID()) =>
    given.core.merchantApi.block(merchantCall(idOf(sold), key), block),
  unblock: (sold: Sold, block = FRAUD, key: string | null = randomUUID()) =>
    given.core.merchantApi.unblock(merchantCall(idOf(sold), key), block),
  find: (sold: Sold) => given.core.merchantApi.find(idOf(sold)),
  history: (sold: Sold) => given.core.store.listHistory(idOf(sold)),
});

withBango("a block of the merchant's own", (given, telling) => {
  const { block, unblock, find, history } = verbs(given);
  const effects = async (sold: Sold): Promise<string[]> =>
    (await given.ledger(bangoIdOf(sold))).map(({ operation }) => operation);
  const at = async (place: Place): Promise<Sold> => {
    const sold = await given.entitlementAt(place);
    telling.bango.states.set(bangoIdOf(sold), sold.status!);
    return sold;
  };

  it("takes access at once, is no state, and is told nobody", async () => {
    const sold = await at("ACTIVE");
    const reply = await block(sold);
    expect(viewOf(reply)).toMatchObject({
      status: "ACTIVE",
      access: "none",
      blocks: { fraud: { reason: "a stolen card", since: expect.stringMatching(/Z$/) } },
    });
    expect(await effects(sold)).toEqual(["activate", "suspend"]);
    const read = await given.call("read", idOf(sold));
    expect(read.body).toMatchObject({ status: "ACTIVE" });
    expect(read.body).not.toHaveProperty("blocks");
    expect(read.body).not.toHaveProperty("dateSuspended");
    await telling.deliver();
    expect(await telling.messages(sold)).toEqual([]);
    expect(telling.toldOf(sold)).toEqual([]);
    await given.expectBooksToAgree();
  });

  it("is in the history with its kind and reason, under the token's name", async () => {
    const sold = await at("ACTIVE");
    await block(sold);
    await unblock(sold, { kind: "fraud", reason: "it was not" });
    expect((await history(sold)).slice(-2)).toMatchObject([
      {
        operation: "block",
        actor: "back-office",
        before: "ACTIVE",
        after: "ACTIVE",
        reason: { category: "BLOCK", code: "fraud", description: "a stolen card" },
        changes: { blocks: { fraud: { reason: "a stolen card" } } },
      },
      {
        operation: "unblock",
        reason: { category: "BLOCK", code: "fraud", description: "it was not" },
        changes: { blocks: null },
      },
    ]);
  });

  it("of a second kind is only written; access comes back with the last one lifted", async () => {
    const sold = await at("ACTIVE-ENDING");
    await block(sold);
    await block(sold, UNPAID);
    expect(viewOf(await unblock(sold))).toMatchObject({ access: "none", blocks: { unpaid: {} } });
    expect(await effects(sold)).toEqual(["activate", "cancel", "suspend"]);
    expect(viewOf(await unblock(sold, UNPAID))).toMatchObject({
      status: "ACTIVE-ENDING",
      access: "full",
      blocks: {},
    });
    expect(await effects(sold)).toEqual(["activate", "cancel", "suspend", "resume"]);
    await given.expectBooksToAgree();
  });

  it("of the same kind again is already so, and the first reason stays", async () => {
    const sold = await at("ACTIVE");
    await block(sold);
    const before = await history(sold);
    expect(viewOf(await block(sold, { kind: "fraud", reason: "another card" }))).toMatchObject({
      blocks: { fraud: { reason: "a stolen card" } },
    });
    expect(viewOf(await unblock(sold, UNPAID))).toMatchObject({ blocks: { fraud: {} } });
    expect(await history(sold)).toEqual(before);
    expect(await effects(sold)).toEqual(["activate", "suspend"]);
  });

  it("outlasts Bango's suspend and resume, which then ask the account system nothing", async () => {
    const sold = await at("ACTIVE");
    await block(sold);
    for (const [operation, status] of [
      ["suspend", "SUSPENDED"],
      ["resume", "ACTIVE"],
      ["suspend", "SUSPENDED"],
    ] as const) {
      const reply = await telling.bangoCalls(operation, sold);
      expect(reply.body).toMatchObject({ status });
      await given.expectBooksToAgree();
    }
    expect(await effects(sold)).toEqual(["activate", "suspend"]);
    expect(viewOf(await unblock(sold))).toMatchObject({ status: "SUSPENDED", access: "none" });
    expect(await effects(sold)).toEqual(["activate", "suspend"]);
    await telling.bangoCalls("resume", sold);
    expect(await effects(sold)).toEqual(["activate", "suspend", "resume"]);
    await given.expectBooksToAgree();
  });

  it("of a SUSPENDED one is only written, and holds when Bango resumes", async () => {
    const sold = await at("SUSPENDED-ENDING");
    await block(sold);
    await telling.bangoCalls("resume", sold);
    expect(await find(sold)).toMatchObject({ access: "none", entitlement: { status: "ACTIVE-ENDING" } });
    expect(await effects(sold)).toEqual(["activate", "cancel", "suspend"]);
    await given.expectBooksToAgree();
    await unblock(sold);
    expect(await effects(sold)).toEqual(["activate", "cancel", "suspend", "resume"]);
    await given.expectBooksToAgree();
  });

  it("goes with every other call of Bango's without giving access, up to the end", async () => {
    const sold = await at("ACTIVE");
    await block(sold);
    await telling.bangoCalls("update", sold, {
      body: { merchantEntitlementId: idOf(sold), productKey: "MUSIC_PREMIUM" },
    });
    await given.expectBooksToAgree();
    await telling.bangoCalls("cancel", sold);
    await given.expectBooksToAgree();
    await telling.bangoCalls("reinstate", sold);
    await given.expectBooksToAgree();
    await telling.bangoCalls("cancel", sold);
    await given.advance(PERIOD_MS);
    expect(await telling.statusOf(sold)).toBe("CANCELLED");
    expect(await refusalOf(unblock(sold))).toMatchObject({ code: "conflict" });
    expect(await telling.messages(sold)).toEqual([]);
    await given.expectBooksToAgree();
  });

  it.each<Place>(["PENDING", "PENDING for the account", "CANCELLED", "REVOKED"])(
    "is a conflict while %s, and leaves everything as it was",
    async (place) => {
      const sold = await at(place);
      const before = await given.tables();
      expect(await refusalOf(block(sold))).toMatchObject({ code: "conflict" });
      expect(await refusalOf(unblock(sold))).toMatchObject({ code: "conflict" });
      expect(await given.tables()).toEqual(before);
    },
  );

  it("may be of so many kinds at once, and of any name that a kind may have", async () => {
    const sold = await at("SUSPENDED");
    const kinds = [
      "__proto__",
      "constructor",
      "1",
      ...Array.from({ length: 13 }, (_, index) => `kind-${index}`),
    ];
    expect(kinds).toHaveLength(BLOCKS_MAX);
    for (const kind of kinds) await block(sold, { kind, reason: "so" });
    const view = viewOf(await block(sold, { kind: "1", reason: "so" }));
    expect(Object.keys(view.blocks as object).sort()).toEqual([...kinds].sort());
    const before = await given.tables();
    expect(await refusalOf(block(sold, UNPAID))).toMatchObject({ code: "conflict" });
    expect(await given.tables()).toEqual(before);
    for (const kind of kinds) await unblock(sold, { kind, reason: "so" });
    expect((await find(sold)).entitlement.blocks).toBeNull();
    await given.expectBooksToAgree();
  });

  it("answers a repeat with the same bytes, also once it was lifted", async () => {
    const sold = await at("ACTIVE");
    const key = randomUUID();
    const first = await block(sold, FRAUD, key);
    await unblock(sold);
    expect(await block(sold, FRAUD, key)).toEqual({ ...first, replayed: true });
    expect((await find(sold)).access).toBe("full");
  });

  it("races with Bango's calls: whatever comes first, the books agree in the end", async () => {
    const sold = await at("ACTIVE");
    for (let round = 0; round < 4; round += 1)
      await Promise.allSettled([
        block(sold),
        given.call("suspend", idOf(sold)),
        block(sold, UNPAID),
        given.call("resume", idOf(sold)),
        unblock(sold),
        given.call("cancel", idOf(sold)),
        unblock(sold, UNPAID),
        given.call("reinstate", idOf(sold)),
      ]);
    await given.expectBooksToAgree();
  });

  it("that the account system declines is not written", async () => {
    const sold = await given.entitlementAt("ACTIVE", {
      sharedCustomerId: `suspend-decline-${randomUUID()}`,
    });
    expect(await refusalOf(block(sold))).toMatchObject({ code: "declined" });
    expect((await find(sold)).entitlement.blocks).toBeNull();
    await given.expectBooksToAgree();
  });
});

const renewable = renewableFake();

onEveryDatabase(
  "a block whose account system falls silent",
  (given) => {
    const fake = () => renewable.fake();
    const { block, unblock, find } = verbs(given);
    const settle = async (): Promise<number> => {
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      return given.core.settleDue();
    };

    it("holds where it had taken effect, and so does its lifting", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      fake().next("suspend", "silent after its effect");
      const key = randomUUID();
      expect(await refusalOf(block(sold, FRAUD, key))).toMatchObject({ code: "unavailable" });
      expect(await settle()).toBe(1);
      expect(await find(sold)).toMatchObject({ access: "none", entitlement: { status: "ACTIVE" } });
      expect(await block(sold, FRAUD, key)).toMatchObject({ status: 200, replayed: true });
      fake().next("resume", "silent after its effect");
      expect(await refusalOf(unblock(sold))).toMatchObject({ code: "unavailable" });
      expect(await settle()).toBe(1);
      expect((await find(sold)).access).toBe("full");
      expect(
        fake()
          .calls.map(({ operation }) => operation)
          .slice(-2),
      ).toEqual(["suspend", "resume"]);
      expect(await given.core.store.listMessages({ limit: 10 })).toEqual([]);
    });

    it("does not where it had not", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      fake().next("suspend", "silent before any effect");
      expect(await refusalOf(block(sold))).toMatchObject({ code: "unavailable" });
      expect(await settle()).toBe(1);
      expect((await find(sold)).entitlement.blocks).toBeNull();
      expect(await given.core.database.knex("turn").select()).toEqual([]);
    });

    it("is made known to it by kind and reason, and by the access that is wished", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      await block(sold);
      expect(fake().calls.at(-1)!.call).toMatchObject({
        access: "none",
        command: {
          operation: "block",
          reason: { category: "BLOCK", code: "fraud", description: "a stolen card" },
        },
      });
      await given.call("update", null, {
        body: { merchantEntitlementId: idOf(sold), entitlementDisplayName: "Music, blocked" },
      });
      fake().next("endAtPeriod", { kind: "done", periodEndsAt: Date.now() + PERIOD_MS });
      await given.call("cancel", idOf(sold));
      await given.call("reinstate", idOf(sold));
      expect(
        fake()
          .calls.slice(-3)
          .map(({ operation, call }) => `${operation} ${call.access}`),
      ).toEqual(["change none", "endAtPeriod none", "reinstate none"]);
      await unblock(sold);
      expect(fake().calls.at(-1)).toMatchObject({ operation: "resume", call: { access: "full" } });
    });
  },
  { accounts: () => renewable.system, limits: { accountDeadlineMs: 300 } },
);

onEveryDatabase(
  "a block where the account system cannot suspend",
  (given) => {
    it("is not offered, in any state", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      const { block } = verbs(given);
      expect(await refusalOf(block(sold))).toMatchObject({ code: "switchedOff" });
    });
  },
  {
    accounts: () => {
      const { suspend: _suspend, ...rest } = fakeAccounts().system;
      return rest;
    },
  },
);
