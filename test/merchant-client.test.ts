import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { merchantRouter } from "../src/admin/merchant-router.js";
import { MerchantApiError, merchantClient } from "../src/client/merchant-client.js";
import type { MerchantClient, MerchantClientOptions } from "../src/client/merchant-client.js";
import { merchantOpenApiDocument } from "../src/contract/merchant-openapi.js";
import { MERCHANT_OPERATIONS } from "../src/contract/merchant-operations.js";
import { problem } from "../src/core/problem.js";
import { problemReply } from "../src/contract/replies.js";
import { baseApp } from "../src/http/base-app.js";
import { pinoLogger } from "../src/logger.js";
import { ACTIVE } from "./core/values.js";
import { DONE, fakeMerchant } from "./support/fake-merchant.js";

const TOKEN = "client-token-0123456789";

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });

/** What a call throws; fails where it throws nothing. */
async function thrownBy(call: Promise<unknown>): Promise<MerchantApiError> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MerchantApiError);
  return error as MerchantApiError;
}

describe("the client, on the Merchant API", () => {
  const fake = fakeMerchant();
  let server: Server;
  let baseUrl: string;
  let client: MerchantClient;
  const waited: number[] = [];
  const wait = (ms: number): Promise<void> => {
    waited.push(ms);
    return Promise.resolve();
  };

  beforeAll(async () => {
    const log = pinoLogger("debug", { write: () => true });
    const tokens = [
      { id: "shop", role: "operate", hashes: [createHash("sha256").update(TOKEN).digest()] },
    ] as const;
    const router = merchantRouter({
      tokens: () => tokens,
      use: fake.use,
      openApi: merchantOpenApiDocument("/"),
      log,
    });
    server = createServer(
      baseApp([router], { log, trustProxy: false, renderProblem: (_, told) => problemReply(told) }),
    );
    baseUrl = await listening(server);
    client = merchantClient({ baseUrl, token: TOKEN, wait });
  });
  beforeEach(() => {
    for (const list of [fake.asked, fake.next, waited]) list.length = 0;
    fake.entitlements = [ACTIVE];
  });
  afterAll(() => closed(server));

  const reason = { category: null, code: "FRAUD", description: null };
  const CALLS: readonly [keyof MerchantClient, (client: MerchantClient) => Promise<unknown>, unknown[]][] = [
    ["suspend", (to) => to.suspend("m-1", { reasonCode: "FRAUD" }), ["move", "suspend", reason]],
    ["resume", (to) => to.resume("m-1"), ["move", "resume", null]],
    ["cancel", (to) => to.cancel("m-1"), ["move", "cancel", null]],
    ["revoke", (to) => to.revoke("m-1"), ["move", "revoke", null]],
    ["reinstate", (to) => to.reinstate("m-1"), ["move", "reinstate", null]],
    ["update", (to) => to.update("m-1", { dateExpiry: null }), ["update", { dateExpiry: null }]],
    ["block", (to) => to.block("m-1", { kind: "k", reason: "r" }), ["block", { kind: "k", reason: "r" }]],
    [
      "unblock",
      (to) => to.unblock("m-1", { kind: "k", reason: "r" }),
      ["unblock", { kind: "k", reason: "r" }],
    ],
    [
      "notEligible",
      (to) => to.notEligible("m-1", { event: "NOT_ELIGIBLE" }),
      ["notify", { event: "NOT_ELIGIBLE", message: null }],
    ],
    ["relink", (to) => to.relink("m-1", { accountId: "a" }), ["relink", { accountId: "a" }]],
    [
      "complete",
      (to) => to.complete("m-1", { requestId: "r", outcome: "failed" }),
      ["complete", { requestId: "r", outcome: "failed", terminationDate: null, reason: null }],
    ],
    [
      "completeSignUp",
      (to) => to.completeSignUp("m-1", { accountId: "a" }),
      ["completeSignUp", { accountId: "a" }],
    ],
  ];

  it.each(CALLS)("%s arrives, under a key of its own", async (_method, call, [method, ...given]) => {
    const result = await call(client);
    expect(result).toEqual({ entitlement: JSON.parse(DONE.body), accepted: false, replayed: false });
    await call(client);
    const [first, second] = fake.asked;
    expect(first?.slice(2)).toEqual(given);
    expect([first?.[0], first?.[1]]).toMatchObject([method, { merchantEntitlementId: "m-1", actor: "shop" }]);
    const keys = [first, second].map((asked) => (asked?.[1] as { idempotencyKey: string }).idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it("has a method for every operation of the API", () => {
    const methods = [...CALLS.map(([name]) => name), "find", "list"];
    expect(methods.sort()).toEqual(MERCHANT_OPERATIONS.map(({ operation }) => operation).sort());
    expect(Object.keys(client).sort()).toEqual([...methods, "pages"].sort());
  });

  it("sends the key that it is given, and tells what was accepted and what was replayed", async () => {
    fake.next.push({ ...DONE, status: 202, replayed: true });
    const result = await client.block("m-1", { kind: "k", reason: "r" }, { idempotencyKey: "mine" });
    expect([result.accepted, result.replayed]).toEqual([true, true]);
    expect(fake.asked[0]?.[1]).toMatchObject({ idempotencyKey: "mine" });
  });

  it("asks again on 503 after the pause that was asked for, with the same key", async () => {
    fake.next.push(problem("unavailable", "not known yet"), problem("unavailable", "not known yet"));
    const result = await client.suspend("m-1");
    expect(result.entitlement.status).toBe("ACTIVE");
    expect(waited).toEqual([2000, 2000]);
    const calls = fake.asked.map(([, call]) => call as { idempotencyKey: string });
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it("gives up after so many tries, and tells what was said", async () => {
    for (let count = 0; count < 10; count += 1) fake.next.push(problem("unavailable", "not known yet"));
    const error = await thrownBy(client.suspend("m-1"));
    expect(fake.asked).toHaveLength(4);
    expect(error).toMatchObject({
      status: 503,
      code: "unavailable",
      detail: "not known yet",
      title: "Service Unavailable",
      message: "503 unavailable: not known yet",
    });
    expect(error.requestId).toMatch(/^[\da-f-]{36}$/);
  });

  it.each(["conflict", "internal", "notFound", "productNotSold"] as const)(
    "does not ask again after %s",
    async (code) => {
      fake.next.push(problem(code, "said so"));
      expect(await thrownBy(client.suspend("m-1"))).toMatchObject({ code, errors: [], reason: null });
      expect(fake.asked).toHaveLength(1);
      expect(waited).toEqual([]);
    },
  );

  it("tells every fault of a body, and why the account system declines", async () => {
    const error = await thrownBy(client.block("m-1", { kind: "no good", reason: "" }));
    expect(error.errors.map(({ field }) => field)).toEqual(["kind", "reason"]);
    fake.next.push(problem("declined", "declined", { reason: "NOT_ELIGIBLE" }));
    expect(await thrownBy(client.suspend("m-1"))).toMatchObject({ code: "declined", reason: "NOT_ELIGIBLE" });
  });

  it("tells a wrong token apart, without repeating it", async () => {
    const error = await thrownBy(merchantClient({ baseUrl, token: "wrong-token-0123" }).find("m-1"));
    expect(error).toMatchObject({ status: 401, code: "unauthorized" });
    expect(error.message).not.toContain("wrong-token");
  });

  it("finds, and lists page by page", async () => {
    expect(await client.find("m-1")).toEqual(JSON.parse(DONE.body));
    fake.entitlements = [5, 4, 3, 2, 1].map((count) => ({
      ...ACTIVE,
      merchantEntitlementId: `m-${String(count)}`,
    }));
    const sizes: number[] = [];
    for await (const page of client.pages({ status: "ACTIVE", limit: 2 })) sizes.push(page.items.length);
    expect(sizes).toEqual([2, 2, 1]);
    expect(fake.asked.slice(1).map(([, filter]) => filter)).toEqual([
      { status: "ACTIVE", limit: 3 },
      { status: "ACTIVE", limit: 3, after: "m-4" },
      { status: "ACTIVE", limit: 3, after: "m-2" },
    ]);
    const second = await client.list({ limit: 2, after: (await client.list({ limit: 2 })).next ?? "" });
    expect(second.items.map(({ merchantEntitlementId }) => merchantEntitlementId)).toEqual(["m-3", "m-2"]);
  });

  it("asks for no page that nobody wants", async () => {
    fake.entitlements = ["m-2", "m-1"].map((merchantEntitlementId) => ({ ...ACTIVE, merchantEntitlementId }));
    for await (const page of client.pages({ limit: 1 })) {
      expect(page.next).not.toBeNull();
      break;
    }
    expect(fake.asked).toHaveLength(1);
  });

  it("names an id as it is, and takes none that would lead elsewhere", async () => {
    await client.find("a/../b ü?#");
    expect(fake.asked).toEqual([["find", "a/../b ü?#"]]);
    for (const id of ["", ".", ".."]) await expect(client.suspend(id)).rejects.toThrow(TypeError);
    expect(fake.asked).toHaveLength(1);
  });
});

type Answering = (req: IncomingMessage, res: ServerResponse) => void;

describe("the client, where something else answers", () => {
  let server: Server;
  let baseUrl: string;
  /** One for each call that comes; the last goes on. */
  let answers: Answering[];
  let keys: (string | undefined)[];
  let paths: (string | undefined)[];
  let waited: number[];

  beforeEach(async () => {
    [answers, keys, paths, waited] = [[], [], [], []];
    server = createServer((req, res) => {
      keys.push(req.headers["idempotency-key"] as string | undefined);
      paths.push(req.url);
      req.resume();
      const answering = answers.length > 1 ? answers.shift() : answers[0];
      answering?.(req, res);
    });
    baseUrl = await listening(server);
  });
  afterEach(() => closed(server));

  const client = (options: Partial<MerchantClientOptions> = {}): MerchantClient =>
    merchantClient({
      baseUrl,
      token: TOKEN,
      wait: (ms) => {
        waited.push(ms);
        return Promise.resolve();
      },
      ...options,
    });
  const hangUp: Answering = (req) => {
    req.socket.destroy();
  };
  const cutShort: Answering = (_req, res) => {
    res.writeHead(200, { "Content-Length": "1000" });
    res.write("{", () => res.destroy());
  };
  const never: Answering = () => undefined;
  const done: Answering = (_req, res) => {
    res.writeHead(200, { "Content-Type": "application/json" }).end(DONE.body);
  };
  const says =
    (status: number, body: string, headers: Record<string, string> = {}): Answering =>
    (_req, res) => {
      res.writeHead(status, headers).end(body);
    };

  it("asks again with the same key where the line was cut, before or within the answer", async () => {
    answers = [hangUp, cutShort, hangUp, done];
    const { entitlement } = await client().suspend("m-1");
    expect(entitlement.merchantEntitlementId).toBe("m-1");
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(waited).toHaveLength(3);
    for (const [index, ms] of waited.entries()) {
      expect(ms).toBeGreaterThanOrEqual(250 * 2 ** index);
      expect(ms).toBeLessThanOrEqual(500 * 2 ** index);
    }
  });

  it("asks a question again as well", async () => {
    answers = [hangUp, done];
    expect((await client().find("m-1")).merchantEntitlementId).toBe("m-1");
    expect(keys).toEqual([undefined, undefined]);
  });

  it("gives up in the end, with no status and with the cause", async () => {
    answers = [hangUp];
    const error = await thrownBy(client({ retries: 1 }).suspend("m-1"));
    expect(keys).toHaveLength(2);
    expect([error.status, error.code]).toEqual([null, null]);
    expect(error.message).toBe("no answer");
    expect(error.cause).toHaveProperty("message", "fetch failed");
  });

  it("does not wait for ever", async () => {
    answers = [never];
    const error = await thrownBy(client({ retries: 0, timeoutMs: 50 }).suspend("m-1"));
    expect(error.status).toBeNull();
    expect(error.cause).toHaveProperty("name", "TimeoutError");
  });

  it.each([502, 504, 429])("asks again on %i, which is not this API's", async (status) => {
    answers = [says(status, "<h1>gateway</h1>", { "Retry-After": "1" }), done];
    await client().suspend("m-1");
    expect(waited).toEqual([1000]);
  });

  it("waits no longer than half a minute, whatever is asked", async () => {
    answers = [says(503, "", { "Retry-After": "86400" }), says(503, "", { "Retry-After": "tomorrow" }), done];
    await client().suspend("m-1");
    expect(waited[0]).toBe(30_000);
    expect(waited[1]).toBeLessThanOrEqual(1000);
  });

  it.each([
    [200, "<h1>Welcome</h1>"],
    [404, "<h1>Not found</h1>"],
    [500, '{"message":"oops"}'],
    [200, '"text"'],
  ])("says so on %i %s", async (status, body) => {
    answers = [says(status, body)];
    const error = await thrownBy(client().suspend("m-1"));
    expect([error.status, error.code, keys.length]).toEqual([status, null, 1]);
    expect(error.message).toBe(`${String(status)} what answered is not the Merchant API`);
  });

  it("carries its token to no other place that it is sent to", async () => {
    answers = [says(307, "", { Location: "/elsewhere" }), done];
    expect((await thrownBy(client().suspend("m-1"))).status).toBe(307);
    expect(paths).toEqual(["/merchant/v1/entitlements/m-1/suspend"]);
  });

  it("finds the API below a prefix, with or without a slash at the end", async () => {
    answers = [done];
    await client({ baseUrl: `${baseUrl}/mia` }).find("m-1");
    await client({ baseUrl: `${baseUrl}/mia/` }).find("m-1");
    expect(new Set(paths)).toEqual(new Set(["/mia/merchant/v1/entitlements/m-1"]));
    expect(() => client({ baseUrl: "nothing" })).toThrow("Invalid URL");
  });

  it("uses the fetch that it is given", async () => {
    const sent: RequestInit[] = [];
    const own: typeof fetch = async (_url, init) => {
      sent.push(init ?? {});
      return new Response(DONE.body, { status: 200 });
    };
    await client({ fetch: own }).suspend("m-1", { reasonCode: "FRAUD" });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: "POST",
      body: '{"reasonCode":"FRAUD"}',
      headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    });
    expect(paths).toEqual([]);
  });
});
