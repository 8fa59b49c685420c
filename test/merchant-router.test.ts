import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import supertest from "supertest";
import type { Response } from "supertest";
import type { AdminToken } from "../src/admin/admin-router.js";
import { merchantRouter } from "../src/admin/merchant-router.js";
import { merchantOpenApiDocument } from "../src/contract/merchant-openapi.js";
import { MERCHANT_OPERATIONS } from "../src/contract/merchant-operations.js";
import type { MerchantOperation } from "../src/contract/merchant-operations.js";
import { PROBLEMS } from "../src/contract/replies.js";
import { PROBLEM_CODES, Problem, problem } from "../src/core/problem.js";
import { problemReply } from "../src/contract/replies.js";
import { baseApp } from "../src/http/base-app.js";
import { pinoLogger } from "../src/logger.js";
import { ACTIVE, DAY, NOW } from "./core/values.js";
import { DONE, fakeMerchant } from "./support/fake-merchant.js";
import { checkMerchantReply, merchantApiAllows } from "./support/open-api-check.js";

const ROLES = ["view", "operate", "admin"] as const;
const secretOf = (role: string): string => `${role}-token-0123456789`;
const hashed = (text: string): Buffer => createHash("sha256").update(text).digest();
const TOKENS: readonly AdminToken[] = ROLES.map((role) => ({
  id: `${role}-1`,
  role,
  hashes: [hashed(secretOf(role))],
}));

const BASE = "/merchant/v1";
const ONE = `${BASE}/entitlements/m-1`;
const KIB = 1024;

/** A body that fits, for each operation that wants one. */
const BODIES: Partial<Record<MerchantOperation, object>> = {
  update: { productKey: "MUSIC" },
  block: { kind: "fraud", reason: "two cards" },
  unblock: { kind: "fraud", reason: "one card after all" },
  notEligible: { event: "NOT_ELIGIBLE" },
  relink: { accountId: "account-2" },
  complete: { requestId: "suspend-1", outcome: "done" },
  completeSignUp: { accountId: "account-2" },
};

const pathOf = (operation: MerchantOperation): string =>
  BASE + MERCHANT_OPERATIONS.find((one) => one.operation === operation)!.path.replace(/:\w+/, "m-1");

interface Sent {
  readonly token?: string | null;
  readonly body?: string | object | undefined;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly query?: Readonly<Record<string, string | string[]>>;
}

