import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { AccountSystem } from "../src/ports/account-system.js";
import { fakeAccounts, renewableFake } from "./support/fake-accounts.js";
import type { FakeAccounts } from "./support/fake-accounts.js";
import { merchantCall, refusalOf, viewOf } from "./support/merchant.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { inDefaultShape } from "./support/scenario.js";
import type { Place, Scenario } from "./support/scenario.js";

const onEveryDatabase = inDefaultShape("a relink is the merchant's own, and no part of the contract");

const relinkOf =
  (given: Scenario) =>
  (sold: Sold, accountId: string, key: string | null = randomUUID()) =>
    given.core.merchantApi.relink(merchantCall(idOf(sold), key), { accountId });
const completeOf = (given: Scenario) => (sold: Sold, accountId: string) =>
  given.core.merchantApi.completeSignUp(merchantCall(idOf(sold)), { accountId });

withBango("accounts and the demo's books", (given, telling) => {
  const relink = relinkOf(given);
  const complete = completeOf(given);
  const find = async (sold: Sold) => (await given.core.merchantApi.find(idOf(sold))).entitlement;
  const effects = async (sold: Sold): Promise<string[]> =>
    (await given.ledger(bangoIdOf(sold))).map(({ operation }) => operation);
  /** Of another customer, whom the demo knows. */
  const anotherAccount = async (): Promise<string> => {
    const other = await given.entitlementAt("ACTIVE");
    return (await find(other)).accountReference!;
  };
  const accountInTheBooks = async (sold: Sold): Promise<unknown> =>
    given.core.database
      .knex("demo_subscription")
      .where({ merchantEntitlementId: idOf(sold) })
      .first("accountId", "status");

  describe("relinking", () => {
    it.each<Place>(["ACTIVE", "ACTIVE-ENDING", "SUSPENDED", "SUSPENDED-ENDING"])(
      "moves access to the right account while %s, and Bango hears nothing of it",
      async (place) => {
        const accountId = await anotherAccount();
        const sold = await given.entitlementAt(place);
        const before = (await accountInTheBooks(sold)) as { status: string };
        const asked = await effects(sold);
        expect(viewOf(await relink(sold, accountId))).toMatchObject({
          status: sold.status,
          accountReference: accountId,
        });
        expect(await accountInTheBooks(sold)).toEqual({ ...before, accountId });
        expect(await effects(sold)).toEqual([...asked, "link"]);
        expect((await given.core.store.listHistory(idOf(sold))).at(-1)).toMatchObject({
          operation: "relink",
          changes: { accountReference: accountId },
        });
        expect(await telling.messages(sold)).toEqual([]);
        await given.expectBooksToAgree();
      },
    );

    it("to the account that it has is already so, and asks nothing", async () => {
      const sold = await telling.active();
      const { accountReference } = await find(sold);
      const history = await given.core.store.listHistory(idOf(sold));
      expect((await relink(sold, accountReference!)).status).toBe(200);
      expect(await given.core.store.listHistory(idOf(sold))).toEqual(history);
      expect(await effects(sold)).toEqual(["activate"]);
    });

    it("to an account that is unknown there is declined, and nothing moves", async () => {
      const sold = await telling.active();
      const before = await accountInTheBooks(sold);
      expect(await refusalOf(relink(sold, "acc_nobody"))).toMatchObject({
        code: "declined",
        parameters: { reason: "NO_ACCOUNT" },
      });
      expect(await accountInTheBooks(sold)).toEqual(before);
      await given.expectBooksToAgree();
    });

    it.each<Place>(["PENDING", "PENDING for the account", "CANCELLED", "REVOKED"])(
      "is a conflict while %s",
      async (place) => {
        const accountId = await anotherAccount();
        const sold = await given.entitlementAt(place);
        const before = await given.tables();
        expect(await refusalOf(relink(sold, accountId))).toMatchObject({ code: "conflict" });
        expect(await given.tables()).toEqual(before);
      },
    );

    it("there and back again takes effect each time", async () => {
      const sold = await telling.active();
      const { accountReference: first } = await find(sold);
      const second = await anotherAccount();
      await relink(sold, second);
      await relink(sold, first!);
      await relink(sold, second);
      expect(await accountInTheBooks(sold)).toMatchObject({ accountId: second });
      await given.expectBooksToAgree();
    });
  });

  describe("completing a sign-up of the merchant's own pages", () => {
    it("activates with that account, and Bango knows before the answer comes", async () => {
      const accountId = await anotherAccount();
      const { sold, link } = await telling.pending();
      const reply = await complete(sold, accountId);
      expect(reply).toMatchObject({ status: 200 });
      expect(viewOf(reply)).toMatchObject({ status: "ACTIVE", accountReference: accountId, access: "full" });
      expect(telling.toldOf(sold)).toEqual(["activate"]);
      expect(await effects(sold)).toEqual(expect.arrayContaining(["link", "activate"]));
      expect((await given.core.store.listHistory(idOf(sold))).at(-1)).toMatchObject({
        operation: "completeSignUp",
        owner: "sign-up",
        actor: "back-office",
      });
      const page = await given.http.get(link);
      expect(page.status).toBe(200);
      expect(page.text).not.toContain("<form");
      await given.expectBooksToAgree();
    });

    it("again with that account is already so, in the same bytes; with another it is a conflict", async () => {
      const accountId = await anotherAccount();
      const { sold } = await telling.pending();
      const first = await complete(sold, accountId);
      expect(await complete(sold, accountId)).toEqual({ ...first, replayed: true });
      const refused = await refusalOf(complete(sold, await anotherAccount()));
      expect(refused).toMatchObject({ code: "conflict", text: expect.stringContaining("relink") });
      expect((await find(sold)).accountReference).toBe(accountId);
      expect(telling.toldOf(sold)).toEqual(["activate"]);
    });

    it("joins with the hosted form: one of them decides, once", async () => {
      const accountId = await anotherAccount();
      const { sold, link } = await telling.pending();
      const [ours] = await Promise.allSettled([complete(sold, accountId), telling.signUp(link)]);
      const { accountReference } = await find(sold);
      expect(ours.status).toBe(accountReference === accountId ? "fulfilled" : "rejected");
      expect((await effects(sold)).filter((operation) => operation === "activate")).toHaveLength(1);
      expect(telling.toldOf(sold)).toEqual(["activate"]);
      await given.expectBooksToAgree();
    });

    it("is declined for an account that is unknown there; the next one may do", async () => {
      const { sold } = await telling.pending();
      expect(await refusalOf(complete(sold, "acc_nobody"))).toMatchObject({
        code: "declined",
        parameters: { reason: "NO_ACCOUNT" },
      });
      expect(await telling.statusOf(sold)).toBe("PENDING");
      await complete(sold, await anotherAccount());
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
    });

    it("is declined where the customer is not eligible, and asks for no account", async () => {
      const { sold } = await telling.pending({ sharedCustomerId: `customer-${randomUUID()}` });
      await given.core.database
        .knex("entitlement")
        .where({ merchantEntitlementId: idOf(sold) })
        .update({ sharedCustomerId: `activate-decline-${randomUUID()}` });
      expect(await refusalOf(complete(sold, await anotherAccount()))).toMatchObject({
        code: "declined",
        parameters: { reason: "NOT_ELIGIBLE" },
      });
      expect(await effects(sold)).toEqual([]);
    });

    it("is a conflict once it has ended, and not found where there is none", async () => {
      const accountId = await anotherAccount();
      const { sold } = await telling.pending();
      await given.call("cancel", idOf(sold));
      expect(await refusalOf(complete(sold, accountId))).toMatchObject({ code: "conflict" });
      expect(await refusalOf(complete({ merchantEntitlementId: randomUUID() }, accountId))).toMatchObject({
        code: "notFound",
      });
      expect(await effects(sold)).toEqual([]);
    });
  });
});

