import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { makeExchanges } from "../src/simulator/exchanges.js";
import { startSimulator } from "../src/simulator/start-simulator.js";
import type { RunningSimulator } from "../src/simulator/start-simulator.js";

type Body = Record<string, ReturnType<typeof JSON.parse>>;
type Answer = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

const BANGO = { username: "merchant", password: "test-bango-password-0123456789" };
const INBOUND = { username: "bango", password: "test-inbound-password-0123456789" };

let merchant: Server;
let simulator: RunningSimulator;
let answer: Answer;
let calls: IncomingMessage[];

beforeAll(async () => {
  merchant = createServer((req, res) => {
    calls.push(req);
    void answer(req, res);
  });
  await new Promise<void>((resolve) => merchant.listen(0, "127.0.0.1", resolve));
  const { port } = merchant.address() as AddressInfo;
  simulator = await startSimulator({
    host: "127.0.0.1",
    port: 0,
    adapterUrl: `http://127.0.0.1:${String(port)}`,
    inbound: INBOUND,
    bango: BANGO,
    products: [{ resellerId: "BANGOTEL", productKey: "MUSIC", activation: "sign-up" }],
    log: () => undefined,
  });
});

beforeEach(() => {
  calls = [];
});

afterAll(async () => {
  await simulator.stop();
  merchant.closeAllConnections();
  await new Promise((resolve) => merchant.close(resolve));
});

const json =
  (status: number, body: Body): Answer =>
  (_req, res) => {
    res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };

