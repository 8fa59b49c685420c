import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "../src/contract/merchant-operations.js";
import type { MerchantOperation } from "../src/contract/merchant-operations.js";
import { cuttableApplication } from "./support/faults.js";
import { checkMerchantReply } from "./support/open-api-check.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import { DAY_MS } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { rowsThatDiffer } from "./support/watched.js";

const VIEW = "test-view-token-0123456789";
const OPERATE = "test-operate-token-0123456789";
const FILE = {
  admin: {
    tokens: [
      { id: "desk", token: VIEW, role: "view" },
      { id: "back-office", token: OPERATE, role: "operate" },
    ],
  },
};

const BODIES: Partial<Record<MerchantOperation, Body>> = {
  update: { entitlementDisplayName: "Music" },
  block: { kind: "fraud", reason: "two cards" },
  unblock: { kind: "fraud", reason: "one card after all" },
  notEligible: { event: "NOT_ELIGIBLE" },
  relink: { accountId: "acc_unknown" },
  complete: { requestId: "none", outcome: "done" },
  completeSignUp: { accountId: "acc_unknown" },
};

interface Sent {
  readonly body?: Body;
  readonly key?: string | null;
  readonly token?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** One call of an operation; its reply has to be as OpenAPI says. */
async function callOn(
  admin: Scenario["admin"],
  operation: MerchantOperation,
  id: string,
  { body = BODIES[operation], key = randomUUID(), token = OPERATE, query = {} }: Sent = {},
): Promise<Response> {
  const route = MERCHANT_OPERATIONS.find((one) => one.operation === operation)!;
  const path = MERCHANT_API_BASE + route.path.replace(/:\w+/, encodeURIComponent(id));
  const method = route.method === "GET" ? "get" : "post";
  const request = admin[method](path).query(query).set("Authorization", `Bearer ${token}`);
  if (method === "post" && key !== null) request.set("Idempotency-Key", key);
  const reply = await (method === "post" && body !== undefined ? request.send(body) : request);
  checkMerchantReply(operation, reply.status, reply.body);
  return reply;
}

withBango(
  "the Merchant API",
  (given, telling) => {
    const call = (operation: MerchantOperation, id: string, sent?: Sent): Promise<Response> =>
      callOn(given.admin, operation, id, sent);
    const find = async (id: string): Promise<Body> => (await call("find", id, { token: VIEW })).body as Body;
    const answered = ({ status, body }: Response): unknown[] => [status, body.status ?? body.code];

    /** A refusal of that code, which has changed no row of any table. */
    const expectUnchanged = async (
      [status, code]: readonly [number, string],
      act: () => Promise<Response>,
    ): Promise<Response> => {
      const before = await given.tables();
      const reply = await act();
      expect(answered(reply).at(0)).toBe(status);
      expect(reply.body).toMatchObject({ status, code });
      expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
      expect(rowsThatDiffer(before, await given.tables())).toEqual([]);
      return reply;
    };

    it("suspends, resumes, cancels, reinstates and revokes, and Bango is told each", async () => {
      const sold = await telling.active();
      const seen: unknown[] = [];
      for (const operation of ["suspend", "resume", "cancel", "reinstate", "revoke"] as const) {
        const reply = await call(operation, idOf(sold), { body: { reasonCode: "FRAUD" } });
        seen.push([reply.status, reply.body.status, reply.body.access]);
        expect(await find(idOf(sold))).toEqual(reply.body);
        await telling.deliver();
      }
      expect(seen).toEqual([
        [200, "SUSPENDED", "none"],
        [200, "ACTIVE", "full"],
        [200, "ACTIVE-ENDING", "full"],
        [200, "ACTIVE", "full"],
        [200, "REVOKED", "none"],
      ]);
      expect(telling.toldOf(sold)).toEqual(["suspend", "resume", "terminate", "resume", "terminate"]);
      const history = await given.core.store.listHistory(idOf(sold));
      expect(history.at(-1)).toMatchObject({
        operation: "revoke",
        owner: "merchant",
        actor: "back-office",
        reason: { category: null, code: "FRAUD", description: null },
      });
    });

    it("updates what is named, and clears what is null", async () => {
      const sold = await telling.active({ dateExpiry: "2030-01-01T00:00:00Z" });
      const reply = await call("update", idOf(sold), {
        body: { productKey: "MUSIC_PREMIUM", dateExpiry: null, customerIdentifier: 4711 },
      });
      expect(reply.body).toMatchObject({ productKey: "MUSIC_PREMIUM", customerIdentifier: "4711" });
      expect(reply.body).not.toHaveProperty("dateExpiry");
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual(["update"]);
    });

    it("blocks and unblocks, which Bango does not hear of", async () => {
      const sold = await telling.active();
      const blocked = await call("block", idOf(sold), { body: { kind: "unpaid", reason: "invoice 4711" } });
      expect(blocked.body).toMatchObject({
        status: "ACTIVE",
        access: "none",
        blocks: { unpaid: { reason: "invoice 4711" } },
      });
      const freed = await call("unblock", idOf(sold), { body: { kind: "unpaid", reason: "paid" } });
      expect(freed.body).toMatchObject({ status: "ACTIVE", access: "full", blocks: {} });
      expect(await telling.messages(sold)).toEqual([]);
    });

    it("tells Bango why a customer may not sign up", async () => {
      const { sold } = await telling.pending();
      const reply = await call("notEligible", idOf(sold), {
        body: { event: "ALREADY_SUBSCRIBED", message: "since 2024" },
      });
      expect(answered(reply)).toEqual([200, "PENDING"]);
      expect(await telling.messages(sold)).toEqual(["notify pending"]);
    });

    it("moves access to the account that should have had it", async () => {
      const [sold, other] = await telling.several(2);
      const { accountReference } = await find(idOf(other!));
      const reply = await call("relink", idOf(sold!), { body: { accountId: accountReference } });
      expect([reply.status, reply.body.accountReference]).toEqual([200, accountReference]);
    });

    it("ends a sign-up that the merchant's own pages have led", async () => {
      const account = await find(idOf(await telling.active()));
      const { sold } = await telling.pending();
      const reply = await call("completeSignUp", idOf(sold), {
        body: { accountId: account.accountReference },
      });
      expect(answered(reply)).toEqual([200, "ACTIVE"]);
      expect(reply.body.accountReference).toBe(account.accountReference);
    });

    it("completes what the account system has accepted for later", async () => {
      const sold = await telling.active({ sharedCustomerId: `suspend-accepted-${randomUUID()}` });
      const key = randomUUID();
      const accepted = await call("suspend", idOf(sold), { key });
      expect(answered(accepted)).toEqual([202, "ACTIVE"]);
      expect((await find(idOf(sold))).acceptances).toMatchObject([{ requestId: key, state: "waiting" }]);
      const completed = await call("complete", idOf(sold), { body: { requestId: key, outcome: "done" } });
      expect(answered(completed)).toEqual([200, "SUSPENDED"]);
      expect((await find(idOf(sold))).acceptances).toMatchObject([{ requestId: key, state: "done" }]);
      // The demo has accepted and forgotten: back to where it stands.
      expect(answered(await call("resume", idOf(sold)))).toEqual([200, "ACTIVE"]);
    });

    describe("a repeat", () => {
      it("with the same key has the same bytes, says that it is one, and does nothing", async () => {
        const sold = await telling.active();
        const key = randomUUID();
        const first = await call("suspend", idOf(sold), { key });
        await call("resume", idOf(sold));
        const before = await given.tables();
        const again = await call("suspend", idOf(sold), { key: `"${key}"` });
        expect([again.status, again.text]).toEqual([first.status, first.text]);
        expect([first, again].map(({ headers }) => headers["idempotent-replayed"])).toEqual([
          undefined,
          "true",
        ]);
        expect(rowsThatDiffer(before, await given.tables())).toEqual([]);
      });

      it("at once, with one key or with none, is one call", async () => {
        const sold = await telling.active();
        const key = randomUUID();
        const replies = await Promise.all([key, key, key].map(() => call("suspend", idOf(sold), { key })));
        expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
        expect((await given.ledger(bangoIdOf(sold))).map(({ operation }) => operation)).toEqual([
          "activate",
          "suspend",
        ]);
      });

      it("with the same key and another content is refused", async () => {
        const sold = await telling.active();
        const key = randomUUID();
        await call("suspend", idOf(sold), { key });
        await expectUnchanged([409, "conflict"], () =>
          call("suspend", idOf(sold), { key, body: { reasonCode: "FRAUD" } }),
        );
      });

      it("of a 202 is a 202", async () => {
        const sold = await telling.active({ sharedCustomerId: `suspend-accepted-${randomUUID()}` });
        const key = randomUUID();
        const first = await call("suspend", idOf(sold), { key });
        const again = await call("suspend", idOf(sold), { key });
        expect([again.status, again.text, again.headers["idempotent-replayed"]]).toEqual([
          202,
          first.text,
          "true",
        ]);
      });
    });

    describe("a refusal leaves everything as it was", () => {
      it.each(
        MERCHANT_OPERATIONS.filter(({ operation }) => operation !== "list").map(({ operation }) => operation),
      )("%s of what is not there", async (operation) => {
        await expectUnchanged([404, "notFound"], () => call(operation, randomUUID()));
      });

      it.each(MERCHANT_OPERATIONS.filter(({ role }) => role === "operate").map(({ operation }) => operation))(
        "%s with a token that may only look, with a wrong one, and with a field that nobody knows",
        async (operation) => {
          const sold = await given.entitlementAt("ACTIVE");
          const body = { ...BODIES[operation], nobodyKnows: 1 };
          await expectUnchanged([403, "forbiddenRole"], () => call(operation, idOf(sold), { token: VIEW }));
          await expectUnchanged([401, "unauthorized"], () => call(operation, idOf(sold), { token: "wrong" }));
          await expectUnchanged([400, "badRequest"], () => call(operation, idOf(sold), { body }));
        },
      );

      it("names an entitlement by our own id alone", async () => {
        const requestId = randomUUID();
        const sold = await telling.active({ requestId });
        await expectUnchanged([404, "notFound"], () => call("suspend", requestId));
        await expectUnchanged([404, "notFound"], () => call("find", bangoIdOf(sold)));
      });

      it("of the table of moves", async () => {
        const ended = idOf(await given.entitlementAt("REVOKED"));
        for (const operation of ["suspend", "resume", "cancel", "reinstate", "revoke", "update"] as const)
          await expectUnchanged([409, "conflict"], () => call(operation, ended));
      });

      it("of the catalogue", async () => {
        const sold = await telling.active();
        await expectUnchanged([403, "productNotSold"], () =>
          call("update", idOf(sold), { body: { productKey: "NOT SOLD" } }),
        );
      });

      it("of the account system, which says why", async () => {
        const sold = await telling.active({ sharedCustomerId: `suspend-decline-${randomUUID()}` });
        const key = randomUUID();
        const replies = [
          await call("suspend", idOf(sold), { key }),
          await call("suspend", idOf(sold), { key }),
        ];
        for (const reply of replies)
          expect(reply.body).toMatchObject({ status: 403, code: "declined", reason: "NOT_ELIGIBLE" });
        expect(await telling.statusOf(sold)).toBe("ACTIVE");
        expect(await telling.messages(sold)).toEqual([]);
      });
    });

    it("answers 503 while the outcome is not known, and settles it when asked again with the key", async () => {
      const sold = await telling.active({ sharedCustomerId: `suspend-unknown-${randomUUID()}` });
      const key = randomUUID();
      const unknown = await call("suspend", idOf(sold), { key });
      expect([unknown.status, unknown.body.code, unknown.headers["retry-after"]]).toEqual([
        503,
        "unavailable",
        "2",
      ]);
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      await given.core.settleDue();
      expect(answered(await call("suspend", idOf(sold), { key }))).toEqual([200, "SUSPENDED"]);
    });

    it("answers 503 without its database, and nothing has changed", async () => {
      const sold = await telling.active();
      const other = await cuttableApplication(given);
      const key = randomUUID();
      await other.cut();
      const reply = await callOn(other.admin, "suspend", idOf(sold), { key });
      await other.close();
      expect([reply.body.status, reply.body.code, reply.headers["retry-after"]]).toEqual([
        503,
        "unavailable",
        "2",
      ]);
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
      const again = await call("suspend", idOf(sold), { key });
      expect([again.status, again.headers["idempotent-replayed"]]).toEqual([200, undefined]);
    });

    describe("listing", () => {
      const page = async (query: Record<string, string>): Promise<{ ids: string[]; next: string | null }> => {
        const { body } = await call("list", "", { query, token: VIEW });
        return {
          ids: (body.items as { merchantEntitlementId: string }[]).map((item) => item.merchantEntitlementId),
          next: body.next as string | null,
        };
      };

      it("goes through more than two pages, each of them once, while others are sold", async () => {
        const customer = `customer-${randomUUID()}`;
        const sell = async (): Promise<string> => {
          const sold = await telling.active({ customerIdentifier: customer });
          await given.advance(DAY_MS);
          return idOf(sold);
        };
        const ids: string[] = [];
        for (let count = 0; count < 5; count += 1) ids.unshift(await sell());
        const seen: string[][] = [];
        for (let after: string | null = ""; after !== null;) {
          const { ids: found, next }: Awaited<ReturnType<typeof page>> = await page({
            customer,
            limit: "2",
            ...(after === "" ? {} : { after }),
          });
          seen.push(found);
          after = next;
          await sell();
        }
        expect(seen).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
      });

      it("filters by reseller, state and customer", async () => {
        const customer = `customer-${randomUUID()}`;
        const other = idOf(await telling.active({ customerIdentifier: customer }));
        const sold = await telling.active({ customerIdentifier: customer });
        await call("suspend", idOf(sold));
        expect(await page({ customer, status: "SUSPENDED" })).toEqual({ ids: [idOf(sold)], next: null });
        expect((await page({ customer, resellerId: "BANGOTEL" })).ids.sort()).toEqual(
          [other, idOf(sold)].sort(),
        );
        expect(await page({ customer, resellerId: "OTHERTEL" })).toEqual({ ids: [], next: null });
      });
    });

    it("stands beside the rest of the admin port, whose errors keep their envelope", async () => {
      const outside = await given.admin.get("/merchant/v2");
      expect([outside.status, outside.body.responseCode]).toEqual([404, "NOT_FOUND"]);
      const openApi = await given.admin.get("/openapi.json").set("Authorization", "Bearer wrong");
      expect([openApi.status, openApi.body.responseCode]).toEqual([401, "UNAUTHORIZED"]);
      const publicly = await given.http
        .get("/merchant/v1/entitlements")
        .set("Authorization", `Bearer ${OPERATE}`);
      expect([publicly.status, publicly.body.responseCode]).toEqual([404, "NOT_FOUND"]);
    });

    it("leaves rows, histories and the account system in agreement", async () => {
      await given.expectBooksToAgree();
    });
  },
  { limits: { accountDeadlineMs: 400 }, file: FILE },
);
