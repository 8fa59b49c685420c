import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startSimulator } from "../src/simulator/start-simulator.js";
import type { RunningSimulator, SimulatorOptions } from "../src/simulator/start-simulator.js";
import { emptyDatabase } from "./support/engines.js";
import type { EmptyDatabase } from "./support/engines.js";
import { requireBuilt } from "./support/mia.js";
import { BANGOTEL, PASSWORD, environmentOf } from "./support/scenario.js";
import { startServe } from "./support/serve-process.js";
import type { ServeProcess } from "./support/serve-process.js";

/** Any JSON, as supertest has it: a wrong guess about one is what the assertion is there to find. */
type Body = Record<string, ReturnType<typeof JSON.parse>>;
interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

const BANGO = { username: "merchant", password: "test-bango-password-0123456789" };
const PRODUCTS = BANGOTEL.products.map(({ productKey, activation }) => ({
  resellerId: BANGOTEL.resellerId,
  productKey,
  activation,
}));

let database: EmptyDatabase;
let adapter: ServeProcess;
let simulator: RunningSimulator;
const logged: unknown[] = [];

const optionsFor = (more: Partial<SimulatorOptions> = {}): SimulatorOptions => ({
  host: "127.0.0.1",
  port: 0,
  adapterUrl: adapter.publicUrl,
  inbound: { username: "bango", password: PASSWORD },
  bango: BANGO,
  products: PRODUCTS,
  log: (...line) => void logged.push(line),
  ...more,
});

beforeAll(async () => {
  requireBuilt();
  database = await emptyDatabase("sqlite");
  const env = environmentOf(database.folder, database.url, {});
  adapter = await startServe(env, database.folder);
  simulator = await startSimulator(optionsFor());
});

afterEach(() => api("DELETE", "/faults"));

afterAll(async () => {
  await simulator.stop();
  await adapter.kill("SIGTERM");
  await database.drop();
});

async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const body = (isJson ? JSON.parse(text) : {}) as Body;
  return { status: response.status, headers: response.headers, text, body };
}

const api = (method: string, path: string, body?: Body | string, headers: Body = {}): Promise<Reply> =>
  call(`${simulator.baseUrl}/api${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
  });

const page = (path: string): Promise<Reply> => call(simulator.baseUrl + path);
const press = (path: string, fields: Record<string, string> = {}, headers: Body = {}): Promise<Reply> =>
  call(simulator.baseUrl + path, { method: "POST", headers, body: new URLSearchParams(fields) });

async function sold(productKey = "MUSIC_DIRECT", more: Body = {}): Promise<Body> {
  const { status, body } = await api("POST", "/entitlements", { productKey, ...more });
  expect(status).toBe(201);
  return body;
}

const ask = async (id: string, operation: string, body?: Body): Promise<Body> => {
  const answer = await api("POST", `/entitlements/${id}/${operation}`, body);
  expect(answer.status).toBe(200);
  return answer.body;
};

const known = async (id: string): Promise<Body> => (await api("GET", `/entitlements/${id}`)).body;
const notified = async (id: string): Promise<string[]> =>
  (await known(id)).notifications.map((one: Body) => one.notification);

/** The merchant's side of 4.1, by a plain fetch. */
const tell = (
  entitlement: Body,
  message: string,
  fields: Body = {},
  options: { auth?: string; base?: string; requestId?: string } = {},
): Promise<Reply> => {
  const { requestId = randomUUID(), base = simulator.baseUrl } = options;
  const auth = options.auth ?? `${BANGO.username}:${BANGO.password}`;
  const { entitlementId, merchantEntitlementId } = entitlement;
  const path = `/merchant-api-v1/entitlement/${entitlementId}${message === "update" ? "" : `/${message}`}`;
  return call(base + path, {
    method: message === "update" ? "PATCH" : "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${Buffer.from(auth).toString("base64")}`,
      "X-RequestIdentifier": requestId,
    },
    body: JSON.stringify({ requestId, entitlementId, merchantEntitlementId, ...fields }),
  });
};

