import { randomUUID } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import type { OperationName } from "../src/contract/operations.js";
import type { Acceptance, CompletionRequest } from "../src/ports/merchant-api.js";
import { renewableFake } from "./support/fake-accounts.js";
import { merchantCall, refusalOf, viewOf } from "./support/merchant.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { BANGOTEL, DAY_MS } from "./support/scenario.js";

const ACCEPTED = { kind: "accepted" } as const;
const renewable = renewableFake();

withBango(
  "what the account system has accepted",
  (given, telling) => {
    const api = () => given.core.merchantApi;
    const fake = () => renewable.fake();
    const done = (requestId: string, terminationDate: number | null = null): CompletionRequest => ({
      requestId,
      outcome: "done",
      terminationDate,
      reason: null,
    });
    const failed = (requestId: string, reason: string | null = null): CompletionRequest => ({
      requestId,
      outcome: "failed",
      terminationDate: null,
      reason,
    });
    const complete = (sold: Sold, completion: CompletionRequest, key: string | null = randomUUID()) =>
      api().complete(merchantCall(idOf(sold), key), completion);
    /** A call of Bango's that is accepted; its request id. */
    const queued = async (operation: OperationName, sold: Sold, step: string, body = {}): Promise<string> => {
      const requestId = randomUUID();
      fake().next(step, ACCEPTED);
      const id = operation === "update" ? null : idOf(sold);
      const named = operation === "update" ? { merchantEntitlementId: idOf(sold) } : {};
      const reply = await given.call(operation, id, { body: { requestId, ...named, ...body } });
      expect(reply.status).toBe(202);
      return requestId;
    };
    const queuedActivation = async (): Promise<{ sold: Sold; requestId: string; customer: string }> => {
      const requestId = randomUUID();
      const customer = `customer-${randomUUID()}`;
      fake().next("activate", ACCEPTED);
      const reply = await given.activate({ requestId, sharedCustomerId: customer });
      expect(reply.status).toBe(202);
      return { sold: reply.body as Sold, requestId, customer };
    };
    const acceptances = async (sold: Sold): Promise<readonly Acceptance[]> =>
      (await api().find(idOf(sold))).acceptances;
    const states = async (sold: Sold): Promise<string[]> =>
      (await acceptances(sold)).map(({ operation, state }) => `${operation} ${state}`);
    const overdue = () => given.logged().filter(({ msg }) => msg === "completion.overdue");
    const makeOverdue = () =>
      given.core.database.knex("accepted_operation").whereNotNull("alarmAt").update({ alarmAt: 1 });

    describe("completed as done", () => {
      it("makes the move, asks the account system nothing more, and tells Bango", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        expect(await telling.statusOf(sold)).toBe("ACTIVE");
        const asked = fake().calls.length;
        const reply = await complete(sold, done(requestId));
        expect(reply.status).toBe(200);
        expect(viewOf(reply)).toMatchObject({
          status: "SUSPENDED",
          access: "none",
          acceptances: [{ requestId, operation: "suspend", state: "done" }],
        });
        expect(fake().calls).toHaveLength(asked);
        expect((await given.core.store.listHistory(idOf(sold))).at(-1)).toMatchObject({
          operation: "suspend",
          owner: "merchant",
          actor: "back-office",
        });
        await telling.deliver();
        expect(telling.toldOf(sold)).toEqual(["suspend"]);
        expect(await states(sold)).toEqual(["suspend done"]);
      });

      it("is found by the key that the account system was given, where the caller sent no request id", async () => {
        const sold = await telling.active();
        fake().next("suspend", ACCEPTED);
        await given.call("suspend", idOf(sold));
        const { call, idempotencyKey } = fake().calls.at(-1)!;
        expect(call.command.requestId).toBeNull();
        await complete(sold, done(idempotencyKey));
        expect(await telling.statusOf(sold)).toBe("SUSPENDED");
      });

      it("waits for the 202 that it has overtaken, and for nothing where no call is under way", async () => {
        const sold = await telling.active();
        const gate = { open: (): void => undefined };
        const until = new Promise<void>((resolve) => {
          gate.open = resolve;
        });
        fake().next("suspend", { kind: "waits", until, then: ACCEPTED });
        const requestId = randomUUID();
        const bangos = given.call("suspend", idOf(sold), { body: { requestId } });
        while (fake().calls.at(-1)!.operation !== "suspend") await new Promise(setImmediate);
        const looks = jest.spyOn(given.core.store, "findTurnHolder");
        const completed = complete(sold, done(requestId));
        while (looks.mock.calls.length < 2) await new Promise(setImmediate);
        looks.mockRestore();
        gate.open();
        expect((await bangos).status).toBe(202);
        expect(viewOf(await completed)).toMatchObject({ status: "SUSPENDED" });
      });

      it("tells the account system the request id by which it is completed", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        expect(fake().calls.at(-1)!.call.command).toMatchObject({ operation: "suspend", requestId });
      });

      it("ends a cancel on the date that it names, and now without one", async () => {
        const [one, other] = await telling.several(2);
        const terminationDate = (await given.core.store.now()).business + 5 * DAY_MS;
        const dated = await queued("cancel", one!, "endAtPeriod");
        await complete(one!, done(dated, terminationDate));
        expect(await telling.statusOf(one!)).toBe("ACTIVE-ENDING");
        expect((await telling.message(one!, "terminate")).body).toMatchObject({
          immediate: false,
          terminationDate: new Date(terminationDate).toISOString(),
        });
        const undated = await queued("cancel", other!, "endAtPeriod");
        await complete(other!, done(undated));
        expect(await telling.statusOf(other!)).toBe("CANCELLED");
      });

      it("changes the fields of an update, and its slot", async () => {
        const sold = await telling.active();
        const requestId = await queued("update", sold, "change", { productKey: "MUSIC_SOLO" });
        const scopes = () =>
          given.core.database
            .knex("slot")
            .where({ merchantEntitlementId: idOf(sold) })
            .select("scope", "reservedBy");
        expect(await scopes()).toEqual([{ scope: "", reservedBy: null }]);
        expect(viewOf(await complete(sold, done(requestId)))).toMatchObject({ productKey: "MUSIC_SOLO" });
        expect(await scopes()).toEqual([{ scope: "MUSIC_SOLO", reservedBy: null }]);
        expect((await telling.message(sold, "update")).body).toEqual({ productKey: "MUSIC_SOLO" });
      });

      it("activates, and tells Bango the activation", async () => {
        const { sold, requestId } = await queuedActivation();
        telling.bango.states.set(bangoIdOf(sold), "PENDING");
        expect(viewOf(await complete(sold, done(requestId)))).toMatchObject({
          status: "ACTIVE",
          access: "full",
          dateActivated: expect.any(String),
        });
        await telling.deliver();
        expect(telling.toldOf(sold)).toEqual(["activate"]);
      });

      it("makes the merchant's own move, which it was answered 202 too", async () => {
        const sold = await telling.active();
        fake().next("suspend", ACCEPTED);
        const key = randomUUID();
        const first = await api().move(merchantCall(idOf(sold), key), "suspend", null);
        expect(first.status).toBe(202);
        expect(viewOf(first)).toMatchObject({
          status: "ACTIVE",
          acceptances: [{ requestId: key, operation: "suspend", state: "waiting" }],
        });
        await complete(sold, done(key));
        expect(await telling.statusOf(sold)).toBe("SUSPENDED");
        expect(await api().move(merchantCall(idOf(sold), key), "suspend", null)).toEqual({
          ...first,
          replayed: true,
        });
      });

      it("leaves a repeat of Bango's call its 202", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        await complete(sold, done(requestId));
        expect((await given.call("suspend", idOf(sold), { body: { requestId } })).status).toBe(202);
        expect((await given.call("suspend", idOf(sold))).status).toBe(200);
      });
    });

    describe("completed as failed", () => {
      it("keeps the state, and tells nobody", async () => {
        const sold = await telling.active();
        const requestId = await queued("revoke", sold, "revoke");
        const history = await given.core.store.listHistory(idOf(sold));
        expect(viewOf(await complete(sold, failed(requestId, "no such plan")))).toMatchObject({
          status: "ACTIVE",
          acceptances: [{ operation: "revoke", state: "failed" }],
        });
        expect(await given.core.store.listHistory(idOf(sold))).toEqual(history);
        expect(await telling.messages(sold)).toEqual([]);
      });

      it("ends what was to be activated, frees its slot, asks nothing, and tells Bango why", async () => {
        const { sold, requestId, customer } = await queuedActivation();
        telling.bango.states.set(bangoIdOf(sold), "PENDING");
        expect((await given.activate({ sharedCustomerId: customer })).status).toBe(409);
        const asked = fake().calls.length;
        expect(viewOf(await complete(sold, failed(requestId, "the card was refused")))).toMatchObject({
          status: "REVOKED",
        });
        expect(fake().calls).toHaveLength(asked);
        expect((await telling.message(sold, "terminate")).body).toMatchObject({
          immediate: true,
          reasonCategory: "REVOKED",
          reasonCode: "ERROR",
          reasonDescription: "the card was refused",
        });
        expect((await given.activate({ sharedCustomerId: customer })).status).toBe(201);
      });
    });

    describe("completed again", () => {
      it("is already so, with the same bytes under the same key; otherwise a conflict", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        const key = randomUUID();
        const first = await complete(sold, done(requestId), key);
        expect(await complete(sold, done(requestId), key)).toEqual({ ...first, replayed: true });
        const history = await given.core.store.listHistory(idOf(sold));
        expect(viewOf(await complete(sold, done(requestId)))).toMatchObject({
          acceptances: [{ state: "done" }],
        });
        const before = await given.tables();
        expect(await refusalOf(complete(sold, failed(requestId)))).toMatchObject({ code: "conflict" });
        expect(await refusalOf(complete(sold, done(requestId, 5)))).toMatchObject({ code: "conflict" });
        expect(await refusalOf(complete(sold, done("unheard of")))).toMatchObject({ code: "notFound" });
        expect(await given.tables()).toEqual(before);
        expect(await given.core.store.listHistory(idOf(sold))).toEqual(history);
      });

      it("at once from several callers takes effect once", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        const replies = await Promise.all([1, 2, 3, 4].map(() => complete(sold, done(requestId))));
        expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(await telling.messages(sold)).toEqual(["suspend pending"]);
      });
    });

    describe("overtaken by a later operation", () => {
      it("of its subject is only recorded when it comes", async () => {
        const sold = await telling.active();
        const requestId = await queued("cancel", sold, "endAtPeriod");
        await given.call("suspend", idOf(sold));
        expect(await states(sold)).toEqual(["cancel superseded"]);
        const history = await given.core.store.listHistory(idOf(sold));
        const reply = await complete(sold, done(requestId));
        expect(viewOf(reply)).toMatchObject({
          status: "SUSPENDED",
          acceptances: [{ operation: "cancel", state: "superseded", finishedAt: expect.any(String) }],
        });
        expect(await given.core.store.listHistory(idOf(sold))).toEqual(history);
        expect(await telling.messages(sold)).toEqual([]);
        expect(viewOf(await complete(sold, failed(requestId)))).toMatchObject({
          acceptances: [{ state: "superseded" }],
        });
      });

      it("by a newer acceptance of its subject, too; the newer one still counts", async () => {
        const sold = await telling.active();
        const older = await queued("suspend", sold, "suspend");
        const newer = await queued("revoke", sold, "revoke");
        expect(await states(sold)).toEqual(["revoke waiting", "suspend superseded"]);
        await complete(sold, done(older));
        expect(await telling.statusOf(sold)).toBe("ACTIVE");
        await complete(sold, done(newer));
        expect(await telling.statusOf(sold)).toBe("REVOKED");
      });

      it("of another subject still counts: a display name and a block leave a queued cancel alone", async () => {
        const sold = await telling.active();
        const requestId = await queued("cancel", sold, "endAtPeriod");
        await api().update(merchantCall(idOf(sold)), { entitlementDisplayName: "Music, more of it" });
        await api().block(merchantCall(idOf(sold)), { kind: "fraud", reason: "a stolen card" });
        expect(await states(sold)).toEqual(["cancel waiting"]);
        await complete(sold, done(requestId));
        expect(await telling.statusOf(sold)).toBe("CANCELLED");
      });

      it("an update supersedes an update, and the end supersedes everything", async () => {
        const sold = await telling.active();
        const first = await queued("update", sold, "change", { productKey: "MUSIC_PREMIUM" });
        await given.call("update", null, {
          body: { merchantEntitlementId: idOf(sold), entitlementDisplayName: "Music" },
        });
        await complete(sold, done(first));
        expect(viewOf(await complete(sold, done(first)))).toMatchObject({ productKey: "MUSIC_DIRECT" });
        await queued("update", sold, "change", { productKey: "MUSIC_PREMIUM" });
        await given.call("revoke", idOf(sold));
        expect(await states(sold)).toEqual(["update superseded", "update superseded"]);
      });
    });

    it("gives no access that a block has taken meanwhile: a resume that is done late is taken back", async () => {
      const sold = await telling.active();
      await given.call("suspend", idOf(sold));
      const requestId = await queued("resume", sold, "resume");
      await api().block(merchantCall(idOf(sold)), { kind: "fraud", reason: "a stolen card" });
      const reply = await complete(sold, done(requestId));
      expect(viewOf(reply)).toMatchObject({ status: "ACTIVE", access: "none" });
      expect(fake().calls.at(-1)).toMatchObject({ operation: "suspend", call: { access: "none" } });
    });

    it("settles by itself where taking access back had no answer", async () => {
      const sold = await telling.active();
      await given.call("suspend", idOf(sold));
      const requestId = await queued("resume", sold, "resume");
      await api().block(merchantCall(idOf(sold)), { kind: "fraud", reason: "a stolen card" });
      fake().next("suspend", "silent after its effect");
      expect(await refusalOf(complete(sold, done(requestId)))).toMatchObject({ code: "unavailable" });
      expect(await states(sold)).toEqual(["resume waiting"]);
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      expect(await given.core.settleDue()).toBe(1);
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
      expect(await states(sold)).toEqual(["resume done"]);
    });

    describe("never completed", () => {
      it("raises one alarm, of all passes", async () => {
        const sold = await telling.active();
        const requestId = await queued("suspend", sold, "suspend");
        const { idempotencyKey } = fake().calls.at(-1)!;
        const before = overdue().length;
        expect(await given.core.watchAcceptances()).toBe(0);
        await makeOverdue();
        const raised = await Promise.all([given.core.watchAcceptances(), given.core.watchAcceptances()]);
        expect(raised[0] + raised[1]).toBeGreaterThan(0);
        expect(await given.core.watchAcceptances()).toBe(0);
        const alarms = overdue()
          .slice(before)
          .filter(({ merchantEntitlementId }) => merchantEntitlementId === idOf(sold));
        expect(alarms).toMatchObject([{ level: "error", operation: "suspend", idempotencyKey }]);
        await complete(sold, done(requestId));
        expect(await telling.statusOf(sold)).toBe("SUSPENDED");
      });

      it("raises none where it was superseded or completed in time", async () => {
        const [one, other] = await telling.several(2);
        await queued("cancel", one!, "endAtPeriod");
        await given.call("suspend", idOf(one!));
        await complete(other!, done(await queued("suspend", other!, "suspend")));
        await makeOverdue();
        await given.core.watchAcceptances();
        const alarmed = overdue().map(({ merchantEntitlementId }) => merchantEntitlementId);
        expect(alarmed).not.toContain(idOf(one!));
        expect(alarmed).not.toContain(idOf(other!));
        expect(await states(one!)).toEqual(["cancel superseded"]);
      });
    });

    it("waits for the account system from a sign-up that was accepted: its link is used, its end asks revoke", async () => {
      const { sold } = await telling.pending();
      fake().next("activate", ACCEPTED);
      const call = merchantCall(idOf(sold));
      const reply = await api().completeSignUp(call, { accountId: "account-7" });
      expect(reply.status).toBe(202);
      expect(viewOf(reply)).toMatchObject({
        status: "PENDING",
        waitingFor: "account",
        accountReference: "account-7",
        acceptances: [{ operation: "completeSignUp", requestId: idOf(sold), state: "waiting" }],
      });
      expect(await telling.messages(sold)).toEqual([]);
      expect((await given.call("activationInfo", idOf(sold))).status).toBe(409);
      await complete(sold, done(idOf(sold)));
      expect(viewOf(await api().completeSignUp(call, { accountId: "account-7" }))).toEqual(viewOf(reply));
      expect(await api().find(idOf(sold))).toMatchObject({
        entitlement: { status: "ACTIVE", accountReference: "account-7" },
      });
      expect(await telling.messages(sold)).toEqual(["activate delivered"]);
    });
  },
  {
    accounts: () => renewable.system,
    limits: { accountDeadlineMs: 400 },
    file: {
      resellers: [
        {
          ...BANGOTEL,
          products: [
            ...BANGOTEL.products,
            { productKey: "MUSIC_SOLO", plan: "solo", activation: "immediate", maxLivePerCustomer: 1 },
          ],
        },
      ],
    },
  },
);
