import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { contractFaults } from "../src/contract/contract-faults.js";
import { contractSchema } from "../src/contract/contract-schema.js";
import { effectiveContract } from "../src/contract/contract.js";
import { fakeAccounts, renewableFake } from "./support/fake-accounts.js";
import { PASSWORD, onEveryDatabase } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";

const faultsOf = (contract: object): string[] =>
  contractFaults(effectiveContract(contractSchema.parse(contract))).map(
    ({ path, reason }) => `${path}: ${reason}`,
  );

const operations = (overrides: object): object => ({ operations: overrides });

describe("a contract that cannot be served", () => {
  it.each([
    ["a path that is none", { suspend: { path: "bango/suspend" } }, "suspend.path", /not a path/],
    ["a pattern", { suspend: { path: "/bango/:id" } }, "suspend.path", /not a path/],
    [
      "half a segment as a parameter",
      { read: { path: "/b/x{merchantEntitlementId}" } },
      "read.path",
      /not a path/,
    ],
    ["a parameter nobody knows", { read: { path: "/b/{id}" } }, "read.path", /\{id\} is no field/],
    [
      "a parameter twice",
      { read: { path: "/b/{merchantEntitlementId}/{merchantEntitlementId}" } },
      "read.path",
      /twice/,
    ],
    ["a change by GET", { suspend: { method: "GET" } }, "suspend.method", /must change nothing/],
    ["an operation without a path", { read: { path: null } }, "read.path", /no path/],
    ["a body's field nobody knows", { suspend: { request: { colour: "c" } } }, "suspend.request", /colour/],
    ["a query's field nobody knows", { read: { query: { c: "colour" } } }, "read.query", /colour/],
    ["a reply's field nobody knows", { read: { reply: { colour: "c" } } }, "read.reply", /in no reply/],
    [
      "a sale without a reseller",
      { activate: { required: ["productKey"] } },
      "activate.required",
      /resellerId/,
    ],
    [
      "one place for two fields",
      { suspend: { request: { reasonCode: "reasonCategory" } } },
      "suspend.request.reasonCode",
      /reasonCategory would be read as reasonCategory too/,
    ],
    [
      "a place within another",
      { suspend: { request: { reasonCode: "/reason/code", reasonDescription: "reason" } } },
      "suspend.request.reasonDescription",
      /\/reason\/code|reason would be read/,
    ],
    [
      "two fields of a reply in one place",
      { read: { reply: { status: "productKey" } } },
      "read.reply.status",
      /where productKey goes/,
    ],
    [
      "a reserved name",
      { read: { reply: { status: "/__proto__/status" } } },
      "read.reply.status",
      /no name of a field/,
    ],
    [
      "an empty pointer",
      { suspend: { request: { reasonCode: "/" } } },
      "suspend.request.reasonCode",
      /empty/,
    ],
  ])("says so of %s", (_what, overrides, path, reason) => {
    const faults = faultsOf(operations(overrides));
    expect(faults.filter((fault) => fault.startsWith(`contract.operations.${path}:`)).join("\n")).toMatch(
      reason,
    );
  });

  it.each([
    [
      "a parameter over a literal",
      { suspend: { path: "/bango/v1/entitlement/{merchantEntitlementId}/revoke" } },
    ],
    ["two equal paths", { update: { method: "POST" } }],
    ["the sign-up pages", { suspend: { path: "/activate/{merchantEntitlementId}" } }],
    ["the health checks", { echo: { path: "/{echoRequestId}" } }],
    ["the token endpoint", { activate: { path: "/oauth2/token" } }],
  ])("does not let %s be shadowed", (_what, overrides) => {
    expect(faultsOf(operations(overrides)).join("\n")).toMatch(/may be the same call|is ours/);
  });

  it("needs something that tells a repeated activate from a new one", () => {
    expect(
      faultsOf({
        ...operations({ activate: { required: ["resellerId", "productKey"] } }),
        idempotency: { source: "none" },
      }),
    ).toEqual([expect.stringMatching(/^contract\.idempotency\.source: .*cannot be told from a new one/)]);
  });

  it("may say one status for the way that first comes to mind", () => {
    const { activate, suspend } = effectiveContract(
      contractSchema.parse(operations({ activate: { success: 200 }, suspend: { success: 204 } })),
    ).operations;
    expect([activate.success.created.status, activate.success.signUp.status]).toEqual([200, 202]);
    expect([suspend.success.ok.status, suspend.success.queued.status]).toEqual([204, 202]);
  });

  it.each(["merchant-interface", "dvm"])("is none of the presets: %s", (preset) => {
    expect(faultsOf({ preset })).toEqual([]);
  });
});