describe("the Merchant API's door", () => {
  let fake: ReturnType<typeof fakeMerchant>;
  let lines: string[];
  let http: ReturnType<typeof supertest>;

  beforeEach(() => {
    fake = fakeMerchant();
    lines = [];
    const log = pinoLogger("debug", { write: (line: string) => lines.push(line) });
    const openApi = merchantOpenApiDocument("/");
    http = supertest(
      baseApp([merchantRouter({ tokens: () => TOKENS, use: fake.use, openApi, log })], {
        log,
        trustProxy: false,
        renderProblem: (_, told) => problemReply(told),
      }),
    );
  });

  const raw = async (method: "get" | "post" | "put", path: string, sent: Sent = {}): Promise<Response> => {
    const { token = secretOf("operate"), body, type, headers = {}, query = {} } = sent;
    let request = http[method](path).query(query);
    if (token !== null) request = request.set("Authorization", `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers)) request = request.set(name, value as string);
    if (body === undefined) return request;
    if (type === undefined) return request.send(body);
    return request
      .type(type)
      .serialize((bytes) => bytes as never)
      .send(body as string);
  };

  /** One call of an operation, whose reply has to be as OpenAPI says. */
  const call = async (operation: MerchantOperation, sent: Sent = {}): Promise<Response> => {
    const route = MERCHANT_OPERATIONS.find((one) => one.operation === operation)!;
    const body = route.method === "GET" ? {} : { body: BODIES[operation] };
    const reply = await raw(route.method === "GET" ? "get" : "post", pathOf(operation), { ...body, ...sent });
    checkMerchantReply(operation, reply.status, reply.body);
    expect(reply.headers["x-request-id"]).toMatch(/^[\w-]{3,}$/);
    return reply;
  };

  /** A refusal: problem+json, with the id of the request, and nobody was asked for anything. */
  const expectRefusal = (reply: Response, status: number, code: string): void => {
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    checkMerchantReply(null, reply.status, reply.body);
    expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(reply.body).toMatchObject({
      type: "about:blank",
      status,
      requestId: reply.headers["x-request-id"],
    });
    expect(reply.headers["retry-after"]).toBe(status === 503 ? "2" : undefined);
  };

  const errorsOf = (reply: Response): string[] =>
    (reply.body.errors as { field: string; message: string }[]).map(
      ({ field, message }) => `${field} ${message}`,
    );

  describe.each(MERCHANT_OPERATIONS.map(({ operation, role }) => ({ operation, role })))(
    "$operation, for tokens of the role $role",
    ({ operation, role }) => {
      it.each(ROLES.map((held) => ({ held, may: held !== "view" || role === "view" })))(
        "and one of the role $held: $may",
        async ({ held, may }) => {
          const reply = await call(operation, { token: secretOf(held) });
          expect(reply.status).toBe(may ? 200 : 403);
          expect(fake.asked).toHaveLength(may ? 1 : 0);
          if (!may) expectRefusal(reply, 403, "forbiddenRole");
        },
      );

      it.each([
        ["no token", null],
        ["a wrong one", "operate-token-012345678"],
        ["an empty one", ""],
        ["its hash", hashed(secretOf("admin")).toString("hex")],
      ])("answers 401 to %s, and asks nobody", async (_what, token) => {
        const reply = await call(operation, { token });
        expectRefusal(reply, 401, "unauthorized");
        expect(reply.headers["www-authenticate"]).toBe('Bearer realm="merchant api"');
        expect(fake.asked).toEqual([]);
      });
    },
  );

  it("takes no other scheme than Bearer", async () => {
    const basic = Buffer.from(`x:${secretOf("admin")}`).toString("base64");
    const reply = await raw("get", ONE, { token: null, headers: { Authorization: `Basic ${basic}` } });
    expectRefusal(reply, 401, "unauthorized");
  });

  it("tells a stranger neither which paths there are nor what is wrong with his body", async () => {
    for (const path of [`${BASE}/nothing`, `${ONE}/suspend`, `${BASE}/openapi.json`, BASE])
      expectRefusal(
        await raw("post", path, { token: null, body: "{", type: "application/json" }),
        401,
        "unauthorized",
      );
  });

  describe("what the use cases are asked", () => {
    const asCalled = {
      merchantEntitlementId: "m-1",
      idempotencyKey: null,
      actor: "operate-1",
      trace: { requestId: expect.any(String), traceparent: null },
    };
    const later = "2026-12-01T01:00:00+01:00";
    const laterAt = Date.UTC(2026, 11, 1);
    const reason = { category: "REVOKED", code: "FRAUD", description: null };

    it.each<[MerchantOperation, object | undefined, unknown[]]>([
      ["suspend", undefined, ["move", asCalled, "suspend", null]],
      ["suspend", {}, ["move", asCalled, "suspend", null]],
      ["suspend", { reasonCategory: "REVOKED", reasonCode: "FRAUD" }, ["move", asCalled, "suspend", reason]],
      ["resume", undefined, ["move", asCalled, "resume", null]],
      [
        "cancel",
        { reasonDescription: "done with it" },
        ["move", asCalled, "cancel", { category: null, code: null, description: "done with it" }],
      ],
      ["revoke", undefined, ["move", asCalled, "revoke", null]],
      ["reinstate", undefined, ["move", asCalled, "reinstate", null]],
      ["update", { productKey: "MUSIC" }, ["update", asCalled, { productKey: "MUSIC" }]],
      [
        "update",
        { dateExpiry: later, entitlementDisplayName: null, customerIdentifier: 7, extensionData: { a: [1] } },
        [
          "update",
          asCalled,
          {
            dateExpiry: laterAt,
            entitlementDisplayName: null,
            customerIdentifier: "7",
            extensionData: { a: [1] },
          },
        ],
      ],
      ["block", BODIES.block, ["block", asCalled, BODIES.block]],
      ["unblock", BODIES.unblock, ["unblock", asCalled, BODIES.unblock]],
      ["notEligible", BODIES.notEligible, ["notify", asCalled, { event: "NOT_ELIGIBLE", message: null }]],
      [
        "notEligible",
        { event: "SIGN_UP_ABANDONED", message: "went away" },
        ["notify", asCalled, { event: "SIGN_UP_ABANDONED", message: "went away" }],
      ],
      ["relink", BODIES.relink, ["relink", asCalled, BODIES.relink]],
      [
        "complete",
        { requestId: "r", outcome: "done", terminationDate: later },
        ["complete", asCalled, { requestId: "r", outcome: "done", terminationDate: laterAt, reason: null }],
      ],
      [
        "complete",
        { requestId: "r", outcome: "failed", reason: "closed" },
        [
          "complete",
          asCalled,
          { requestId: "r", outcome: "failed", terminationDate: null, reason: "closed" },
        ],
      ],
      ["completeSignUp", BODIES.completeSignUp, ["completeSignUp", asCalled, BODIES.completeSignUp]],
    ])("%s %j", async (operation, body, expected) => {
      const reply = await call(operation, { body });
      expect(reply.status).toBe(200);
      expect(merchantApiAllows(operation, body ?? {})).toBe(true);
      expect(fake.asked).toEqual([expected]);
      expect(reply.text).toBe(DONE.body);
    });

    it("names the request as its caller does", async () => {
      const reply = await call("suspend", { headers: { "X-Request-Id": "mine-1" } });
      expect(reply.headers["x-request-id"]).toBe("mine-1");
      expect(fake.asked[0]?.[1]).toMatchObject({ trace: { requestId: "mine-1" } });
    });

    it("passes on an id as it was sent, whatever is in it", async () => {
      const id = "a/b ü%?#";
      await raw("post", `${BASE}/entitlements/${encodeURIComponent(id)}/suspend`);
      await raw("get", `${BASE}/entitlements/${encodeURIComponent(id)}`);
      expect(fake.asked.map(([method, given]) => [method, given])).toEqual([
        ["move", { ...asCalled, merchantEntitlementId: id }],
        ["find", id],
      ]);
    });
  });

  describe("a body that does not fit", () => {
    it.each<[MerchantOperation, object, string[]]>([
      ["suspend", { reasonCode: 1 }, ["reasonCode must be a string"]],
      ["suspend", { reasonCode: "" }, ["reasonCode must not be empty"]],
      ["suspend", { reasonCode: null }, ["reasonCode must be a string"]],
      ["suspend", { reasonCode: "x".repeat(256) }, ["reasonCode must be at most 255 characters"]],
      ["suspend", { reason: "why" }, ["reason is not known here"]],
      [
        "suspend",
        { code: "FRAUD", requestId: "r", reasonCategory: 1 },
        ["reasonCategory must be a string", "code is not known here", "requestId is not known here"],
      ],
      [
        "update",
        {},
        [
          "body needs at least one of productKey, dateExpiry, entitlementDisplayName, merchantExtensionData, extensionData, customerIdentifier",
        ],
      ],
      ["update", { productKey: null }, ["productKey must be a string"]],
      [
        "update",
        { dateExpiry: "2026-12-01", extensionData: [] },
        ["dateExpiry must be an ISO 8601 date and time with an offset", "extensionData must be an object"],
      ],
      [
        "update",
        { merchantEntitlementId: "m-1", productKey: "A" },
        ["merchantEntitlementId is not known here"],
      ],
      ["block", {}, ["kind is required", "reason is required"]],
      [
        "block",
        { kind: "un paid", reason: "x\0" },
        [
          "kind must be 1 to 64 letters, digits and . _ : -",
          "reason must not contain NUL or half of a surrogate pair",
        ],
      ],
      [
        "unblock",
        { kind: "k".repeat(65), reason: "x" },
        ["kind must be 1 to 64 letters, digits and . _ : -"],
      ],
      [
        "notEligible",
        { event: "MAYBE", message: "" },
        ["event must be NOT_ELIGIBLE, ALREADY_SUBSCRIBED or SIGN_UP_ABANDONED", "message must not be empty"],
      ],
      ["relink", {}, ["accountId is required"]],
      ["relink", { accountId: 7 }, ["accountId must be a string"]],
      ["complete", {}, ["requestId is required", "outcome is required"]],
      [
        "complete",
        { requestId: "r", outcome: "failed", terminationDate: "2026-12-01T00:00:00Z" },
        ["terminationDate goes with the outcome done only"],
      ],
      ["complete", { requestId: "r", outcome: "perhaps" }, ["outcome must be done or failed"]],
      ["completeSignUp", { accountId: "" }, ["accountId must not be empty"]],
    ])("%s %j is refused with every fault, and asks nobody", async (operation, body, faults) => {
      const reply = await call(operation, { body });
      expectRefusal(reply, 400, "badRequest");
      expect(errorsOf(reply).sort()).toEqual([...faults].sort());
      expect(fake.asked).toEqual([]);
    });

    it("has texts of 255 characters, as a reader counts them, and OpenAPI says the same", async () => {
      for (const [count, fits] of [
        [255, true],
        [256, false],
      ] as const) {
        const body = { kind: "fraud", reason: "🎵".repeat(count) };
        expect((await call("block", { body })).status).toBe(fits ? 200 : 400);
        expect(merchantApiAllows("block", body)).toBe(fits);
      }
    });

    it.each([
      ["not JSON", "{", "application/json", 400, "badRequest"],
      ["an array", "[]", "application/json", 400, "badRequest"],
      ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "application/json", 400, "badRequest"],
      ["text", "{}", "text/plain", 415, "unsupportedType"],
      ["another character set", "{}", "application/json; charset=latin1", 415, "unsupportedType"],
      ["over 64 KiB", JSON.stringify({ x: "x".repeat(64 * KIB) }), "application/json", 413, "tooLarge"],
      [
        "nested too deeply",
        "[".repeat(70).replace("[", '{"a":[') + "]".repeat(70) + "}",
        "application/json",
        400,
        "badRequest",
      ],
    ])("is refused where it is %s", async (_what, body, type, status, code) => {
      const reply = await call("block", { body, type });
      expectRefusal(reply, status, code);
      expect(fake.asked).toEqual([]);
      if (status === 413) expect(reply.body.detail).toBe("the body is over 64 KiB");
    });

    it("is missed where one is needed, and not where none is", async () => {
      const reply = await call("block", { body: undefined });
      expectRefusal(reply, 400, "badRequest");
      expect(errorsOf(reply)).toEqual(["body is required"]);
      expect((await call("revoke")).status).toBe(200);
    });

    it("has the size that is allowed, and no byte more", async () => {
      const padded = (bytes: number): string =>
        `{"extensionData":{"x":"${"x".repeat(bytes - 28)}"}}`.padEnd(bytes);
      const at = await call("update", { body: padded(64 * KIB), type: "application/json" });
      const over = await call("update", { body: padded(64 * KIB + 1), type: "application/json" });
      expect([at.status, over.status]).toEqual([200, 413]);
    });
  });

  describe("the header Idempotency-Key", () => {
    it.each([
      ["k", "k"],
      ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
      ["two words, and a comma", "two words, and a comma"],
      ['"quoted"', "quoted"],
      [String.raw`"with \" and \\"`, String.raw`with " and \ `.trim()],
      ["x".repeat(255), "x".repeat(255)],
    ])("%j is the key %j", async (sent, key) => {
      expect((await call("suspend", { headers: { "Idempotency-Key": sent } })).status).toBe(200);
      expect(fake.asked[0]?.[1]).toMatchObject({ idempotencyKey: key });
    });

    it.each([
      [""],
      ['""'],
      ['"open'],
      ['"with";a=1'],
      ["x".repeat(256)],
      ["ünï"],
      ["tab\tinside"],
      [["one", "two"]],
      [["one", "one"]],
    ])("%j is none, and is not overlooked", async (sent) => {
      const header = typeof sent === "string" ? Buffer.from(sent).toString("latin1") : sent;
      const reply = await call("suspend", { headers: { "Idempotency-Key": header } });
      expectRefusal(reply, 400, "badRequest");
      expect(errorsOf(reply)[0]).toMatch(/^Idempotency-Key /);
      expect(fake.asked).toEqual([]);
    });

    it("says of a stored reply that it is one", async () => {
      fake.next.push({ ...DONE, status: 202, replayed: true }, DONE);
      const [stored, fresh] = [await call("suspend"), await call("suspend")];
      expect([stored.status, stored.headers["idempotent-replayed"]]).toEqual([202, "true"]);
      expect([fresh.status, fresh.headers["idempotent-replayed"]]).toEqual([200, undefined]);
    });
  });

  describe("a refusal of the use cases", () => {
    it.each(PROBLEM_CODES.map((code) => ({ code, status: PROBLEMS[code].status })))(
      "$code is $status in problem+json",
      async ({ code, status }) => {
        fake.next.push(problem(code, "said in so many words"));
        const reply = await raw("post", `${ONE}/suspend`);
        expectRefusal(reply, status, code);
        expect(reply.body.detail).toBe("said in so many words");
        expect(reply.body.title).toMatch(/^[A-Z]/);
        expect(reply.body.title).not.toBe("Error");
      },
    );

    it("tells why the account system declines, and nothing that it was not meant to", async () => {
      fake.next.push(problem("declined", "declined", { reason: "NOT_ELIGIBLE", secret: "s" }));
      const reply = await call("suspend");
      expectRefusal(reply, 403, "declined");
      expect(Object.keys(reply.body)).toEqual([
        "type",
        "title",
        "status",
        "detail",
        "code",
        "requestId",
        "reason",
      ]);
      expect(reply.body.reason).toBe("NOT_ELIGIBLE");
    });

    it("does not tell of a bug more than that there is one; the log does", async () => {
      fake.next.push(new TypeError("the password is hunter2"));
      const reply = await call("suspend");
      expectRefusal(reply, 500, "internal");
      expect(reply.text).not.toContain("hunter2");
      expect(lines.filter((line) => line.includes("request.failed"))).toHaveLength(1);
    });

    it("is logged with its cause, where it has one", async () => {
      fake.next.push(
        new Problem({ code: "unavailable", text: "the database is away" }, { cause: new RangeError("x") }),
      );
      expectRefusal(await call("find"), 503, "unavailable");
      expect(lines.some((line) => line.includes("request.cause") && line.includes("RangeError"))).toBe(true);
    });
  });

  describe("paths and methods", () => {
    it.each(["/", "/nothing", "/entitlements/m-1/nothing", "/entitlements/m-1/suspend/x", "/Entitlements"])(
      "%s is not there",
      async (path) => {
        expectRefusal(await raw("get", BASE + path), 404, "notFound");
        expectRefusal(await raw("post", BASE + path, { body: {} }), 404, "notFound");
      },
    );

    it.each([
      ...MERCHANT_OPERATIONS.map(({ operation, method }) => [pathOf(operation), method] as const),
      [`${BASE}/openapi.json`, "GET"] as const,
    ])("%s answers %s alone", async (path, method) => {
      const reply = await raw("put", path, { body: {} });
      expectRefusal(reply, 405, "methodNotAllowed");
      expect(reply.headers.allow).toBe(method === "GET" ? "GET, HEAD" : "POST");
      expectRefusal(await raw(method === "GET" ? "post" : "get", path), 405, "methodNotAllowed");
      expect(fake.asked).toEqual([]);
    });

    it.each(["%zz", "%00", "x".repeat(256)])("%s is no id", async (id) => {
      expectRefusal(await raw("get", `${BASE}/entitlements/${id}`), 400, "badRequest");
      expect(fake.asked).toEqual([]);
    });

    it("serves its own OpenAPI document to whoever may look", async () => {
      const reply = await raw("get", `${BASE}/openapi.json`, { token: secretOf("view") });
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ openapi: "3.1.1", servers: [{ url: "/" }] });
      expect(Object.keys(reply.body.paths as object)).toHaveLength(MERCHANT_OPERATIONS.length);
    });

    it("is stored by nobody on the way", async () => {
      for (const reply of [
        await call("find"),
        await call("suspend"),
        await call("find", { query: { x: "1" } }),
      ])
        expect(reply.headers["cache-control"]).toBe("no-store");
    });
  });

  describe("listing", () => {
    const at = (count: number): string => `m-${String(count).padStart(4, "0")}`;
    const made = (count: number) => ({ ...ACTIVE, merchantEntitlementId: at(count), endsAt: NOW + DAY });

    it("asks for what was asked, and fifty unless told otherwise", async () => {
      await call("list");
      await call("list", {
        query: { resellerId: "BANGOTEL", status: "ACTIVE-ENDING", customer: "customer-1", limit: "200" },
      });
      expect(fake.asked).toEqual([
        ["list", { limit: 51 }],
        ["list", { resellerId: "BANGOTEL", status: "ACTIVE-ENDING", customer: "customer-1", limit: 201 }],
      ]);
    });

    it.each([
      [{ limit: "0" }, "limit must be a whole number from 1 to 200"],
      [{ limit: "201" }, "limit must be a whole number from 1 to 200"],
      [{ limit: "1.5" }, "limit must be a whole number from 1 to 200"],
      [{ limit: "" }, "limit must be a whole number from 1 to 200"],
      [{ limit: ["1", "2"] }, "limit must be a whole number from 1 to 200"],
      [
        { status: "ALIVE" },
        "status must be one of PENDING, ACTIVE, ACTIVE-ENDING, SUSPENDED, CANCELLED, REVOKED",
      ],
      [{ customer: "" }, "customer must not be empty"],
      [{ reseller: "BANGOTEL" }, "reseller is not known here"],
      [{ after: at(1) }, "after is no cursor of ours: send what `next` was"],
      [
        { after: Buffer.from("v2:x").toString("base64url") },
        "after is no cursor of ours: send what `next` was",
      ],
    ])("refuses %j", async (query, fault) => {
      const reply = await call("list", { query });
      expectRefusal(reply, 400, "badRequest");
      expect(errorsOf(reply)).toEqual([fault]);
      expect(fake.asked).toEqual([]);
    });

    it("goes page by page to the end: all of them, each once, also while new ones come", async () => {
      fake.entitlements = Array.from({ length: 7 }, (_, index) => made(7 - index));
      const seen: string[] = [];
      const sizes: number[] = [];
      let after: string | null | undefined;
      while (after !== null) {
        const page = await call("list", { query: { limit: "3", ...(after === undefined ? {} : { after }) } });
        const items = page.body.items as { merchantEntitlementId: string }[];
        seen.push(...items.map(({ merchantEntitlementId }) => merchantEntitlementId));
        sizes.push(items.length);
        after = page.body.next as string | null;
        fake.entitlements = [made(100 + sizes.length), ...fake.entitlements];
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map(at));
    });

    it("has no next page where the last one is full", async () => {
      fake.entitlements = [made(2), made(1)];
      const reply = await call("list", { query: { limit: "2" } });
      expect(reply.body.items).toHaveLength(2);
      expect(reply.body.next).toBeNull();
    });

    it("shows no acceptances, which it has not looked up", async () => {
      const { body } = await call("list");
      expect(Object.keys(body.items[0] as object)).not.toContain("acceptances");
    });
  });

  it("logs the operation, the token's id and the entitlement's, and nothing that was in a body", async () => {
    const canary = "canary-4711";
    await call("block", { body: { kind: canary, reason: canary }, headers: { "Idempotency-Key": canary } });
    await call("list", { query: { customer: canary } });
    await call("block", { body: { [canary]: canary } });
    await raw("post", `${BASE}/entitlements/${canary}/nothing`);
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged[0]).toMatchObject({
      operation: "block",
      credentialId: "operate-1",
      merchantEntitlementId: "m-1",
      replayed: false,
      status: 200,
    });
    expect(logged[2]).toMatchObject({ operation: "block", problem: "badRequest", status: 400 });
    expect(lines.join("\n")).not.toContain(canary);
  });
});
