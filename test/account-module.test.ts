import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { loadConfig } from "../src/config/load-config.js";
import { ConfigError } from "../src/config/environment.js";
import type { ConfigFault } from "../src/config/environment.js";
import { composeCore } from "../src/compose.js";
import { pinoLogger } from "../src/logger.js";
import { openDatabase } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { migrateUp } from "../src/store/migrate.js";
import { mia } from "./support/mia.js";
import { BANGOTEL } from "./support/scenario.js";

const MEMBERS = `
  name: "mine", accountSystemVersion: 1, idempotent: true,
  activate: async () => ({ kind: "done", accountReference: "account-1" }),
  revoke: async () => ({ kind: "done" }),
  health: async () => ({ ok: true }),`;

describe("an account system in a module of one's own", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mia-module-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const environment = (accountSystem: unknown, more: object = {}) => {
    const credential = {
      id: "bango-1",
      type: "basic",
      username: "bango",
      password: "inbound-secret-0123456789abcdef",
      resellers: ["*"],
    };
    write(
      "etc/mia.config.json",
      JSON.stringify({
        inbound: { credentials: [credential] },
        resellers: [BANGOTEL],
        accountSystem,
        ...more,
      }),
    );
    return {
      CONFIG_FILE: "etc/mia.config.json",
      DATABASE_URL: `sqlite:${join(folder, "mia.db")}`,
      MASTER_KEY: "test-master-key-0123456789-0123456789",
      PUBLIC_URL: "https://tv.example.com",
    };
  };
  const compose = async <T>(
    accountSystem: unknown,
    act: (core: Awaited<ReturnType<typeof composeCore>>, lines: string[]) => Promise<T>,
  ): Promise<T> => {
    const config = loadConfig(environment(accountSystem), folder);
    const database = openDatabase(parseDatabaseUrl(config.databaseUrl));
    const lines: string[] = [];
    const log = pinoLogger("debug", { write: (line: string) => lines.push(line) });
    try {
      await migrateUp(database);
      const core = await composeCore(config, { database, log });
      return await act(core, lines).finally(core.close);
    } finally {
      await database.close();
    }
  };
  const named = (accountSystem: unknown): Promise<string> =>
    compose(accountSystem, ({ accounts }) => Promise.resolve(accounts.name));
  const faultsOf = async (accountSystem: unknown): Promise<readonly ConfigFault[]> => {
    const error: unknown = await named(accountSystem).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).faults;
  };

  it.each([
    ["ESM, by default", "mine.mjs", `export default {${MEMBERS}};`],
    ["ESM, by name", "mine.mjs", `export const accountSystem = {${MEMBERS}};`],
    ["ESM, a factory", "mine.mjs", `export default async () => ({${MEMBERS}});`],
    ["CommonJS, the thing itself", "mine.cjs", `module.exports = {${MEMBERS}};`],
    ["CommonJS, a factory by name", "mine.cjs", `exports.accountSystem = () => ({${MEMBERS}});`],
    [
      "CommonJS, as a compiler writes a default export",
      "mine.cjs",
      `Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = () => ({${MEMBERS}});`,
    ],
  ])("is loaded from the folder of the configuration: %s", async (_, file, text) => {
    write(`etc/${file}`, text);
    expect(await named({ module: `./${file}` })).toBe("mine");
    expect(await named({ type: "module", module: `../etc/${file}` })).toBe("mine");
  });

  it("is loaded from an installed package", async () => {
    write("etc/node_modules/@shop/accounts/package.json", JSON.stringify({ main: "lib.js" }));
    write("etc/node_modules/@shop/accounts/lib.js", `module.exports = {${MEMBERS}};`);
    expect(await named({ module: "@shop/accounts" })).toBe("mine");
  });

  it("is handed its options and a log, keeps its `this`, and is closed in the end", async () => {
    write(
      "etc/mine.mjs",
      `class Mine {
        name = "mine"; accountSystemVersion = 1; idempotent = true;
        constructor(options, log) { this.options = options; this.log = log; }
        async activate() { return { kind: "refused", reason: this.options.reason }; }
        async revoke() { return { kind: "done" }; }
        async health() { return { ok: true, detail: this.options.reason }; }
        close() { this.log.info("mine.closed", { reason: this.options.reason }); }
      }
      export default (options, { log }) => new Mine(options, log);`,
    );
    const accountSystem = { module: "./mine.mjs", options: { reason: "NOT_TODAY", list: [1, null] } };
    const lines = await compose(accountSystem, async ({ accounts }, logged) => {
      expect(await accounts.health()).toEqual({ ok: true, detail: "NOT_TODAY" });
      expect(accounts.suspend).toBeUndefined();
      return logged;
    });
    expect(lines.filter((line) => line.includes("mine.closed"))).toHaveLength(1);
  });

  it("may have members that this release does not know: they are left alone, and other methods may use them", async () => {
    write(
      "etc/mine.mjs",
      `export default {${MEMBERS}
        importExisting: async () => ({ kind: "done" }), region: "north", next: null,
        async health() { return { ok: true, detail: this.region }; },
      };`,
    );
    await compose({ module: "./mine.mjs" }, async ({ accounts }) => {
      expect(Object.keys(accounts)).not.toContain("importExisting");
      expect(await accounts.health()).toEqual({ ok: true, detail: "north" });
    });
  });

  it.each([
    ["is not there", null, /is not found/],
    ["is no package", "package", /is not found/],
    ["throws", `throw new Error("no route to host")`, /does not start: loading it threw Error: no route/],
    ["exports nothing", `export const other = 1;`, /has no account system/],
    ["makes nothing", `export default () => undefined;`, /factory returned something else/],
    [
      "has a factory that throws",
      `export default () => { throw new Error("bad key hunter2-hunter2"); };`,
      /bad key …/,
    ],
    [
      "speaks another version",
      `export default {${MEMBERS} accountSystemVersion: 2 };`,
      /accountSystemVersion is 2/,
    ],
    ["has no name", `export default {${MEMBERS} name: undefined };`, /there is no name/],
    [
      "lacks what it must have",
      `export default {${MEMBERS} revoke: undefined };`,
      /the method revoke is missing/,
    ],
    [
      "has a capability that is none",
      `export default {${MEMBERS} suspend: true };`,
      /suspend is there, but no function/,
    ],
    [
      "has a lookup without lagMs",
      `export default {${MEMBERS} lookup: async () => ({}) };`,
      /lagMs is not a number/,
    ],
    [
      "leaves outcomes open",
      `export default {${MEMBERS} idempotent: false };`,
      /neither lookup nor idempotent/,
    ],
  ])("stops the start, with what, why and fix, where it %s", async (_, text, what) => {
    if (text !== null) write("etc/mine.mjs", text);
    const module = text === "package" ? "not-installed" : "./mine.mjs";
    const faults = await faultsOf({ module, options: { key: "hunter2-hunter2" } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ path: "accountSystem.module", reason: expect.stringMatching(what) });
    expect(faults[0]?.fix).toMatch(/^[A-Z].{10}/);
    expect(JSON.stringify(faults)).not.toContain("hunter2");
  });

  it("names all faults at once", async () => {
    write("etc/mine.mjs", `export default { health: 1 };`);
    expect(await faultsOf({ module: "./mine.mjs" })).toHaveLength(6);
  });

  describe("as a process of its own", () => {
    const status = (accountSystem: unknown) =>
      mia(["entitlement", "list"], folder, environment(accountSystem));
    beforeEach(async () => {
      await mia(["migrate"], folder, environment({ module: "./mine.mjs" }));
    });

    it("takes a package that offers itself to import alone", async () => {
      write(
        "etc/node_modules/mine/package.json",
        JSON.stringify({ type: "module", exports: { ".": { types: "./x.d.ts", import: "./lib.js" } } }),
      );
      write(
        "etc/node_modules/mine/lib.js",
        `await Promise.resolve();\nexport default () => { console.error("loaded by " + import.meta.url); return {${MEMBERS}}; };`,
      );
      const ended = await status({ module: "mine" });
      expect([ended.code, ended.err.includes("loaded by file:")]).toEqual([0, true]);
    });

    it("takes CommonJS in which Node finds no names", async () => {
      write("etc/mine.cjs", `module.exports = { accountSystem: (options) => ({${MEMBERS}}) };`);
      expect(await status({ module: "./mine.cjs" })).toMatchObject({ code: 0, err: "" });
    });

    it("ends where it has not started, though the module has opened something", async () => {
      const opened = (members: string): string =>
        `export default () => { const timer = setInterval(() => {}, 1000);
           return {${MEMBERS} ${members} close: () => { clearInterval(timer); } }; };`;
      write("etc/mine.mjs", opened("accountSystemVersion: 7,"));
      expect((await status({ module: "./mine.mjs" })).code).toBe(1);
      write("etc/mine.mjs", opened(""));
      write("etc/hooks.mjs", `export const before = { suspnd: () => undefined };`);
      const hooked = await status({ module: "./mine.mjs", hooks: { module: "./hooks.mjs" } });
      expect([hooked.code, hooked.err.includes("suspnd")]).toEqual([1, true]);
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const env = environment({ module: "./mine.mjs" });
      const ports = { HOST: "127.0.0.1", ADMIN_PORT: String((taken.address() as AddressInfo).port) };
      const refused = await mia(["serve"], folder, { ...env, ...ports });
      taken.close();
      expect([refused.code, refused.err.includes("taken")]).toEqual([1, true]);
    });

    it("is not waited for by a trial for longer than a call may take", async () => {
      write("etc/mine.mjs", `export default {${MEMBERS} health: () => new Promise(() => {}) };`);
      const env = environment({ module: "./mine.mjs" }, { limits: { accountDeadlineMs: 300 } });
      const ended = await mia(["accounts", "try", "health"], folder, env);
      expect([ended.code, ended.out.includes("threw TimeoutError")]).toEqual([1, true]);
    });

    it("says what is wrong, and starts nothing", async () => {
      write("etc/mine.mjs", `export default {${MEMBERS} accountSystemVersion: 7 };`);
      const ended = await status({ module: "./mine.mjs" });
      expect(ended.code).toBe(1);
      expect(ended.err).toContain("accountSystem.module: accountSystemVersion is 7");
      expect(ended.err).not.toContain("    at ");
    });

    it("sends TypeScript to its compiler", async () => {
      write("etc/mine.ts", `export default null;`);
      const ended = await status({ module: "./mine.ts" });
      expect(ended.code).toBe(1);
      expect(ended.err).toMatch(/Compile it|has no account system/);
    });
  });
});
