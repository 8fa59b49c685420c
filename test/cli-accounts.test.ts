import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ottSection } from "./support/http-accounts.js";
import { mia, requireBuilt } from "./support/mia.js";
import type { Ended } from "./support/mia.js";
import { OTT_TOKEN, ottForTests } from "./support/ott.js";
import type { Ott } from "./support/ott.js";

let ott: Ott;
const folders: string[] = [];

async function folderWith(accountSystem: object): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mia-accounts-"));
  folders.push(folder);
  const file = {
    inbound: {
      credentials: [
        { id: "b", type: "basic", username: "b", password: "a-long-password-of-Bango", resellers: ["*"] },
      ],
    },
    resellers: [
      {
        resellerId: "BANGOTEL",
        products: [
          { productKey: "MUSIC", plan: "basic", activation: "immediate" },
          { productKey: "MUSIC_PREMIUM", plan: "premium", activation: "immediate" },
        ],
      },
    ],
    accountSystem,
  };
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
  expect((await mia(["migrate", "up"], folder, SANDBOX)).code).toBe(0);
  return folder;
}

const SANDBOX = { MIA_PROFILE: "sandbox", OTT_API_TOKEN: OTT_TOKEN };
const MASTER_KEY = "0123456789abcdef0123456789abcdef";

let folder: string;
const tryIt = (...args: readonly string[]): Promise<Ended> =>
  mia(["accounts", "try", ...args], folder, SANDBOX);

beforeAll(async () => {
  requireBuilt();
  ott = await ottForTests({ now: Date.now });
  folder = await folderWith({
    ...ottSection(ott.baseUrl),
    auth: { type: "apiKey", prefix: "Bearer ", value: "env:OTT_API_TOKEN" },
  });
});
afterAll(async () => {
  await ott.stop();
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

describe("mia accounts try", () => {
  it("shows request, reply and what we make of it, for an entitlement that is made up", async () => {
    const { code, out, err } = await tryIt("activate", "--key", "try-1");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^account system: http\n/);
    expect(out).toContain(`POST ${ott.baseUrl}/api/v1/memberships\n`);
    expect(out).toContain("  idempotency-key: try-1\n");
    expect(out).toContain('"plan_code":"basic"');
    expect(out).toMatch(/^→ 201 after \d+ ms$/m);
    expect(out).toMatch(/^= \{"kind":"done","accountReference":"LN-[0-9A-F]+"\}, after \d+ ms$/m);
    expect(out).not.toContain(OTT_TOKEN);
    const looked = await tryIt("lookup", "--key", "try-1", "--json");
    const { outcome, exchanges } = JSON.parse(looked.out) as {
      outcome: { answer: unknown };
      exchanges: unknown[];
    };
    expect(outcome.answer).toMatchObject({ kind: "present", result: { kind: "done" } });
    expect(exchanges).toHaveLength(1);
  });

  it("takes the rest of the call from a file, and hides a password", async () => {
    const password = "a-password-that-is-typed";
    const call = { email: "grace@example.com", password };
    writeFileSync(join(folder, "call.json"), JSON.stringify(call));
    const { code, out } = await tryIt("register", "--json-call", join(folder, "call.json"));
    expect(code).toBe(0);
    expect(out).toContain('"email":"grace@example.com"');
    expect(out).not.toContain(password);
    const again = await tryIt("authenticate", "--json-call", join(folder, "call.json"));
    expect(again.out).toContain('{"kind":"done"');
  });

  it("ends with 1 where there is no clear answer, or nothing of that name", async () => {
    await ott.operator("post", "/mode", { mode: "down", downAs: "reset" });
    const { code, out, err } = await tryIt("health");
    await ott.operator("post", "/mode", { mode: "normal" });
    expect(code).toBe(1);
    expect(out).toContain("→ no reply");
    expect(err).toContain("health: it is not well");
    expect((await tryIt("suspend", "--entitlement", "no-such-one")).code).toBe(1);
  });

  it("prints one JSON document, and what the log has to say beside it", async () => {
    const env = { ...SANDBOX, OTT_API_TOKEN: "another-token" };
    const { code, out, err } = await mia(["accounts", "try", "activate", "--json"], folder, env);
    expect([code, err.includes("account_system.refused_us")]).toEqual([1, true]);
    expect(JSON.parse(out)).toMatchObject({
      accountSystem: "http",
      outcome: { answer: { kind: "retryLater" } },
    });
  });

  it("ends with 2 for a call that is none", async () => {
    writeFileSync(join(folder, "odd.json"), JSON.stringify({ entitlement: { plann: "basic" } }));
    const { code, err } = await tryIt("activate", "--json-call", join(folder, "odd.json"));
    expect(code).toBe(2);
    expect(err).toContain("odd.json is no call");
  });

  it("changes nothing outside the sandbox unless it is said twice", async () => {
    const demo = await folderWith({ type: "demo", allowOutsideSandbox: true });
    const env = { MASTER_KEY, PUBLIC_URL: "https://merchant.example.com" };
    const refused = await mia(["accounts", "try", "activate"], demo, env);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--yes")]);
    const asked = await mia(["accounts", "try", "health"], demo, env);
    expect([asked.code, asked.out]).toEqual([0, expect.stringContaining('{"ok":true')]);
    const meant = await mia(["accounts", "try", "activate", "--yes"], demo, env);
    expect([meant.code, meant.out]).toEqual([0, expect.stringContaining('= {"kind":"done"')]);
  });
});

describe("mia kit, without a module", () => {
  const CHECKS = ["shape", "repeat", "unknown-outcome", "change", "secrets"];
  const only = CHECKS.flatMap((check) => ["--only", check]);

  it("judges the configured account system, by what the configuration says of it", async () => {
    const { code, out, err } = await mia(["kit", ...only], folder, SANDBOX);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^account system: http\n/);
    expect(out).toContain("5 passed, 0 failed");
    const { body } = await ott.api("get", "/memberships?limit=200");
    expect(JSON.stringify(body)).toContain('"plan_code":"premium"');
  });

  it("finds a mapping that is wrong", async () => {
    const section = ottSection(ott.baseUrl);
    const { lookup, ...operations } = section.operations as Record<string, object>;
    const results = [{ status: [200, 499], kind: "absent" }];
    const wrong = { ...section, operations: { ...operations, lookup: { ...lookup, results } } };
    const asked = ["kit", "--json", "--only", "lookup-result"];
    const { code, out } = await mia(asked, await folderWith(wrong), SANDBOX);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: [{ id: "lookup-result", state: "failed" }] });
  });

  it("makes nothing outside the sandbox unless it is said twice", async () => {
    const demo = await folderWith({ type: "demo", allowOutsideSandbox: true });
    const env = { MASTER_KEY, PUBLIC_URL: "https://merchant.example.com" };
    const refused = await mia(["kit", "--only", "repeat"], demo, env);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--yes")]);
    expect((await mia(["kit", "--only", "repeat", "--yes"], demo, env)).code).toBe(0);
  });
});
