import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { routesOf, unspokenBy } from "../src/cli/simulator-routes.js";
import { contractSchema } from "../src/contract/contract-schema.js";
import { effectiveContract } from "../src/contract/contract.js";
import type { Contract } from "../src/contract/contract.js";
import { startSimulator } from "../src/simulator/start-simulator.js";
import type { RunningSimulator } from "../src/simulator/start-simulator.js";
import { BANGOTEL, PASSWORD, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { dvm } from "./support/shapes/dvm.js";
import { odd } from "./support/shapes/odd.js";

type Body = Record<string, ReturnType<typeof JSON.parse>>;

const contractOf = (section: object): Contract => effectiveContract(contractSchema.parse(section));

describe("the simulated Bango of a merchant that speaks the preset dvm", () => {
  let given: Scenario & { close: () => Promise<void> };
  let adapter: Server;
  let simulator: RunningSimulator;

  beforeAll(async () => {
    given = await openScenario("sqlite", {}, dvm);
    adapter = createServer(given.server.publicApp);
    await new Promise<void>((resolve) => adapter.listen(0, "127.0.0.1", resolve));
    simulator = await startSimulator({
      host: "127.0.0.1",
      port: 0,
      adapterUrl: `http://127.0.0.1:${String((adapter.address() as AddressInfo).port)}`,
      routes: routesOf(contractOf(dvm.contract)),
      inbound: { username: "bango", password: PASSWORD },
      bango: { username: "merchant", password: "test-bango-password-0123456789" },
      products: BANGOTEL.products.map((product) => ({ resellerId: BANGOTEL.resellerId, ...product })),
      log: () => undefined,
    });
  });
  afterAll(async () => {
    await simulator.stop();
    await new Promise((resolve) => adapter.close(resolve));
    await given.close();
  });

  const post = async (path: string, body: Body): Promise<Body> => {
    const reply = await fetch(`${simulator.baseUrl}/api/entitlements${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return (await reply.json()) as Body;
  };
  const active = async (): Promise<string> => {
    const { entitlementId } = await post("", { productKey: "MUSIC_DIRECT" });
    return String(entitlementId);
  };
  const sent = async (entitlementId: string): Promise<Body[]> => {
    const reply = await fetch(`${simulator.baseUrl}/api/entitlements/${entitlementId}`);
    return ((await reply.json()) as { exchanges: Body[] }).exchanges;
  };

  it("finds its routes: activate, suspend, resume", async () => {
    const id = await active();
    expect(await post(`/${id}/suspend`, {})).toMatchObject({ status: "SUSPENDED" });
    expect(await post(`/${id}/resume`, {})).toMatchObject({ status: "ACTIVE" });
  });

  it.each([
    ["cancel", false, "ACTIVE-ENDING"],
    ["revoke", true, "REVOKED"],
  ])("sends %s as a terminate with immediate %s", async (operation, immediate, status) => {
    const id = await active();
    expect(await post(`/${id}/${operation}`, {})).toMatchObject({ status });
    expect((await sent(id)).at(-1)).toMatchObject({
      operation: "terminate",
      request: { body: { immediate } },
      reply: { status: 200 },
    });
  });

  it("hears that reinstate is off, and believes it", async () => {
    const id = await active();
    await post(`/${id}/cancel`, {});
    expect(await post(`/${id}/reinstate`, {})).toMatchObject({ status: "ACTIVE-ENDING" });
    expect((await sent(id)).at(-1)).toMatchObject({ operation: "reinstate", reply: { status: 403 } });
  });
});

describe("what the simulated Bango does not follow", () => {
  it.each([
    ["the default contract", {}],
    ["the preset dvm", dvm.contract],
    ["other statuses", { errors: { conflict: { status: 422 } } }],
  ])("is nothing of %s", (_name, section) => {
    expect(unspokenBy(contractOf(section))).toEqual([]);
  });

  it.each([
    [{ statusNames: { ACTIVE: "LIVE" } }, "contract.statusNames"],
    [{ idempotency: { source: "header", header: "X-Call-Id" } }, "contract.idempotency.header"],
    [{ operations: { suspend: { request: { reasonCode: "why" } } } }, "contract.operations.suspend.request"],
    [{ operations: { read: { reply: { status: "state" } } } }, "contract.operations.read.reply"],
    [
      { operations: { echo: { path: "/ping", query: { say: "echoRequestId" } } } },
      "contract.operations.echo.path",
    ],
  ])("is named by its key: %j", (section, key) => {
    expect(unspokenBy(contractOf(section))).toEqual([key]);
  });

  it("is nearly everything of an odd contract", () => {
    expect(unspokenBy(contractOf(odd.contract)).length).toBeGreaterThan(10);
  });
});