const keyless = (given: Scenario) => ({
  async post(path: string, body: Body, headers: Record<string, string> = {}): Promise<Response> {
    return given.http.post(path).auth("bango", PASSWORD).set(headers).send(body);
  },
});

onEveryDatabase(
  "errors, successes and states under other names",
  (given) => {
    const { post } = keyless(given);

    it("are said as the contract says them, and repeated as they were said", async () => {
      const activation = given.newActivation({ requestId: randomUUID() });
      const first = await post("/bango/v1/entitlement", activation);
      expect([first.status, first.body.responseCode, first.body.status]).toEqual([200, "DONE", "LIVE"]);
      expect((await post("/bango/v1/entitlement", activation)).text).toBe(first.text);
      const id = String(first.body.merchantEntitlementId);
      const cancelled = await post(`/bango/v1/entitlement/${id}/cancel`, {});
      expect([cancelled.body.status, cancelled.body.endsOn]).toEqual(["ACTIVE_ENDING", expect.any(String)]);
      expect(cancelled.body).not.toHaveProperty("terminationDate");
      expect(cancelled.body).not.toHaveProperty("bangoUserId");
      const revoked = await post(`/bango/v1/entitlement/${id}/revoke`, {});
      expect(revoked.body.status).toBe("REVOKED");
      const again = await post(`/bango/v1/entitlement/${id}/suspend`, {});
      expect([again.status, again.body.responseCode]).toEqual([422, "CONFLICT"]);
      expect((await post("/bango/v1/entitlement/nothing/suspend", {})).status).toBe(410);
    });

    it("are the same for a declined activation, at first and from the journal", async () => {
      const activation = given.newActivation({ requestId: randomUUID(), sharedCustomerId: "decline-1" });
      const first = await post("/bango/v1/entitlement", activation);
      const second = await post("/bango/v1/entitlement", activation);
      expect([first.status, first.body.responseCode]).toEqual([402, "NO"]);
      expect(second.text).toBe(first.text);
    });

    it("refuse what is switched off to those who may call, and to nobody else", async () => {
      const off = await post("/bango/v1/entitlement/x/reinstate", {});
      expect([off.status, off.body.responseCode]).toEqual([403, "NOT_AVAILABLE"]);
      expect((await given.http.post("/bango/v1/entitlement/x/reinstate")).status).toBe(401);
      expect((await post("/bango/v1/entitlement/x/resume", {})).status).toBe(410);
      expect((await given.http.get("/bango/v1/echo/1").auth("bango", PASSWORD)).status).toBe(410);
    });
  },
  {
    file: {
      contract: {
        operations: {
          activate: { success: { created: { status: 200, responseCode: "DONE" } } },
          cancel: { reply: { terminationDate: "endsOn", bangoUserId: null } },
          reinstate: { enabled: false },
          echo: { enabled: false, path: null },
        },
        errors: {
          conflict: { status: 422 },
          notFound: { status: 410 },
          declined: { status: 402, responseCode: "NO" },
        },
        statusNames: { ACTIVE: "LIVE", "ACTIVE-ENDING": "ACTIVE_ENDING" },
      },
    },
  },
);

