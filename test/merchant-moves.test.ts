import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { MerchantMove } from "../src/ports/merchant-api.js";
import { merchantCall, refusalOf, viewOf } from "./support/merchant.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import { DAY_MS } from "./support/scenario.js";
import type { Place } from "./support/scenario.js";

const REASON = { category: "REVOKED", code: "FRAUD", description: "charge-back" };

interface Case {
  readonly from: Place;
  readonly move: MerchantMove;
  readonly to: string;
  readonly told: string;
}

const CASES: readonly Case[] = [
  { from: "ACTIVE", move: "suspend", to: "SUSPENDED", told: "suspend" },
  { from: "SUSPENDED", move: "resume", to: "ACTIVE", told: "resume" },
  { from: "ACTIVE", move: "cancel", to: "ACTIVE-ENDING", told: "terminate" },
  { from: "SUSPENDED", move: "cancel", to: "CANCELLED", told: "terminate" },
  { from: "ACTIVE-ENDING", move: "reinstate", to: "ACTIVE", told: "resume" },
  { from: "ACTIVE", move: "revoke", to: "REVOKED", told: "terminate" },
  { from: "PENDING", move: "revoke", to: "REVOKED", told: "terminate" },
];

withBango(
  "a merchant's own changes",
  (given, telling) => {
    const api = () => given.core.merchantApi;
    const move = (id: string, name: MerchantMove, key: string | null = randomUUID(), reason = REASON) =>
      api().move(merchantCall(id, key), name, reason);
    const effects = async (id: string): Promise<string[]> =>
      (await given.ledger(id)).map(({ operation }) => operation);

    it.each(CASES)(
      "$move: from $from to $to, and Bango is told $told",
      async ({ from, move: name, to, told }) => {
        const sold = await given.entitlementAt(from);
        telling.bango.states.set(bangoIdOf(sold), sold.status!);
        const reply = await move(idOf(sold), name);
        expect(reply).toMatchObject({ status: 200, replayed: false });
        expect(viewOf(reply)).toMatchObject({ status: to, merchantEntitlementId: idOf(sold), blocks: {} });
        expect(telling.toldOf(sold)).toEqual([]);
        await telling.deliver();
        expect(telling.toldOf(sold)).toEqual([told]);
        await given.expectBooksToAgree();
      },
    );

    it("are in the history under the token's name, with the reason, which Bango hears too", async () => {
      const sold = await telling.active();
      const key = randomUUID();
      await move(idOf(sold), "suspend", key);
      const history = await given.core.store.listHistory(idOf(sold));
      expect(history.at(-1)).toMatchObject({
        operation: "suspend",
        owner: "merchant",
        actor: "back-office",
        requestId: key,
        reason: REASON,
      });
      expect((await telling.message(sold, "suspend")).body).toEqual({
        reasonCategory: "REVOKED",
        reasonCode: "FRAUD",
        reasonDescription: "charge-back",
      });
    });

    it("answer a repeat with the same bytes, also when the entitlement has moved on, and take effect once", async () => {
      const sold = await telling.active();
      const key = randomUUID();
      const first = await move(idOf(sold), "suspend", key);
      await move(idOf(sold), "resume");
      const again = await move(idOf(sold), "suspend", key);
      expect(again).toEqual({ ...first, replayed: true });
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
      expect(await effects(bangoIdOf(sold))).toEqual(["activate", "suspend", "resume"]);
    });

    it("join while in flight, and without a key are decided anew afterwards", async () => {
      const sold = await telling.active();
      const replies = await Promise.all([1, 2, 3].map(() => move(idOf(sold), "suspend", null)));
      expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
      expect(await effects(bangoIdOf(sold))).toEqual(["activate", "suspend"]);
      await move(idOf(sold), "resume", null);
      expect(viewOf(await move(idOf(sold), "suspend", null))).toMatchObject({ status: "SUSPENDED" });
    });

    it("refuse a key that came with another content", async () => {
      const [sold, other] = await telling.several(2);
      const key = randomUUID();
      await move(idOf(sold!), "suspend", key);
      const before = await given.tables();
      expect(await refusalOf(move(idOf(other!), "suspend", key))).toMatchObject({ code: "conflict" });
      expect(await refusalOf(move(idOf(sold!), "suspend", key, { ...REASON, code: "ERROR" }))).toMatchObject({
        code: "conflict",
      });
      expect(await given.tables()).toEqual(before);
    });

    it("are refused where the table of moves has it so, and leave everything as it was", async () => {
      const ended = await given.entitlementAt("REVOKED");
      const before = await given.tables();
      expect(await refusalOf(move(idOf(ended), "resume"))).toMatchObject({ code: "conflict" });
      expect(await refusalOf(move(randomUUID(), "resume"))).toMatchObject({ code: "notFound" });
      expect(await given.tables()).toEqual(before);
    });

    it("name an entitlement by our own id, not by the request id of its activation", async () => {
      const requestId = randomUUID();
      await telling.active({ requestId });
      expect(await refusalOf(move(requestId, "suspend"))).toMatchObject({ code: "notFound" });
      expect(await refusalOf(api().find(requestId))).toMatchObject({ code: "notFound" });
    });

    it("keep a refusal of the account system, with its reason", async () => {
      const sold = await telling.active({ sharedCustomerId: `suspend-decline-${randomUUID()}` });
      const key = randomUUID();
      const declined = { code: "declined", parameters: { reason: "NOT_ELIGIBLE" } };
      expect(await refusalOf(move(idOf(sold), "suspend", key))).toMatchObject(declined);
      expect(await refusalOf(move(idOf(sold), "suspend", key))).toMatchObject(declined);
      expect(await telling.messages(sold)).toEqual([]);
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
    });

    it("settle by themselves where the account system did not answer, and Bango is told", async () => {
      const sold = await telling.active({ sharedCustomerId: `suspend-unknown-${randomUUID()}` });
      const key = randomUUID();
      expect(await refusalOf(move(idOf(sold), "suspend", key))).toMatchObject({ code: "unavailable" });
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      expect(await given.core.settleDue()).toBe(1);
      const reply = await move(idOf(sold), "suspend", key);
      expect(reply).toMatchObject({ status: 200, replayed: true });
      expect(viewOf(reply)).toMatchObject({ status: "SUSPENDED", access: "none" });
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual(["suspend"]);
    });

    it("change fields: Bango is told those that it knows, and nothing of the others", async () => {
      const sold = await telling.active();
      const changed = await api().update(merchantCall(idOf(sold)), {
        productKey: "MUSIC_PREMIUM",
        entitlementDisplayName: "Music, more of it",
      });
      expect(viewOf(changed)).toMatchObject({ productKey: "MUSIC_PREMIUM" });
      expect((await telling.message(sold, "update")).body).toEqual({ productKey: "MUSIC_PREMIUM" });
      const other = await telling.active();
      await api().update(merchantCall(idOf(other)), { entitlementDisplayName: "Music" });
      expect(await telling.messages(other)).toEqual([]);
      expect(
        await refusalOf(api().update(merchantCall(idOf(other)), { productKey: "NOT SOLD" })),
      ).toMatchObject({ code: "productNotSold" });
      await given.expectBooksToAgree();
    });

    describe("telling that a customer may not sign up", () => {
      const notice = { event: "ALREADY_SUBSCRIBED", message: "has it from us directly" } as const;

      it("is one message, however often the key is repeated, and changes nothing else", async () => {
        const { sold } = await telling.pending();
        const key = randomUUID();
        const history = await given.core.store.listHistory(idOf(sold));
        const first = await api().notify(merchantCall(idOf(sold), key), notice);
        expect(viewOf(first)).toMatchObject({ status: "PENDING", waitingFor: "customer" });
        expect(await api().notify(merchantCall(idOf(sold), key), notice)).toEqual({
          ...first,
          replayed: true,
        });
        expect(await telling.messages(sold)).toEqual(["notify pending"]);
        await telling.deliver();
        expect(telling.bango.toldOf(bangoIdOf(sold)).map(({ kind, body }) => ({ kind, body }))).toMatchObject(
          [{ kind: "notify", body: notice }],
        );
        expect(await given.core.store.listHistory(idOf(sold))).toEqual(history);
        expect(await effects(bangoIdOf(sold))).toEqual([]);
      });

      it("leaves the text out where there is none, and is for PENDING alone", async () => {
        const { sold } = await telling.pending();
        await api().notify(merchantCall(idOf(sold)), { event: "NOT_ELIGIBLE", message: null });
        expect((await telling.message(sold, "notify")).body).toEqual({ event: "NOT_ELIGIBLE" });
        const active = await telling.active();
        expect(await refusalOf(api().notify(merchantCall(idOf(active)), notice))).toMatchObject({
          code: "conflict",
        });
        expect(await telling.messages(active)).toEqual([]);
      });
    });

    describe("looking", () => {
      it("shows the record and what Bango is not told", async () => {
        const sold = await telling.active({ customerIdentifier: "anna" });
        await move(idOf(sold), "cancel");
        const view = await api().find(idOf(sold));
        expect(view).toMatchObject({ access: "full", acceptances: [] });
        expect(api().toJson(view)).toMatchObject({
          status: "ACTIVE-ENDING",
          entitlementId: bangoIdOf(sold),
          customerIdentifier: "anna",
          accountReference: expect.stringMatching(/^acc_/),
          terminationDate: expect.stringMatching(/Z$/),
          access: "full",
          blocks: {},
          acceptances: [],
        });
      });

      it("pages through a customer's entitlements, newest first", async () => {
        const customerIdentifier = `customer-${randomUUID()}`;
        const ids: string[] = [];
        for (let count = 0; count < 3; count += 1) {
          const sold = await telling.active({ customerIdentifier });
          ids.unshift(idOf(sold));
          await given.advance(DAY_MS);
        }
        const first = await api().list({ customer: customerIdentifier, limit: 2 });
        expect(first.map(({ merchantEntitlementId }) => merchantEntitlementId)).toEqual(ids.slice(0, 2));
        const rest = await api().list({ customer: customerIdentifier, limit: 2, after: ids[1] });
        expect(rest.map(({ merchantEntitlementId }) => merchantEntitlementId)).toEqual(ids.slice(2));
        expect(await api().list({ customer: customerIdentifier, limit: 2, status: "REVOKED" })).toEqual([]);
      });
    });
  },
  { limits: { accountDeadlineMs: 400 } },
);
