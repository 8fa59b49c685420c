import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { checkAccountSystem } from "../src/accounts/check-account-system.js";
import { ConfigError } from "../src/config/environment.js";
import type { ConfigFault } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load-config.js";
import { httpAccountsOf, ottSection } from "./support/http-accounts.js";

type Json = Record<string, unknown>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mia-http-config-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SECURE = "https://accounts.merchant.example";
const section = (more: Json = {}): Json => ({ ...ottSection(SECURE), ...more });
const operations = (more: Json = {}): Json => ({ ...(section().operations as Json), ...more });
const activate = (more: Json): Json => ({
  operations: operations({
    activate: { method: "POST", path: "/x", results: [{ status: 200, kind: "done" }], ...more },
  }),
});
const result = (more: Json): Json => activate({ results: [{ status: 200, kind: "done", ...more }] });

/** The faults that stop this account system; none where it loads. */
function faultsOf(accountSystem: Json, env: Readonly<Record<string, string>> = {}): readonly ConfigFault[] {
  const file = {
    inbound: {
      credentials: [
        { id: "b", type: "basic", username: "b", password: "a-long-password-of-Bango", resellers: ["*"] },
      ],
    },
    resellers: [{ resellerId: "R", products: [{ productKey: "P", plan: "basic", activation: "immediate" }] }],
    accountSystem,
  };
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
  try {
    loadConfig(
      {
        MASTER_KEY: "0123456789abcdef0123456789abcdef",
        PUBLIC_URL: "https://merchant.example.com",
        ...env,
      },
      folder,
    );
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}
const pathsOf = (...asked: Parameters<typeof faultsOf>): string[] =>
  faultsOf(...asked).map(({ path }) => path);

describe("the http account system of a configuration", () => {
  it("may run outside the sandbox, and fits the port", async () => {
    expect(faultsOf(section())).toEqual([]);
    const { accounts } = httpAccountsOf(section());
    expect(checkAccountSystem(accounts)).toEqual([]);
    await accounts.close();
  });

  it("loads as docs/http-accounts.md shows it", () => {
    const docs = readFileSync(join(__dirname, "..", "docs", "http-accounts.md"), "utf8");
    const sample = JSON.parse(/^```json\n([^]*?)^```$/m.exec(docs)?.[1] ?? "") as Json;
    expect(pathsOf(sample, { ACCOUNTS_PASSWORD: "s" })).toEqual([]);
    expect(pathsOf(sample)).toEqual(["accountSystem.auth.password"]);
  });

  it("takes its secrets from variables", () => {
    const auth = { type: "oauth2", tokenUrl: `${SECURE}/token`, clientId: "mia", clientSecret: "env:SECRET" };
    expect(pathsOf(section({ auth }))).toEqual(["accountSystem.auth.clientSecret"]);
    expect(pathsOf(section({ auth }), { SECRET: "s" })).toEqual([]);
  });

  it.each([
    ["baseUrl", { baseUrl: "http://accounts.merchant.example" }],
    [
      "auth.tokenUrl",
      { auth: { type: "oauth2", tokenUrl: "http://t.example", clientId: "a", clientSecret: "b" } },
    ],
  ])("is refused outside the sandbox with plain http in %s, and taken within", (path, more) => {
    expect(pathsOf(section(more))).toEqual([`accountSystem.${path}`]);
    expect(pathsOf(section(more), { MIA_PROFILE: "sandbox" })).toEqual([]);
  });

  it("may force results for testers in the sandbox alone, and so may a module", () => {
    const module = { module: "./accounts.js", forcedResults: true };
    for (const accountSystem of [section({ forcedResults: true }), module]) {
      expect(pathsOf(accountSystem)).toEqual(["accountSystem.forcedResults"]);
      expect(pathsOf(accountSystem, { MIA_PROFILE: "sandbox" })).toEqual([]);
    }
    expect(pathsOf(section({ forcedResults: false }))).toEqual([]);
  });

  it.each([
    ["operations.lookup", { operations: operations({ lookup: undefined }), lagMs: undefined }],
    ["lagMs", { lagMs: undefined }],
    ["timeoutMs", { timeoutMs: 5000 }],
    ["operations.activate", { operations: operations({ activate: undefined }) }],
    ["operations.revoke", { operations: operations({ revoke: undefined }) }],
    ["operations.health", { operations: operations({ health: undefined }) }],
    ["operations.suspendd", { operations: operations({ suspendd: { method: "GET", path: "/" } }) }],
    ["baseUrl", { baseUrl: "https://user:canary-1@accounts.merchant.example" }],
    ["baseUrl", { baseUrl: "https://accounts.merchant.example/?key=canary-1" }],
    ["auth.type", { auth: { type: "digest" } }],
    ["auth.password", { auth: { type: "basic", username: "mia" } }],
    ["tls", { tls: { cert: "canary-1" } }],
    ["headers.X-A", { headers: { "X-A": "=canary-1 +" } }],
    ["operations.activate.path", activate({ path: "no-slash" })],
    ["operations.activate.path", activate({ path: "/{entitlementId}" })],
    ["operations.activate.path", activate({ path: "/{=(}" })],
    ["operations.activate.body.deep[1].x", activate({ body: { deep: [0, { x: "=)" }] } })],
    ["operations.activate.query.q", activate({ query: { q: "=$" + "(" } })],
    ["operations.activate.results", activate({ results: [] })],
    ["operations.activate.results[0].when", result({ when: "status =" })],
    ["operations.activate.results[0].accountReference", result({ accountReference: "body.id" })],
    ["operations.activate.results[0].kind", result({ kind: "absent" })],
    ["operations.activate.results[0].status", result({ status: [299, 200] })],
    ["operations.activate.results[0].status", result({ status: "2x" })],
  ])("is refused for %s, and says so without a value", (path, more) => {
    const faults = faultsOf(section(more));
    expect(faults.map((fault) => fault.path)).toEqual([`accountSystem.${path}`]);
    expect(JSON.stringify(faults)).not.toContain("canary");
  });

  it("needs a condition for a 401 of its own only where a token could be refused by one", () => {
    const basic = { type: "basic", username: "mia", password: "p" };
    const oauth2 = { type: "oauth2", tokenUrl: `${SECURE}/t`, clientId: "mia", clientSecret: "s" };
    const any401 = { status: 401, kind: "refused" };
    const told = { ...any401, when: "body.customer = 'unknown'" };
    const withRules = (auth: Json, ...results: Json[]): Json =>
      section({ auth, ...activate({ results: [{ status: 200, kind: "done" }, ...results] }) });
    expect(pathsOf(withRules(basic, any401))).toEqual([]);
    expect(pathsOf(withRules(oauth2, told))).toEqual([]);
    expect(pathsOf(withRules(oauth2, told, any401))).toEqual([
      "accountSystem.operations.activate.results[2].when",
    ]);
  });

  it("needs no lookup where the same key never acts twice", () => {
    const more = { operations: operations({ lookup: undefined }), lagMs: undefined, idempotent: true };
    expect(pathsOf(section(more))).toEqual([]);
  });
});