onEveryDatabase(
  "request ids from a header of another name",
  (given) => {
    const { post } = keyless(given);

    it("make two calls one, and the body's requestId is a field like any other", async () => {
      const activation = given.newActivation();
      const headers = { "Call-Id": randomUUID() };
      const first = await post("/bango/v1/entitlement", { ...activation, requestId: "1" }, headers);
      const second = await post("/bango/v1/entitlement", { ...activation, requestId: "2" }, headers);
      expect([first.status, second.text]).toEqual([201, first.text]);
      const entitlement = await given.core.store.findByIdentity(String(activation.entitlementId), "*");
      expect(entitlement).toMatchObject({
        activationRequestId: headers["Call-Id"],
        unknownFields: { requestId: "1" },
      });
    });

    it("name the entitlement that they activated", async () => {
      const headers = { "Call-Id": randomUUID() };
      await post("/bango/v1/entitlement", given.newActivation(), headers);
      expect((await post(`/bango/v1/entitlement/${headers["Call-Id"]}/suspend`, {})).body.status).toBe(
        "SUSPENDED",
      );
    });
  },
  { file: { contract: { idempotency: { source: "header", header: "Call-Id" } } } },
);

onEveryDatabase(
  "request ids that mean nothing",
  (given) => {
    const { post } = keyless(given);

    it("keep nothing from being done again", async () => {
      const first = await post("/bango/v1/entitlement", given.newActivation({ requestId: "same" }));
      const second = await post("/bango/v1/entitlement", given.newActivation({ requestId: "same" }));
      expect([first.status, second.status]).toEqual([201, 201]);
      const path = `/bango/v1/entitlement/${String(first.body.merchantEntitlementId)}`;
      await post(`${path}/suspend`, { requestId: "same" });
      await post(`${path}/resume`, { requestId: "same" });
      expect((await post(`${path}/suspend`, { requestId: "same" })).body.status).toBe("SUSPENDED");
    });
  },
  { file: { contract: { idempotency: { source: "none" } } } },
);

onEveryDatabase(
  "request ids that are used again",
  (given) => {
    it("stand for the same call until the entitlement has moved on, and then for a new one", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const id = String(record.merchantEntitlementId);
      const call = { body: { requestId: "reused" } };
      const first = await given.call("suspend", id, call);
      expect((await given.call("suspend", id, call)).text).toBe(first.text);
      await given.call("resume", id, call);
      const again = await given.call("suspend", id, call);
      expect(again.body.status).toBe("SUSPENDED");
      expect((await given.ledger(String(record.entitlementId))).map(({ operation }) => operation)).toEqual([
        "activate",
        "suspend",
        "resume",
        "suspend",
      ]);
    });

    it("may be used on another entitlement", async () => {
      const [one, two] = [await given.entitlementAt("ACTIVE"), await given.entitlementAt("ACTIVE")];
      const call = { body: { requestId: "for both" } };
      await given.call("suspend", String(one.merchantEntitlementId), call);
      expect((await given.call("suspend", String(two.merchantEntitlementId), call)).body.status).toBe(
        "SUSPENDED",
      );
    });

    it("are a conflict with another content as long as nothing has happened", async () => {
      const id = String((await given.entitlementAt("ACTIVE")).merchantEntitlementId);
      await given.call("suspend", id, {
        body: { requestId: "x", reasonCode: "FRAUD", reasonCategory: "REVOKED" },
      });
      expect((await given.call("suspend", id, { body: { requestId: "x" } })).status).toBe(409);
      await given.call("resume", id);
      expect((await given.call("suspend", id, { body: { requestId: "x" } })).status).toBe(200);
    });
  },
  { file: { contract: { idempotency: { replay: "untilNextMove" } } } },
);

onEveryDatabase("request ids that are used again, by default", (given) => {
  it("are answered as before, however long ago that was, and other content is noted", async () => {
    const id = String((await given.entitlementAt("ACTIVE")).merchantEntitlementId);
    const first = await given.call("suspend", id, { body: { requestId: "once" } });
    await given.call("resume", id);
    expect((await given.call("suspend", id, { body: { requestId: "once" } })).text).toBe(first.text);
    await given.call("suspend", id, { body: { requestId: "once", reasonCode: "OTHER" } });
    expect(given.logged().map(({ msg }) => msg)).toContain("request_id.reused");
  });
});

