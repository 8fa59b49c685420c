import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { ADMIN_TOKEN, PASSWORD, openScenario } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { dvm } from "./support/shapes/dvm.js";
import { odd } from "./support/shapes/odd.js";
import type { Shape, WireCall } from "./support/shapes/shape.js";
import { codeOf, unchangedBy } from "./support/watched.js";

// The suites of the operations run in every shape, and speak in the words of the default contract. Here stands what
// those words cannot say: bytes, and what a shape lacks.

interface Raw {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: object | string;
}

type Send = (method: WireCall["method"], path: string, raw?: Raw) => Promise<Response>;

/** Runs the tests over one application that speaks in the shape; what they send goes as it is. */
function inShape(shape: Shape, tests: (given: Scenario, send: Send) => void): void {
  describe(`the shape ${shape.name}`, () => {
    const given = {} as Scenario & { close: () => Promise<void> };
    beforeAll(async () => {
      Object.assign(given, await openScenario("sqlite", {}, shape));
    });
    afterAll(async () => {
      await given.close();
    });
    tests(given, async (method, path, { query = {}, headers = {}, type = "application/json", body } = {}) => {
      const request = given.http[method](path).query(query).set(headers).auth("bango", PASSWORD);
      if (body === undefined) return request;
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return request
        .type(type)
        .serialize((bytes) => bytes as never)
        .send(text as never);
    });
    it("leaves the books in agreement", async () => {
      await given.expectBooksToAgree();
    });
  });
}

const anyText: unknown = expect.any(String);
const ISO: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

