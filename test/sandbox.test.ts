import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { requireBuilt, startMia } from "./support/mia.js";
import type { Running } from "./support/mia.js";

const folders: string[] = [];
const running: Running[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "mia-sandbox-"));
  folders.push(folder);
  return folder;
};
beforeAll(requireBuilt);
afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.kill("SIGTERM")));
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Addresses {
  readonly server: string;
  readonly admin: string;
  readonly simulator: string;
  readonly streamingService?: string;
  readonly username: string;
  readonly password: string;
}

const DAY_MS = 24 * 3_600_000;
const PORTS = { SIMULATOR_PORT: "0", LOG_LEVEL: "error" };

async function sandbox(folder: string, args: readonly string[] = [], env: object = {}) {
  const process = startMia(["sandbox", "--json", ...args], folder, { ...PORTS, ...env });
  running.push(process);
  await process.prints(/^\{"server".*\}$/m);
  const line =
    process
      .out()
      .split("\n")
      .find((text) => text.startsWith('{"server"')) ?? "";
  const addresses = JSON.parse(line) as Addresses;
  const Authorization = `Basic ${Buffer.from(`${addresses.username}:${addresses.password}`).toString("base64")}`;
  const call = async (path: string, body: object): Promise<[number, string | undefined]> => {
    const reply = await fetch(`${addresses.server}${path}`, {
      method: "POST",
      headers: { Authorization, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return [reply.status, ((await reply.json()) as { readonly status?: string }).status];
  };
  return {
    process,
    addresses,
    call,
    activate: (customer: string, entitlementId: string = randomUUID()) =>
      call("/entitlement", {
        requestId: entitlementId,
        entitlementId,
        resellerId: "BANGOTEL",
        productKey: "MUSIC_DIRECT",
        sharedCustomerId: customer,
      }),
    ledger: async (entitlementId: string): Promise<string[]> => {
      const reply = await fetch(`${addresses.admin}/sandbox/ledger?entitlementId=${entitlementId}`);
      const entries = (await reply.json()) as { readonly operation: string; readonly result: string }[];
      return entries.map(({ operation, result }) => `${operation} ${result}`);
    },
  };
}

const WALK = ["suspend", "suspend", "resume", "cancel", "reinstate", "revoke", "suspend"];

describe("the sandbox's account system", () => {
  it.each([[[]], [["--accounts", "demo"]]])("with %j answers testers and keeps books", async (args) => {
    const { addresses, activate, call, ledger } = await sandbox(newFolder(), args);
    expect("streamingService" in addresses).toBe(args.length === 0);
    const id = randomUUID();
    expect(await activate("anna", id)).toEqual([201, "ACTIVE"]);
    const answers = [];
    for (const operation of WALK) answers.push((await call(`/entitlement/${id}/${operation}`, {}))[0]);
    expect(answers).toEqual([200, 200, 200, 200, 200, 200, 409]);
    expect(await ledger(id)).toEqual([
      "activate done",
      "suspend done",
      "resume done",
      "cancel done",
      "reinstate done",
      "revoke done",
    ]);
    expect(await activate("decline-anna")).toEqual([403, undefined]);
    expect(await activate("down-anna")).toEqual([503, undefined]);
    expect(await activate("accepted-anna")).toEqual([202, "PENDING"]);
    const lost = randomUUID();
    expect(await activate("suspend-unknown-anna", lost)).toEqual([201, "ACTIVE"]);
    expect(await call(`/entitlement/${lost}/suspend`, {})).toEqual([503, undefined]);
    expect(await call(`/entitlement/${lost}/suspend`, {})).toEqual([200, "SUSPENDED"]);
    expect(await ledger(lost)).toEqual(["activate done", "suspend done"]);
  });

  it("keeps its books where ours are, through the death of both", async () => {
    const folder = newFolder();
    const id = randomUUID();
    const first = await sandbox(folder);
    expect(await first.activate("anna", id)).toEqual([201, "ACTIVE"]);
    await first.process.kill("SIGKILL");
    const second = await sandbox(folder);
    expect(await second.call(`/entitlement/${id}/suspend`, {})).toEqual([200, "SUSPENDED"]);
    expect(await second.ledger(id)).toEqual(["activate done", "suspend done"]);
    const other = await sandbox(folder, [], { DATABASE_URL: "sqlite:./data/other.db" });
    expect(await other.ledger(id)).toEqual([]);
    expect(await other.activate("anna")).toEqual([201, "ACTIVE"]);
  });

  it("is what the configuration file says, which need not say more", async () => {
    const folder = newFolder();
    const answers = (kind: string): string => `() => Promise.resolve({ kind: "${kind}" })`;
    writeFileSync(
      join(folder, "my-accounts.mjs"),
      `export default {
        name: "mine", accountSystemVersion: 1, idempotent: true,
        activate: ${answers("alreadySo")}, revoke: ${answers("done")},
        health: () => Promise.resolve({ ok: true }),
      };`,
    );
    const file = { accountSystem: { module: "./my-accounts.mjs", forcedResults: true } };
    writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
    const { addresses, activate, call, ledger } = await sandbox(folder);
    expect(addresses.streamingService).toBeUndefined();
    const id = randomUUID();
    expect(await activate("anna", id)).toEqual([201, "ACTIVE"]);
    expect(await call(`/entitlement/${id}/suspend`, {})).toEqual([403, undefined]);
    expect(await activate("decline-anna")).toEqual([403, undefined]);
    expect(await ledger(id)).toEqual([]);
  });
});

describe("the sandbox's clock", () => {
  it("is Bango's and Lantern's too: what was cancelled ends on all sides when it passes the end", async () => {
    const { addresses } = await sandbox(newFolder());
    const call = async (url: string, body?: object) => {
      const sent = { method: "POST", headers: { "Content-Type": "application/json" } };
      const reply = await fetch(url, body && { ...sent, body: JSON.stringify(body) });
      return (await reply.json()) as Record<string, never>;
    };
    const sold = await call(`${addresses.simulator}/api/entitlements`, { productKey: "MUSIC_DIRECT" });
    const one = `${addresses.simulator}/api/entitlements/${String(sold.entitlementId)}`;
    const cancelled = await call(`${one}/cancel`, {});
    expect(cancelled.status).toBe("ACTIVE-ENDING");
    const { now } = await call(`${addresses.admin}/sandbox/clock`, { advanceMs: 32 * DAY_MS });
    const bango: Record<string, unknown> = await call(one);
    const notices = bango.notifications as { readonly notification: string; readonly at: string }[];
    expect([bango.status, ...notices.map(({ notification }) => notification)]).toEqual([
      "CANCELLED",
      "ACTIVATION_SUCCESS",
      "TERMINATION_PENDING",
      "TERMINATION_SUCCESS",
    ]);
    const { reply } = await call(`${one}/read`, {});
    expect(reply).toMatchObject({ body: { status: "CANCELLED" } });
    // Lantern's books say when by Lantern's own clock.
    const another = await call(`${addresses.simulator}/api/entitlements`, { productKey: "MUSIC_DIRECT" });
    const ledger = `${addresses.admin}/sandbox/ledger?entitlementId=${String(another.entitlementId)}`;
    const [effect] = (await call(ledger)) as unknown as { readonly at: string }[];
    for (const at of [notices.at(-1)?.at, effect?.at])
      expect(Math.abs(Date.parse(String(at)) - Date.parse(String(now)))).toBeLessThan(DAY_MS / 24);
  });
});

describe("the port of the example streaming service", () => {
  it("is another one where the usual is taken, unless it was chosen", async () => {
    const [first, second] = [await sandbox(newFolder()), await sandbox(newFolder())];
    const [one = "", two = ""] = [first, second].map(({ addresses }) => addresses.streamingService);
    expect(one).not.toBe(two);
    for (const address of [one, two]) expect((await fetch(`${address}/`)).status).toBe(200);
  });

  it.each(["EXAMPLE_OTT_PORT", "SIMULATOR_PORT"])("is named where it is taken: %s", async (name) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const port = String((other.address() as AddressInfo).port);
    const { code, err } = await startMia(["sandbox"], newFolder(), { ...PORTS, [name]: port }).ended;
    other.close();
    expect([code, err]).toEqual([1, `Not started: port ${port} is taken; set ${name}.\n`]);
  });

  it("is said to be wrong where it is none", async () => {
    const env = { ...PORTS, EXAMPLE_OTT_PORT: "three" };
    const { code, err } = await startMia(["sandbox"], newFolder(), env).ended;
    expect([code, err]).toEqual([1, expect.stringContaining("EXAMPLE_OTT_PORT: not a port number")]);
  });
});