const late = renewableFake();
onEveryDatabase(
  "a change that settles after its caller was told 503",
  (given) => {
    const settledLate = async (operation: "suspend" | "revoke"): Promise<string> => {
      late.renew();
      const id = String((await given.entitlementAt("ACTIVE")).merchantEntitlementId);
      late.fake().next(operation, "silent after its effect");
      expect((await given.call(operation, id)).status).toBe(503);
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      await given.core.settleDue();
      return id;
    };

    it("is not told to Bango where the contract leaves it", async () => {
      const id = await settledLate("suspend");
      expect((await given.call("read", id)).body.status).toBe("SUSPENDED");
      expect(await given.core.store.listMessages({ merchantEntitlementId: id, limit: 10 })).toEqual([]);
    });

    it("is told otherwise", async () => {
      const id = await settledLate("revoke");
      const messages = await given.core.store.listMessages({ merchantEntitlementId: id, limit: 10 });
      expect(messages.map(({ kind }) => kind)).toEqual(["terminate"]);
    });
  },
  {
    file: { contract: { operations: { suspend: { late: "leave" } } } },
    accounts: () => late.system,
    limits: { accountDeadlineMs: 150 },
  },
);

onEveryDatabase(
  "an activate without an entitlementId",
  (given) => {
    const { post } = keyless(given);
    const sold = (): Body => {
      const { entitlementId: _none, ...activation } = given.newActivation();
      return activation;
    };

    it("is known by its request id", async () => {
      const activation = { ...sold(), requestId: randomUUID() };
      const first = await post("/bango/v1/entitlement", activation);
      expect(first.status).toBe(201);
      expect(first.body).not.toHaveProperty("entitlementId");
      expect((await post("/bango/v1/entitlement", activation)).text).toBe(first.text);
      const path = `/bango/v1/entitlement/${activation.requestId}`;
      const found = await given.http.get(path).auth("bango", PASSWORD);
      expect(found.body.merchantEntitlementId).toBe(first.body.merchantEntitlementId);
    });

    it("is not the same for another reseller's request of that id, nor with another content", async () => {
      const activation = { ...sold(), requestId: randomUUID() };
      await post("/bango/v1/entitlement", activation);
      const other = await post("/bango/v1/entitlement", { ...activation, sharedCustomerId: "another" });
      expect([other.status, other.body.responseCode]).toEqual([409, "CONFLICT"]);
    });

    it("is refused without either", async () => {
      const reply = await post("/bango/v1/entitlement", sold());
      expect([reply.status, reply.body.parameters.faults]).toEqual([
        400,
        [{ field: "entitlementId", message: "or a request id is required" }],
      ]);
    });

    it("may still bring one", async () => {
      const reply = await given.activate();
      expect([reply.status, reply.body.entitlementId]).toEqual([201, expect.any(String)]);
    });
  },
  { file: { contract: { operations: { activate: { required: ["resellerId", "productKey"] } } } } },
);

const reused = renewableFake();
onEveryDatabase(
  "a request id that activates another entitlement, of unknown outcome",
  (given) => {
    it("holds and gives back the turn of that one, and makes that one", async () => {
      reused.renew();
      const requestId = randomUUID();
      expect((await given.activate({ requestId })).status).toBe(201);
      const other = given.newActivation({ requestId });
      reused.fake().next("activate", "silent after its effect");
      expect((await given.call("activate", null, { body: other })).status).toBe(503);
      expect((await given.call("activate", null, { body: other })).status).toBe(201);
      const made = await given.core.store.findByIdentity(String(other.entitlementId), "*");
      expect(made?.status).toBe("ACTIVE");
      expect(await given.core.database.knex("turn")).toEqual([]);
    });
  },
  {
    file: { contract: { idempotency: { replay: "untilNextMove" } } },
    accounts: () => reused.system,
    limits: { accountDeadlineMs: 150 },
  },
);