const ACTIVATED = { dateActivated: "2026-01-31T09:00:00.000Z" };

describe("selling as BangoTel", () => {
  it("has the customer sign up for MUSIC: 202 and a link", async () => {
    const created = await sold("MUSIC");
    expect(created).toMatchObject({ status: "PENDING", deliveries: 1 });
    expect(created.reply).toMatchObject({ status: 202, body: { responseCode: "CLIENT_ACTION_REQUIRED" } });
    expect(created.activationUrl).toMatch(/^http:\/\/localhost:3000\/activate\//);
    expect(await notified(created.entitlementId)).toEqual([]);
  });

  it("has MUSIC_DIRECT active at once, and is notified", async () => {
    const created = await sold();
    expect(created).toMatchObject({ status: "ACTIVE", reply: { status: 201 } });
    expect(created).not.toHaveProperty("activationUrl");
    expect(await notified(created.entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
  });

  it("sends one request id in body and header, credentials that appear nowhere, and the reseller's fields", async () => {
    const { entitlementId } = await sold("MUSIC_DIRECT", { offerKey: "SPRING", sharedCustomerId: "anna-1" });
    const [exchange] = (await known(entitlementId)).exchanges;
    const { request, reply } = exchange;
    expect(request).toMatchObject({
      method: "POST",
      path: "/bango/v1/entitlement",
      body: { entitlementId, resellerId: "BANGOTEL", offerKey: "SPRING", sharedCustomerId: "anna-1" },
    });
    expect(request.headers["x-requestidentifier"]).toBe(request.body.requestId);
    expect(request.headers).not.toHaveProperty("authorization");
    expect(reply.headers).toHaveProperty("x-request-id");
    expect(exchange.remark).toBeNull();
    const everything = JSON.stringify([(await api("GET", "/exchanges")).body, logged]);
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toMatch(/authorization/i);
  });

  it("leaves nothing at Bango of what the merchant refuses", async () => {
    const refused = await sold("MUSIC_DIRECT", { sharedCustomerId: "decline-anna" });
    expect(refused).toMatchObject({ status: null, reply: { status: 403 }, deliveries: 1 });
    expect((await tell(refused, "activate", { merchantEntitlementId: "m-1", ...ACTIVATED })).status).toBe(
      404,
    );
  });

  it("repeats a 5xx three times with the same request id, then tells BangoTel FAILED", async () => {
    const created = await sold("MUSIC_DIRECT", { sharedCustomerId: `down-${randomUUID()}` });
    expect(created).toMatchObject({ status: "FAILED", deliveries: 4, reply: { status: 503 } });
    const { exchanges, notifications } = await known(created.entitlementId);
    expect(exchanges.map(({ attempt, reply }: Body) => [attempt, reply.status])).toEqual([
      [1, 503],
      [2, 503],
      [3, 503],
      [4, 503],
    ]);
    expect(new Set(exchanges.map(({ requestId }: Body) => requestId)).size).toBe(1);
    expect(new Set(exchanges.map(({ request }: Body) => JSON.stringify(request))).size).toBe(1);
    expect(Date.parse(exchanges[3].at) - Date.parse(exchanges[0].at)).toBeLessThan(2000);
    expect(notifications).toEqual([]);
  });

  it("calls an adapter that is not there once, and tells BangoTel FAILED", async () => {
    const lost = await startSimulator(optionsFor({ adapterUrl: () => "http://127.0.0.1:1" }));
    const body = JSON.stringify({ productKey: "MUSIC" });
    const headers = { "Content-Type": "application/json" };
    const created = await call(`${lost.baseUrl}/api/entitlements`, { method: "POST", headers, body });
    expect(created.body).toMatchObject({ status: "FAILED", reply: null, deliveries: 1 });
    expect(typeof created.body.error).toBe("string");
    const seen = await call(`${lost.baseUrl}/entitlements/${created.body.entitlementId}`);
    expect(seen.text).toContain("The merchant cannot be read");
    await lost.stop();
  });

  it("gives a new link while PENDING alone", async () => {
    const { entitlementId } = await sold("MUSIC");
    const renewed = await ask(entitlementId, "activationInfo");
    expect(renewed.reply).toMatchObject({ status: 200, body: { responseCode: "OK" } });
    expect(renewed.activationUrl).toBe(renewed.reply.body.activationUrl);
    await ask(entitlementId, "cancel");
    expect((await ask(entitlementId, "activationInfo")).reply.status).toBe(409);
  });
});

describe("a life at BangoTel", () => {
  it("goes through every operation, each notified once and with what Bango expects", async () => {
    const { entitlementId } = await sold();
    const steps: [string, Body | undefined, string][] = [
      ["suspend", undefined, "SUSPENDED"],
      ["resume", undefined, "ACTIVE"],
      ["update", { productKey: "MUSIC_PREMIUM" }, "ACTIVE"],
      ["update", { merchantExtensionData: { seat: "2" } }, "ACTIVE"],
      ["cancel", undefined, "ACTIVE-ENDING"],
      ["reinstate", undefined, "ACTIVE"],
      ["terminate", undefined, "ACTIVE-ENDING"],
      ["read", undefined, "ACTIVE-ENDING"],
      ["revoke", { reasonCategory: "REVOKED", reasonCode: "FRAUD" }, "REVOKED"],
    ];
    for (const [operation, body, status] of steps) {
      const answer = await ask(entitlementId, operation, body);
      expect([operation, answer.reply.status, answer.status]).toEqual([operation, 200, status]);
    }
    expect(await notified(entitlementId)).toEqual([
      "ACTIVATION_SUCCESS",
      "SUSPENSION_SUCCESS",
      "RESUMPTION_SUCCESS",
      "PRODUCT_UPDATE",
      "METADATA_UPDATE",
      "TERMINATION_PENDING",
      "METADATA_UPDATE",
      "TERMINATION_PENDING",
      "TERMINATION_SUCCESS",
    ]);
    const { exchanges } = await known(entitlementId);
    expect(exchanges.filter(({ remark }: Body) => remark !== null)).toEqual([]);
    expect(new Set(exchanges.map(({ requestId }: Body) => requestId)).size).toBe(steps.length + 1);
  });

  it("keeps Bango's state where the merchant refuses, and does not repeat a 4xx", async () => {
    const { entitlementId } = await sold();
    const refused = await ask(entitlementId, "update", { productKey: "NOT_SOLD" });
    expect(refused).toMatchObject({ status: "ACTIVE", deliveries: 1 });
    expect(refused.reply.status).toBeGreaterThanOrEqual(400);
    expect(refused.reply.status).toBeLessThan(500);
    expect(await notified(entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
  });

  it("is FAILED after a suspend that came to nothing, and as the merchant says after the next call", async () => {
    const { entitlementId } = await sold("MUSIC_DIRECT", {
      sharedCustomerId: `suspend-down-${randomUUID()}`,
    });
    expect(await ask(entitlementId, "suspend")).toMatchObject({ status: "FAILED", deliveries: 4 });
    expect(await ask(entitlementId, "resume")).toMatchObject({ status: "ACTIVE" });
    expect(await notified(entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
  });

  it("waits for the merchant's message after a 202", async () => {
    const created = await sold("MUSIC_DIRECT", { sharedCustomerId: `suspend-accepted-${randomUUID()}` });
    expect(await ask(created.entitlementId, "suspend")).toMatchObject({
      status: "ACTIVE",
      reply: { status: 202 },
    });
    expect((await known(created.entitlementId)).queued).toBe("suspend");
    expect((await tell(created, "suspend")).body.status).toBe("SUSPENDED");
    expect(await known(created.entitlementId)).toMatchObject({ status: "SUSPENDED", queued: null });
  });

  it("hears an echo", async () => {
    const { body } = await api("POST", "/echo");
    expect(body.reply).toMatchObject({ status: 200, body: { responseCode: "OK" } });
  });
});

describe("Bango, as the merchant calls it", () => {
  it("turns PENDING into ACTIVE and notifies BangoTel; a repeat is told that it exists already", async () => {
    const created = await sold("MUSIC");
    const first = await tell(created, "activate", ACTIVATED);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      responseCode: "OK",
      status: "ACTIVE",
      entitlementId: created.entitlementId,
      ...ACTIVATED,
    });
    expect(await notified(created.entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
    const again = await tell(created, "activate", ACTIVATED);
    expect([again.status, again.body.responseCode, again.body.status]).toEqual([
      409,
      "ALREADY_EXISTS",
      "ACTIVE",
    ]);
    expect(await notified(created.entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
    expect(await known(created.entitlementId)).toMatchObject({ activationUrl: null });
  });

  it("takes every message in the states that allow it, and answers CONFLICT with its state in others", async () => {
    const created = await sold();
    const soon = new Date(Date.now() + 60_000).toISOString();
    const steps: [string, Body, number, string][] = [
      ["resume", {}, 409, "ACTIVE"],
      ["suspend", { reasonCode: "FRAUD" }, 200, "SUSPENDED"],
      ["suspend", {}, 409, "SUSPENDED"],
      ["activate", ACTIVATED, 409, "SUSPENDED"],
      ["resume", {}, 200, "ACTIVE"],
      ["update", { productKey: "MUSIC_PREMIUM" }, 200, "ACTIVE"],
      ["notify", { event: "ALREADY_SUBSCRIBED", message: "has one already" }, 200, "ACTIVE"],
      ["terminate", { immediate: false, terminationDate: soon }, 200, "ACTIVE-ENDING"],
      ["suspend", {}, 200, "SUSPENDED"],
      ["resume", {}, 200, "ACTIVE-ENDING"],
      ["terminate", { immediate: true, reasonCategory: "REVOKED" }, 200, "REVOKED"],
      ["terminate", { immediate: true }, 409, "REVOKED"],
      ["update", {}, 409, "REVOKED"],
    ];
    for (const [message, fields, status, state] of steps) {
      const { body, status: answered } = await tell(created, message, fields);
      expect([message, answered, body.status]).toEqual([message, status, state]);
      expect(body.responseCode).toBe(status === 200 ? "OK" : "CONFLICT");
    }
    const { events, productKey } = await known(created.entitlementId);
    expect(productKey).toBe("MUSIC_PREMIUM");
    expect(events).toMatchObject([{ event: "ALREADY_SUBSCRIBED", message: "has one already" }]);
  });

  it("ends what the merchant ends without a date to come", async () => {
    const created = await sold();
    expect((await tell(created, "terminate", { immediate: false })).body.status).toBe("CANCELLED");
    expect(await notified(created.entitlementId)).toEqual(["ACTIVATION_SUCCESS", "TERMINATION_SUCCESS"]);
  });

  it("ends by its own clock what was cancelled", async () => {
    const created = await sold();
    const terminationDate = new Date(Date.now() + 150).toISOString();
    await tell(created, "terminate", { immediate: false, terminationDate });
    let { status } = await known(created.entitlementId);
    expect(status).toBe("ACTIVE-ENDING");
    while (Date.now() <= Date.parse(terminationDate)) ({ status } = await known(created.entitlementId));
    expect((await known(created.entitlementId)).status).toBe("CANCELLED");
  });

  it("answers 410 about ended ones where it is set so", async () => {
    const strict = await startSimulator(optionsFor({ endedStatus: 410 }));
    const created = await call(`${strict.baseUrl}/api/entitlements`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ productKey: "MUSIC" }),
    });
    const at = { base: strict.baseUrl };
    await tell(created.body, "terminate", { immediate: true }, at);
    const gone = await tell(created.body, "activate", ACTIVATED, at);
    expect([gone.status, gone.body.status]).toEqual([410, "REVOKED"]);
    await strict.stop();
  });

  it("refuses what is malformed with every fault, and lets nothing of it take effect", async () => {
    const created = await sold("MUSIC");
    const wrong = await tell(
      { ...created, merchantEntitlementId: "another" },
      "activate",
      { requestId: "not-the-header", dateActivated: "yesterday" },
      {},
    );
    expect([wrong.status, wrong.body.responseCode]).toEqual([400, "BAD_REQUEST"]);
    for (const name of ["requestId", "merchantEntitlementId", "dateActivated"])
      expect(wrong.body.responseMessage).toContain(name);
    expect((await tell(created, "terminate", { immediate: "true" })).status).toBe(400);
    expect((await tell(created, "notify", { event: "HELLO", message: "" })).status).toBe(400);
    expect((await known(created.entitlementId)).status).toBe("PENDING");
  });

  it("answers 401 to wrong credentials and 404 to unknown entitlements and paths", async () => {
    const created = await sold("MUSIC");
    for (const auth of ["merchant:wrong", `bango:${PASSWORD}`, ""]) {
      const refused = await tell(created, "activate", ACTIVATED, { auth });
      expect([refused.status, refused.body.responseCode]).toEqual([401, "UNAUTHORIZED"]);
      expect(refused.headers.get("www-authenticate")).toMatch(/^Basic/);
    }
    expect((await known(created.entitlementId)).status).toBe("PENDING");
    expect((await tell({ entitlementId: randomUUID() }, "suspend")).body.responseCode).toBe("NOT_FOUND");
    expect((await tell(created, "explode")).body.responseCode).toBe("NOT_FOUND");
  });

  it("records every message with its answer, without credentials", async () => {
    const created = await sold("MUSIC");
    const requestId = randomUUID();
    await tell(created, "activate", ACTIVATED, { requestId });
    await tell(created, "activate", ACTIVATED, { requestId });
    const { exchanges } = (await api("GET", `/exchanges?entitlementId=${created.entitlementId}`)).body;
    expect(exchanges.map(({ direction }: Body) => direction)).toEqual([
      "bango-to-merchant",
      "merchant-to-bango",
      "merchant-to-bango",
    ]);
    expect(exchanges[2]).toMatchObject({ operation: "activate", requestId, attempt: 2 });
    expect(exchanges[1].reply).toMatchObject({ status: 200, body: { status: "ACTIVE" } });
    expect(JSON.stringify(exchanges)).not.toContain(
      Buffer.from(BANGO.password).toString("base64").slice(4, 20),
    );
    expect(JSON.stringify(exchanges)).not.toMatch(/authorization/i);
  });

  it("echoes", async () => {
    const auth = Buffer.from(`${BANGO.username}:${BANGO.password}`).toString("base64");
    const headers = { Authorization: `Basic ${auth}` };
    const { status, body } = await call(`${simulator.baseUrl}/merchant-api-v1/echo/abc`, { headers });
    expect([status, body]).toEqual([200, { responseCode: "OK", responseMessage: "Success", echo: "abc" }]);
  });
});

describe("faults", () => {
  const fault = async (fields: Body): Promise<void> => {
    expect((await api("POST", "/faults", fields)).status).toBe(201);
  };
  const lastExchange = async (id: string): Promise<Body> => (await known(id)).exchanges.at(-1);

  it("down: cut off before any effect, as many times as asked", async () => {
    const created = await sold("MUSIC");
    await fault({ operation: "activate", kind: "down", times: 2 });
    await expect(tell(created, "activate", ACTIVATED)).rejects.toThrow();
    await expect(tell(created, "activate", ACTIVATED)).rejects.toThrow();
    expect(await known(created.entitlementId)).toMatchObject({ status: "PENDING", notifications: [] });
    expect(await lastExchange(created.entitlementId)).toMatchObject({ reply: null, fault: "down" });
    expect((await tell(created, "activate", ACTIVATED)).status).toBe(200);
  });

  it("cutAfterEffect: takes effect, and the answer is lost", async () => {
    const created = await sold("MUSIC");
    await fault({ operation: "*", kind: "cutAfterEffect", times: 1 });
    await expect(tell(created, "activate", ACTIVATED)).rejects.toThrow();
    expect(await notified(created.entitlementId)).toEqual(["ACTIVATION_SUCCESS"]);
    expect((await tell(created, "activate", ACTIVATED)).body.responseCode).toBe("ALREADY_EXISTS");
  });

  it("status: that answer and no effect, with Retry-After, code and state as asked", async () => {
    const created = await sold("MUSIC");
    await fault({ operation: "activate", kind: "status", status: 429, retryAfter: 7, times: 1 });
    await fault({ kind: "status", status: 409, responseCode: "CONFLICT", bodyStatus: "REVOKED", times: 1 });
    const busy = await tell(created, "activate", ACTIVATED);
    expect([busy.status, busy.headers.get("retry-after"), busy.body.responseCode]).toEqual([
      429,
      "7",
      "TOO_MANY_REQUESTS",
    ]);
    const ended = await tell(created, "activate", ACTIVATED);
    expect([ended.status, ended.body.status]).toEqual([409, "REVOKED"]);
    expect((await known(created.entitlementId)).status).toBe("PENDING");
  });

  it("unauthorized: 401 to good credentials until it is cleared", async () => {
    const created = await sold("MUSIC");
    await fault({ operation: "activate", kind: "unauthorized" });
    expect((await tell(created, "activate", ACTIVATED)).status).toBe(401);
    expect((await tell(created, "activate", ACTIVATED)).status).toBe(401);
    expect((await api("GET", "/faults")).body.faults).toHaveLength(1);
    await api("DELETE", "/faults");
    expect((await tell(created, "activate", ACTIVATED)).status).toBe(200);
  });

  it("slow: effect and answer come late", async () => {
    const created = await sold("MUSIC");
    await fault({ operation: "activate", kind: "slow", delayMs: 300, times: 1 });
    const startedAt = Date.now();
    expect((await tell(created, "activate", ACTIVATED)).status).toBe(200);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(295);
    expect((await lastExchange(created.entitlementId)).durationMs).toBeGreaterThanOrEqual(295);
  });

  it("meets only the message it names", async () => {
    const created = await sold();
    await fault({ operation: "suspend", kind: "status", status: 500 });
    expect((await tell(created, "update", { productKey: "MUSIC_PREMIUM" })).status).toBe(200);
    expect((await tell(created, "suspend")).status).toBe(500);
  });

  it.each([
    [{}, "kind"],
    [{ kind: "strange" }, "kind"],
    [{ kind: "status" }, "status"],
    [{ kind: "down", operation: "explode" }, "operation"],
    [{ kind: "slow", delayMs: -1 }, "delayMs"],
    [{ kind: "down", times: 0 }, "times"],
    [{ kind: "status", status: 503, retryAfter: "1\r\nX: y" }, "retryAfter"],
    [{ kind: "down", colour: "red" }, "colour"],
  ])("refuses %j", async (body, named) => {
    const refused = await api("POST", "/faults", body);
    expect([refused.status, refused.body.error]).toEqual([400, expect.stringContaining(named)]);
    expect((await api("GET", "/faults")).body.faults).toEqual([]);
  });
});

describe("the API for scripts", () => {
  it("says in JSON what it cannot do", async () => {
    const answers = [
      await api("POST", "/entitlements", {}),
      await api("POST", "/entitlements", { productKey: "MUSIC", entitlementId: 7 }),
      await api("POST", "/entitlements", "{nonsense"),
      await api("GET", `/entitlements/${randomUUID()}`),
      await api("POST", `/entitlements/${randomUUID()}/suspend`),
      await api("GET", "/nothing"),
      await api("GET", "/entitlements/%E0%A4%A"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 404, 404, 404, 400]);
    for (const { body } of answers) expect(Object.keys(body)).toEqual(["error"]);
  });

  it("lists what was sold, newest first, and finds an id in any case of letters", async () => {
    const older = await sold("MUSIC");
    const newer = await sold("MUSIC");
    const { entitlements } = (await api("GET", "/entitlements")).body;
    expect(entitlements.slice(0, 2).map(({ entitlementId }: Body) => entitlementId)).toEqual([
      newer.entitlementId,
      older.entitlementId,
    ]);
    expect((await known(older.entitlementId.toUpperCase())).entitlementId).toBe(older.entitlementId);
  });

  it("forgets the oldest beyond 1,000 entitlements", async () => {
    const lost = await startSimulator(optionsFor({ adapterUrl: "http://127.0.0.1:1" }));
    const create = async (entitlementId: string): Promise<void> => {
      const body = JSON.stringify({ productKey: "MUSIC", entitlementId });
      const headers = { "Content-Type": "application/json" };
      await call(`${lost.baseUrl}/api/entitlements`, { method: "POST", headers, body });
    };
    for (let batch = 0; batch < 41; batch += 1)
      await Promise.all(
        Array.from({ length: 25 }, (_, index) => create(`${String(batch)}-${String(index)}`)),
      );
    const { entitlements } = (await call(`${lost.baseUrl}/api/entitlements`)).body;
    expect(entitlements).toHaveLength(1000);
    expect(entitlements.at(-1).entitlementId).toMatch(/^1-/);
    await lost.stop();
  });

  it("refuses calls from pages of other sites, and nothing comes of them", async () => {
    const created = await sold();
    const at = `/entitlements/${created.entitlementId}`;
    for (const site of ["cross-site", "same-site"]) {
      const foreign = { "Sec-Fetch-Site": site };
      expect((await api("POST", `${at}/revoke`, {}, foreign)).status).toBe(403);
      expect((await api("DELETE", "/faults", undefined, foreign)).status).toBe(403);
      expect((await press(`${at}/revoke`, {}, foreign)).status).toBe(403);
    }
    expect((await known(created.entitlementId)).status).toBe("ACTIVE");
    expect((await known(created.entitlementId)).exchanges).toHaveLength(1);
  });

  it("answers to this machine's own names alone", async () => {
    const ask = (host: string) => request(simulator.baseUrl).get("/api/entitlements").set("Host", host);
    for (const host of ["localhost:3002", "127.0.0.1:3002", "[::1]:3002", "localhost"])
      expect([host, (await ask(host)).status]).toEqual([host, 200]);
    for (const host of ["rebound.example:3002", "localhost.rebound.example", "127.0.0.1.rebound.example"])
      expect([host, (await ask(host)).status]).toEqual([host, 403]);
  });
});

describe("the pages", () => {
  const createByForm = async (product: number, customer = `customer-${randomUUID()}`): Promise<string> => {
    const made = await press("/entitlements", { product: String(product), sharedCustomerId: customer });
    expect(made.status).toBe(303);
    return made.headers.get("location") ?? "";
  };

  it("sell a product with a suggested customer id, and lead to its page with the link to follow", async () => {
    const front = await page("/");
    expect(front.status).toBe(200);
    expect(front.text).toMatch(/value="customer-[\da-f]{8}"/);
    expect(front.text).toContain("MUSIC_DIRECT");
    expect(front.text).toContain("An id that begins <code>decline-");
    const at = await createByForm(0);
    const seen = await page(at);
    expect(seen.text).toMatch(/href="http:\/\/localhost:3000\/activate\/[^"]+"/);
    expect(seen.text).toContain("Bango → merchant");
    expect(seen.text).toContain("CLIENT_ACTION_REQUIRED");
    expect(seen.text.match(/<span class="badge waiting">PENDING<\/span>/g)).toHaveLength(2);
    expect((await page("/")).text).toContain(`href="${at}"`);
  });

  it("show ACTIVATION_SUCCESS and the merchant's message once it has confirmed", async () => {
    const at = await createByForm(0);
    expect((await page(at)).text).toContain("<strong>activate</strong> was answered");
    await tell(await known(at.split("/")[2] ?? ""), "activate", ACTIVATED);
    const { text } = await page(at);
    // What BangoTel was answered before is no news any more.
    expect(text).not.toContain("was answered");
    expect(text).toContain("ACTIVATION_SUCCESS");
    expect(text).toContain("merchant → Bango");
    // The merchant itself knows nothing of it: nobody signed up there.
    expect(text).toContain("The two do not agree");
  });

  it("have a button for every operation that leads back to the page", async () => {
    const at = await createByForm(1);
    const id = at.split("/")[2] ?? "";
    const steps: [string, Record<string, string>, string][] = [
      ["suspend", {}, "SUSPENDED"],
      ["resume", {}, "ACTIVE"],
      ["update", { productKey: "MUSIC_PREMIUM" }, "ACTIVE"],
      ["cancel", {}, "ACTIVE-ENDING"],
      ["reinstate", {}, "ACTIVE"],
      ["activationInfo", {}, "ACTIVE"],
      ["revoke", {}, "REVOKED"],
    ];
    for (const [operation, fields, status] of steps) {
      expect((await page(at)).text).toContain(`action="${at}/${operation}"`);
      const pressed = await press(`${at}/${operation}`, fields);
      expect([pressed.status, pressed.headers.get("location")]).toEqual([303, at]);
      expect((await known(id)).status).toBe(status);
    }
    expect((await known(id)).productKey).toBe("MUSIC_PREMIUM");
    expect((await page(at)).text).not.toContain("The two do not agree");
  });

  it("leave no trace of their own reads", async () => {
    const at = await createByForm(1);
    await page(at);
    await page(at);
    expect((await known(at.split("/")[2] ?? "")).exchanges).toHaveLength(1);
  });

  it("escape whatever is hostile", async () => {
    const hostile = `"><script>alert(1)</script>&'`;
    const at = await createByForm(1, hostile);
    const odd = await sold("MUSIC_DIRECT", {
      entitlementId: `<b>${hostile}`,
      extraInformation: { a: hostile },
    });
    for (const path of ["/", at, `/entitlements/${encodeURIComponent(odd.entitlementId)}`]) {
      const { text, status } = await page(path);
      expect(status).toBe(200);
      expect(text).not.toContain("<script");
      expect(text).toContain("&lt;script&gt;");
    }
  });

  it("have a strict policy, their own stylesheet and no script", async () => {
    const { headers, text } = await page("/");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(text).toContain('<link rel="stylesheet" href="/style.css"');
    expect(text).not.toMatch(/<script|style=|<style/);
    const sheet = await page("/style.css");
    expect([sheet.status, sheet.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
  });

  it("say what is missing", async () => {
    expect((await page("/entitlements/none")).status).toBe(404);
    expect((await press("/entitlements/none/suspend")).status).toBe(404);
    expect((await page("/nowhere")).status).toBe(404);
    const empty = await press("/entitlements", { product: "0", sharedCustomerId: "" });
    expect([empty.status, empty.text.includes("give a customer id")]).toEqual([400, true]);
    expect((await press("/entitlements", { product: "99", sharedCustomerId: "a" })).status).toBe(400);
  });
});