/** The fake with a `link`, whose answers are its own. */
const withLink = (fake: FakeAccounts): AccountSystem => ({
  ...fake.system,
  link: async (call) => {
    const answer = await fake.system.suspend!(call);
    return answer.kind === "done" ? { kind: "done" } : answer;
  },
});
const linking = renewableFake();

onEveryDatabase(
  "a relink whose account system falls silent",
  (given) => {
    const relink = relinkOf(given);
    const find = async (sold: Sold) => (await given.core.merchantApi.find(idOf(sold))).entitlement;
    const settle = async (): Promise<number> => {
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      return given.core.settleDue();
    };

    it("is made known to it with the new account and the present access", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      await relink(sold, "account-2");
      expect(linking.fake().calls.at(-1)!.call).toMatchObject({
        access: "full",
        command: { operation: "relink" },
        entitlement: { accountReference: "account-2" },
      });
      expect((await find(sold)).accountReference).toBe("account-2");
    });

    it("settles by itself: moved where it had taken effect, and not where it had not", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      linking.fake().next("suspend", "silent before any effect");
      expect(await refusalOf(relink(sold, "account-2"))).toMatchObject({ code: "unavailable" });
      expect(await settle()).toBe(1);
      expect((await find(sold)).accountReference).toBe("account-1");
      const fake = linking.fake();
      fake.next("suspend", "silent after its effect");
      expect(await refusalOf(relink(sold, "account-2"))).toMatchObject({ code: "unavailable" });
      fake.answerLookup = () => ({ kind: "present", result: { kind: "done" } });
      expect(await settle()).toBe(1);
      fake.answerLookup = null;
      expect((await find(sold)).accountReference).toBe("account-2");
      expect(await given.core.store.listMessages({ limit: 10 })).toEqual([]);
    });
  },
  {
    accounts: () => withLink({ ...linking.fake(), system: linking.system }),
    limits: { accountDeadlineMs: 300 },
  },
);

onEveryDatabase(
  "a relink where the account system has no link",
  (given) => {
    it("is not offered", async () => {
      const sold = await given.entitlementAt("ACTIVE");
      expect(await refusalOf(relinkOf(given)(sold, "account-2"))).toMatchObject({ code: "switchedOff" });
    });
  },
  { accounts: () => fakeAccounts().system },
);