const lapsed = renewableFake();
onEveryDatabase(
  "a request id whose activation was undone",
  (given) => {
    const settleAll = async (): Promise<void> => {
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      await given.core.settleDue();
    };

    it("activates another entitlement like any new one, also where its outcome is not known at first", async () => {
      lapsed.renew();
      const requestId = randomUUID();
      lapsed.fake().next("activate", "silent after its effect");
      expect((await given.activate({ requestId })).status).toBe(503);
      await settleAll();
      expect(await given.core.database.knex("turn")).toEqual([]);
      const other = given.newActivation({ requestId });
      lapsed.fake().next("activate", "silent before any effect");
      expect((await given.call("activate", null, { body: other })).status).toBe(503);
      await settleAll();
      expect(await given.core.database.knex("turn")).toEqual([]);
      expect((await given.call("activate", null, { body: other })).status).toBe(201);
      expect(await given.core.database.knex("turn")).toEqual([]);
    });
  },
  {
    accounts: () => lapsed.system,
    limits: { accountDeadlineMs: 150, orphanGraceMs: 1 },
    defaultShapeBecause: "it is about the journal",
  },
);

const accounts = fakeAccounts();
onEveryDatabase(
  "a new entitlementId for a sign-up that is still awaited",
  (given) => {
    const activateFor = (customer: string, overrides: Body = {}): Promise<Response> =>
      given.activate({ productKey: "MUSIC", sharedCustomerId: customer, ...overrides });

    it("means the same entitlement, by either id, with a fresh link", async () => {
      const customer = randomUUID();
      const first = await activateFor(customer);
      const second = await activateFor(customer);
      expect([first.status, second.status]).toEqual([202, 202]);
      expect(second.body.merchantEntitlementId).toBe(first.body.merchantEntitlementId);
      expect(second.body.entitlementId).not.toBe(first.body.entitlementId);
      const byEither = [first, second].map(async ({ body }) => {
        const read = await given.call("read", String(body.merchantEntitlementId), {
          query: { entitlementId: String(body.entitlementId) },
        });
        return read.body.entitlementId as string;
      });
      expect(await Promise.all(byEither)).toEqual([second.body.entitlementId, second.body.entitlementId]);
      const history = await given.core.store.listHistory(String(first.body.merchantEntitlementId));
      expect(history.map(({ operation, before, after }) => [operation, before, after])).toEqual([
        ["activate", null, "PENDING"],
        ["activate", "PENDING", "PENDING"],
      ]);
    });

    it("is a repeat when it comes again", async () => {
      const customer = randomUUID();
      await activateFor(customer);
      const again = randomUUID();
      const [second, third] = [
        await activateFor(customer, { entitlementId: again }),
        await activateFor(customer, { entitlementId: again }),
      ];
      expect(third.body.merchantEntitlementId).toBe(second.body.merchantEntitlementId);
      const history = await given.core.store.listHistory(String(third.body.merchantEntitlementId));
      expect(history).toHaveLength(2);
    });

    it("is an entitlement of its own for another product, customer or offer, and once the first has ended", async () => {
      const customer = randomUUID();
      const first = await activateFor(customer);
      const others = [
        await activateFor(customer, { offerKey: "SPRING" }),
        await activateFor(randomUUID()),
        await activateFor(customer, { productKey: "MUSIC_DIRECT" }),
      ];
      await given.call("revoke", String(first.body.merchantEntitlementId));
      others.push(await activateFor(customer));
      const ids = [first, ...others].map(({ body }) => body.merchantEntitlementId as string);
      expect(new Set(ids).size).toBe(5);
    });
  },
  { file: { contract: { duplicatePending: "byCustomerAndProduct" } }, accounts: () => accounts.system },
);
