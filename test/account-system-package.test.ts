import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mia, requireBuilt } from "./support/mia.js";
import { BANGOTEL } from "./support/scenario.js";

const ROOT = join(__dirname, "..");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

/** A merchant's own adapter: what must compile, and what must not. */
const CONSUMER = `
import { defineAccountSystem, defineHooks, done, present, refused } from "merchant-interface-adapter/account-system";
import type { AccountResult, AccountSystem } from "merchant-interface-adapter/account-system";

const books = new Map<string, AccountResult>();

export default defineAccountSystem<{ readonly greeting: string }>((options, { log }): AccountSystem => {
  log.warn("mine.opened", { greeting: options.greeting });
  return {
    name: "mine",
    accountSystemVersion: 1,
    lagMs: 0,
    activate: async ({ idempotencyKey, entitlement, signal }) => {
      if (signal.aborted || entitlement.plan === null) return refused("NO_PLAN");
      const result = done({ accountReference: entitlement.merchantEntitlementId });
      books.set(idempotencyKey, result);
      return result;
    },
    revoke: async () => done(),
    lookup: async (key) => {
      const result = books.get(key);
      return result ? present(result) : { kind: "absent" };
    },
    health: async () => ({ ok: true }),
  };
});

export const hooks = defineHooks({
  before: { activate: async (call) => { call.entitlement.resellerId.trim(); } },
  onSuccess: { "*": (_call, result) => result.kind },
});

export const refusedByTheCompiler: unknown[] = [
  // @ts-expect-error nobody knows this result
  (): AccountResult => ({ kind: "perhaps" }),
  // @ts-expect-error an account system can be looked after
  defineAccountSystem(() => ({ name: "x", accountSystemVersion: 1, activate: async () => done(), revoke: async () => done() })),
  // @ts-expect-error nor is there such an operation
  defineHooks({ before: { suspnd: () => undefined } }),
];
`;

const PROJECT = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2023", "DOM"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    outDir: ".",
  },
  files: ["my-accounts.ts"],
};

describe("the account system's types as a package", () => {
  let folder: string;
  beforeAll(() => {
    requireBuilt();
    folder = mkdtempSync(join(tmpdir(), "mia-accounts-"));
    const installed = join(folder, "node_modules", "merchant-interface-adapter");
    mkdirSync(installed, { recursive: true });
    const packed = spawnSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const archive = join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
    expect(spawnSync("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"]).status).toBe(0);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(PROJECT));
    writeFileSync(join(folder, "my-accounts.ts"), CONSUMER);
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("compile in a strict project that has nothing else installed, and what comes of it starts", async () => {
    const compiled = spawnSync(process.execPath, [TSC, "-p", "."], { cwd: folder, encoding: "utf8" });
    expect([compiled.status, compiled.stdout]).toEqual([0, ""]);
    const file = {
      resellers: [BANGOTEL],
      accountSystem: { module: "./my-accounts.js", options: { greeting: "hello" } },
    };
    writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
    const env = { MIA_PROFILE: "sandbox" };
    expect((await mia(["migrate"], folder, env)).code).toBe(0);
    const listed = await mia(["entitlement", "list"], folder, env);
    expect([listed.code, listed.err]).toEqual([0, ""]);
    const broken = { ...file, accountSystem: { module: "./my-accounts.js" } };
    writeFileSync(join(folder, "mia.config.json"), JSON.stringify(broken));
    expect((await mia(["entitlement", "list"], folder, env)).err).toContain("its factory threw TypeError");
  }, 60_000);
});