async function post(path: string, body: Body = {}, headers: Record<string, string> = {}): Promise<Body> {
  const response = await fetch(simulator.baseUrl + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Body;
}

const create = (entitlementId = randomUUID()): Promise<Body> =>
  post("/api/entitlements", { productKey: "MUSIC", entitlementId });
const known = async (id: string): Promise<Body> =>
  (await (await fetch(`${simulator.baseUrl}/api/entitlements/${id}`)).json()) as Body;
const page = async (id: string): Promise<string> =>
  (await fetch(`${simulator.baseUrl}/entitlements/${id}`)).text();

const OK = { responseCode: "OK", responseMessage: "Success" };

describe("Bango and a merchant that is not ours", () => {
  it("names the entitlement by the activating request id where the merchant gave none", async () => {
    answer = json(201, { ...OK, status: "ACTIVE" });
    const { entitlementId } = await create();
    const { requestId } = await known(entitlementId);
    answer = json(200, { ...OK, status: "SUSPENDED" });
    await post(`/api/entitlements/${entitlementId}/suspend`);
    expect(calls.at(-1)?.url).toBe(`/bango/v1/entitlement/${requestId}/suspend`);
  });

  it("takes the state that was asked for where the reply has none, and remarks on it", async () => {
    answer = json(200, OK);
    const created = await create();
    expect(created.status).toBe("ACTIVE");
    await post(`/api/entitlements/${created.entitlementId}/revoke`);
    const { status, exchanges } = await known(created.entitlementId);
    expect(status).toBe("REVOKED");
    expect(exchanges.map(({ remark }: Body) => remark)).toEqual([
      "the reply has no status",
      "the reply has no status",
    ]);
  });

  it("remarks on a state that does not fit and on what is no envelope", async () => {
    answer = json(201, { ...OK, status: "ACTIVE" });
    const { entitlementId } = await create();
    await post(`/api/entitlements/${entitlementId}/suspend`);
    answer = (_req, res) => void res.end("all well");
    await post(`/api/entitlements/${entitlementId}/resume`);
    answer = json(200, { responseCode: "OK", status: "ACTIVE" });
    await post(`/api/entitlements/${entitlementId}/resume`);
    const { exchanges } = await known(entitlementId);
    expect(exchanges.slice(1).map(({ remark }: Body) => remark)).toEqual([
      "Bango expects SUSPENDED here",
      "the reply is not a JSON object",
      "the reply has no responseMessage",
    ]);
    expect(await page(entitlementId)).toContain("Bango expects SUSPENDED here");
  });

  it("stops repeating a 5xx as soon as there is another answer", async () => {
    answer = (req, res) => json(calls.length < 3 ? 500 : 201, { ...OK, status: "ACTIVE" })(req, res);
    expect(await create()).toMatchObject({ status: "ACTIVE", deliveries: 3 });
    expect(new Set(calls.map(({ headers }) => headers["x-requestidentifier"])).size).toBe(1);
  });

  it("does not repeat what was cut off, and calls it FAILED", async () => {
    answer = (req) => void req.socket.destroy();
    expect(await create()).toMatchObject({ status: "FAILED", reply: null, deliveries: 1 });
  });

  it("believes the merchant's message about what is FAILED", async () => {
    answer = json(503, {});
    const { entitlementId } = await create();
    const told = await confirm(entitlementId);
    expect(told).toMatchObject({ responseCode: "OK", status: "ACTIVE", merchantEntitlementId: "m-1" });
  });

  it("stays ACTIVE where the merchant confirmed before its own 202 was read", async () => {
    const entitlementId = randomUUID();
    answer = async (req, res) => {
      await confirm(entitlementId);
      await json(202, {
        ...OK,
        status: "PENDING",
        merchantEntitlementId: "m-1",
        activationUrl: "https://a.example/",
      })(req, res);
    };
    expect(await create(entitlementId)).toMatchObject({ status: "ACTIVE", reply: { status: 202 } });
    expect(await known(entitlementId)).toMatchObject({ activationUrl: null });
  });

  it("never leaves a final state, whatever the merchant replies", async () => {
    answer = json(201, { ...OK, status: "REVOKED" });
    const { entitlementId } = await create();
    answer = json(200, { ...OK, status: "ACTIVE" });
    expect(await post(`/api/entitlements/${entitlementId}/resume`)).toMatchObject({ status: "REVOKED" });
    answer = json(503, {});
    expect(await post(`/api/entitlements/${entitlementId}/resume`)).toMatchObject({ status: "REVOKED" });
  });

  it("sends its own credentials, and keeps no secret of anybody's headers", async () => {
    answer = (req, res) => {
      res.setHeader("Set-Cookie", "session=canary-1");
      return json(201, { ...OK, status: "ACTIVE" })(req, res);
    };
    const { entitlementId } = await create();
    const pair = Buffer.from(`${INBOUND.username}:${INBOUND.password}`).toString("base64");
    expect(calls[0]?.headers.authorization).toBe(`Basic ${pair}`);
    await confirm(entitlementId, { Cookie: "canary-2", "X-Api-Key": "canary-3" });
    expect(JSON.stringify(await known(entitlementId))).not.toMatch(/canary|authorization/i);
  });

  it("shows hostile replies as text, and makes no link of what is no web address", async () => {
    const responseMessage = `</pre><img src=x onerror="alert(1)">`;
    answer = json(202, {
      ...OK,
      responseMessage,
      activationUrl: "javascript:alert(1)",
      urlExpiry: "<i>soon</i>",
    });
    const { entitlementId } = await create();
    answer = json(200, { ...OK, responseMessage, status: "<b>FINE</b>", productKey: "<b>" });
    const seen = await page(entitlementId);
    expect(seen).not.toMatch(/<img|<b>FINE|<i>soon|href="javascript:/);
    expect(seen).toContain("The activation link is no web address");
    expect(seen).toContain("&lt;b&gt;FINE&lt;/b&gt;");
  });
});

const confirm = (entitlementId: string, headers: Record<string, string> = {}): Promise<Body> =>
  post(
    `/merchant-api-v1/entitlement/${entitlementId}/activate`,
    { requestId: "r-1", entitlementId, merchantEntitlementId: "m-1", dateActivated: "2026-01-31T09:00:00Z" },
    {
      Authorization: `Basic ${Buffer.from(`${BANGO.username}:${BANGO.password}`).toString("base64")}`,
      "X-RequestIdentifier": "r-1",
      ...headers,
    },
  );

describe("the log of exchanges", () => {
  it("drops the oldest beyond 10,000 and goes on counting", () => {
    const exchanges = makeExchanges();
    for (let count = 0; count < 10_003; count += 1)
      exchanges.add({
        at: "2026-01-31T09:00:00.000Z",
        durationMs: 1,
        direction: "bango-to-merchant",
        operation: "echo",
        entitlementId: null,
        requestId: null,
        attempt: 1,
        request: { method: "GET", path: "/", headers: {}, body: null },
        reply: null,
        error: null,
        fault: null,
        remark: null,
      });
    const kept = exchanges.list();
    expect([kept.length, kept[0]?.number, kept.at(-1)?.number]).toEqual([10_000, 4, 10_003]);
  });
});