inShape(dvm, (given, send) => {
  const ENTITLEMENTS = "/bango/entitlements";

  it.each(["cancel", "revoke"])(
    "has no %s: its path is unknown, whatever the entitlement",
    async (operation) => {
      const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
      for (const one of [id, randomUUID()])
        expect(
          codeOf(await unchangedBy(given, () => send("post", `${ENTITLEMENTS}/${one}/${operation}`))),
        ).toEqual([404, "NOT_FOUND"]);
    },
  );

  it.each([
    ["post", "/bango/v1/entitlement"],
    ["get", "/bango/v1/echo/1"],
    ["get", "/bango/entitlement/1"],
  ] as const)("knows nothing of the default contract's %s %s", async (method, path) => {
    const reply = await send(method, path, method === "post" ? { body: given.newActivation() } : {});
    expect(codeOf(reply)).toEqual([404, "NOT_FOUND"]);
  });

  it("answers an activate with 200, also the one that made it, and says which it was in words alone", async () => {
    const body = given.newActivation();
    const first = await send("post", ENTITLEMENTS, { body });
    const second = await send("post", ENTITLEMENTS, { body });
    expect([codeOf(first), codeOf(second)]).toEqual([
      [200, "OK"],
      [200, "OK"],
    ]);
    expect([first.body.responseMessage, second.body.responseMessage]).toEqual(["Active", "Success"]);
    const signUp = await send("post", ENTITLEMENTS, { body: given.newActivation({ productKey: "MUSIC" }) });
    expect(codeOf(signUp)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
  });

  it.each([
    [{ immediate: false }, "ACTIVE-ENDING"],
    [{}, "ACTIVE-ENDING"],
    [{ immediate: true }, "REVOKED"],
  ])("ends by terminate with %j: %s", async (body, status) => {
    const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
    const reply = await send("post", `${ENTITLEMENTS}/${id}/terminate`, { body });
    expect(reply.body).toMatchObject({ responseCode: "OK", status });
  });

  it.each([
    ["delete", ENTITLEMENTS, ["PATCH", "POST"]],
    ["put", `${ENTITLEMENTS}/1`, ["GET", "HEAD"]],
    ["get", `${ENTITLEMENTS}/1/reinstate`, ["POST"]],
    ["get", `${ENTITLEMENTS}/1/terminate`, ["POST"]],
  ] as const)("answers %s %s with 405, and tells what is allowed", async (method, path, allowed) => {
    const reply = await send(method, path);
    expect(codeOf(reply)).toEqual([405, "BAD_REQUEST"]);
    expect(reply.headers.allow?.split(", ").sort()).toEqual(allowed);
  });
});

inShape(odd, (given, send) => {
  const newBody = (more: Body = {}): Body => ({
    seller: { id: "BANGOTEL" },
    item: { sku: "MUSIC_DIRECT" },
    customer: { shared: `customer-${randomUUID()}` },
    ...more,
  });
  const activate = (callId: string, body: Body = newBody()): Promise<Response> =>
    send("put", "/subs", { body, headers: { "X-Call-Id": callId } });
  const codeAt = ({ status, body }: Response): unknown => [
    status,
    (body as { result?: { code?: unknown } }).result?.code,
  ];
  const subscriptionOf = ({ body }: Response): { id: string; state: string } =>
    (body as { subscription: { id: string; state: string } }).subscription;

  it("has every field where it was agreed to be, and no other", async () => {
    const ref = randomUUID();
    const shared = `customer-${ref}`;
    const reply = await activate(randomUUID(), {
      subscription: { ref },
      sellerKey: "BANGOTEL",
      item: { sku: "MUSIC_DIRECT", offer: "SUMMER" },
      customer: { shared, user: "user-1", login: "anna" },
      title: "Music",
      dates: { expiry: "2090-01-01T00:00:00Z" },
      data: { merchant: { seats: 4 }, more: { a: 1 }, route: { b: 2 }, extra: { c: 3 } },
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      result: { code: "MADE", text: anyText },
      subscription: { ref, id: anyText, state: "LIVE" },
      seller: "BANGOTEL",
      item: { sku: "MUSIC_DIRECT", offer: "SUMMER" },
      title: "Music",
      customer: { shared, user: "user-1" },
      dates: { made: ISO, live: ISO, expiry: "2090-01-01T00:00:00.000Z", touched: ISO },
      data: { seats: 4 },
    });
    const kept = await given.core.store.findByAnyId(subscriptionOf(reply).id, "*");
    expect(kept).toMatchObject({
      customerIdentifier: "anna",
      extensionData: { a: 1 },
      merchantBangoExtensionData: { b: 2 },
      extraInformation: { c: 3 },
      unknownFields: null,
    });
  });

  it("takes the default contract's names for fields that nobody knows", async () => {
    const own = {
      productKey: "MUSIC_PREMIUM",
      requestId: "not this one",
      seller: { id: "BANGOTEL", branch: 7 },
    };
    const reply = await activate(randomUUID(), newBody(own));
    expect(reply.body).toMatchObject({ item: { sku: "MUSIC_DIRECT" } });
    expect(await given.core.store.findByAnyId(subscriptionOf(reply).id, "*")).toMatchObject({
      unknownFields: { productKey: "MUSIC_PREMIUM", requestId: "not this one", seller: { branch: 7 } },
    });
  });

  it("answers a sign-up with 200, a code of its own, and the link where it was agreed to be", async () => {
    const reply = await activate(randomUUID(), newBody({ item: { sku: "MUSIC" } }));
    expect(codeAt(reply)).toEqual([200, "SIGN_UP"]);
    const { link, details } = reply.body as { link: { url: string; until: string }; details: object };
    expect(link.url).toMatch(/^http:\/\/localhost:3000\/activate\/[\w-]{43}$/);
    expect(details).toEqual({ action: "NAVIGATE_TO_URL", url: link.url, urlExpiry: link.until });
  });

  it("leaves out of the reply of an update what was agreed to be left out, and of no other", async () => {
    const { id } = subscriptionOf(
      await activate(
        randomUUID(),
        newBody({ customer: { shared: `customer-${randomUUID()}`, user: "user-1" } }),
      ),
    );
    const updated = await send("post", "/subs", { body: { subscription: { id }, title: "Other" } });
    expect(updated.body).toMatchObject({ title: "Other", result: { code: "DONE" } });
    expect(Object.keys((updated.body as { customer: object }).customer)).toEqual(["shared"]);
    const { body } = await send("get", "/subs", { query: { ref: id } });
    expect(Object.keys((body as { customer: object }).customer)).toEqual(["shared", "user"]);
  });

  it("needs the id of a terminate in its body", async () => {
    const { id } = subscriptionOf(await activate(randomUUID()));
    for (const raw of [{}, { body: {} }, { query: { ref: id }, body: { how: { now: true } } }]) {
      const reply = await unchangedBy(given, () => send("post", "/subs/terminate", raw));
      expect(codeAt(reply)).toEqual([400, "INVALID"]);
    }
    const ended = await send("post", "/subs/terminate", {
      body: { subscription: { id }, how: { now: "true" } },
    });
    expect(subscriptionOf(ended)).toMatchObject({ id, state: "ENDED_NOW" });
  });

  describe("which knows an entitlement by the request id of its activate", () => {
    it("answers the same id with the same bytes, and another with another entitlement", async () => {
      const callId = randomUUID();
      const body = newBody();
      const first = await activate(callId, body);
      const repeat = await activate(callId, body);
      expect(repeat.text).toBe(first.text);
      const other = await activate(randomUUID(), {
        ...body,
        customer: { shared: `customer-${randomUUID()}` },
      });
      expect(subscriptionOf(other).id).not.toBe(subscriptionOf(first).id);
      expect(subscriptionOf(first)).not.toHaveProperty("ref");
    });

    it("refuses the same id with another content", async () => {
      const callId = randomUUID();
      await activate(callId);
      expect(codeAt(await unchangedBy(given, () => activate(callId)))).toEqual([422, "NOT_NOW"]);
    });

    it("refuses an activate with neither", async () => {
      const reply = await unchangedBy(given, () => send("put", "/subs", { body: newBody() }));
      expect(codeAt(reply)).toEqual([400, "INVALID"]);
      expect(reply.body).toMatchObject({ details: { faults: [{ field: "entitlementId" }] } });
    });

    it("leads it through its life by that id", async () => {
      const callId = randomUUID();
      await activate(callId);
      const query = { ref: callId };
      const states: unknown[] = [];
      for (const [method, path, raw] of [
        ["post", "/subs/pause", { query }],
        ["delete", "/subs/pause", { query }],
        ["delete", `/subs/one/${callId}`, {}],
        ["post", "/subs/keep", { query }],
        ["put", `/subs/one/${callId}/end`, { body: { why: { code: "FRAUD" } } }],
      ] as const)
        states.push(subscriptionOf(await send(method, path, raw)).state);
      expect(states).toEqual(["SUSPENDED", "LIVE", "ACTIVE_ENDING", "LIVE", "ENDED_NOW"]);
      const { id } = subscriptionOf(await send("get", "/subs", { query }));
      expect((await given.core.store.listHistory(id)).at(-1)).toMatchObject({
        operation: "revoke",
        reason: { category: null, code: "FRAUD", description: null },
      });
    });
  });

  it.each([
    ["what is not JSON", { body: "{" }, [400, "INVALID"]],
    ["a list", { body: "[]" }, [400, "INVALID"]],
    ["no body", {}, [400, "INVALID"]],
    ["text", { body: "{}", type: "text/plain" }, [400, "NOT_JSON"]],
    ["too much", { body: `{"x":"${"x".repeat(256 * 1024)}"}` }, [413, "TOO_BIG"]],
    [
      "a product of nobody's",
      { body: { seller: { id: "BANGOTEL" }, item: { sku: "X" }, customer: { user: "1" } } },
      [403, "NOT_SOLD"],
    ],
    [
      "a reseller of nobody's",
      { body: { seller: { id: "X" }, item: { sku: "X" }, customer: { user: "1" } } },
      [404, "NOT_YOURS"],
    ],
  ])("says %s as it was agreed", async (_what, raw, code) => {
    const headers = { "X-Call-Id": randomUUID() };
    const reply = await unchangedBy(given, () => send("put", "/subs", { ...raw, headers }));
    expect(codeAt(reply)).toEqual(code);
    expect(reply.headers["x-request-id"]).toBe(headers["X-Call-Id"]);
  });

  it("tells a stranger nothing, as it was agreed", async () => {
    const reply = await given.http.get("/subs").query({ ref: "1" });
    expect(codeAt(reply)).toEqual([401, "WHO_ARE_YOU"]);
    expect(reply.headers["www-authenticate"]).toMatch(/^Basic /);
  });

  // No operation is meant, so that none says where the code would stand.
  it.each([
    ["get", "/bango/v1/echo/1", [410, "NO_SUCH_THING"], undefined],
    ["post", "/bango/v1/entitlement", [410, "NO_SUCH_THING"], undefined],
    ["delete", "/subs", [405, "WRONG_METHOD"], ["GET", "HEAD", "POST", "PUT"]],
    ["get", "/subs/pause", [405, "WRONG_METHOD"], ["DELETE", "POST"]],
    ["get", "/subs/one/1/end", [405, "WRONG_METHOD"], ["PUT"]],
  ] as const)(
    "answers %s %s as it was agreed, under the usual names",
    async (method, path, code, allowed) => {
      const reply = await send(method, path);
      expect(codeOf(reply)).toEqual(code);
      expect(reply.headers.allow?.split(", ").sort()).toEqual(allowed);
    },
  );

  it("is described by an OpenAPI document with the same routes", async () => {
    const { body } = await given.admin.get("/openapi.json").auth(ADMIN_TOKEN, { type: "bearer" });
    const routes = Object.entries((body as { paths: Record<string, object> }).paths).flatMap(
      ([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.sort()).toEqual([
      "delete /subs/one/{merchantEntitlementId}",
      "delete /subs/pause",
      "get /ping",
      "get /subs",
      "get /subs/link",
      "post /subs",
      "post /subs/keep",
      "post /subs/pause",
      "post /subs/terminate",
      "put /subs",
      "put /subs/one/{merchantEntitlementId}/end",
    ]);
  });
});
