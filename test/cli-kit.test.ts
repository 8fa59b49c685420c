import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { runCli } from "../src/cli/program.js";
import { checkList } from "../src/kit/kit.js";
import type { KitReport } from "../src/kit/kit.js";
import { mia, requireBuilt } from "./support/mia.js";

const folder = mkdtempSync(join(tmpdir(), "mia-cli-kit-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A system that does nothing at all, and says so of every key. */
const IDLE = `
  name: "idle",
  accountSystemVersion: 1,
  idempotent: true,
  activate: async () => ({ kind: "done" }),
  revoke: async () => ({ kind: "done" }),
`;

function moduleOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const ENV = { ACCOUNTS_TOKEN: "canary-token" };

async function kit(...args: string[]) {
  const said = { out: "", err: "" };
  const hear = (stream: NodeJS.WriteStream, name: "out" | "err") =>
    jest.spyOn(stream, "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    });
  const spies = [hear(process.stdout, "out"), hear(process.stderr, "err")];
  try {
    return { code: await runCli(["node", "mia", "kit", ...args], ENV, folder), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe("mia kit", () => {
  it("prints a line for each check, and ends with 0 where none has failed", async () => {
    const path = moduleOf("object.js", `export default { ${IDLE} health: async () => ({ ok: true }) };`);
    const { code, out, err } = await kit(path, "--only", "shape", "--only", "repeat", "--only", "suspend");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n").map((line) => line.slice(0, 22).trim())).toEqual([
      "ok    shape",
      "ok    repeat",
      "-     suspend",
      "",
      "2 passed, 0 failed, 1",
      "",
    ]);
  });

  it("says what is wrong, why it matters and how to mend it, and ends with 1", async () => {
    const path = moduleOf(
      "factory.js",
      `export const accountSystem = ({ answer }) => ({ ${IDLE} health: async () => answer });`,
    );
    const { code, out, err } = await kit(path, "--only", "health", "--options", '{"answer": "fine"}');
    expect({ code, err }).toEqual({ code: 1, err: "1 of 1 checks failed\n" });
    expect(out).toMatch(
      /^FAIL {2}health .+\n {6}what: health answered "fine"\n {6}why: {2}\S.+\n {6}fix: {2}\S/,
    );
    expect((await kit(path, "--only", "health", "--options", '{"answer": {"ok": true}}')).code).toBe(0);
  });

  it("gives the same as JSON", async () => {
    const path = moduleOf(
      "again.js",
      `export default () => ({ ${IDLE} health: async () => ({ ok: true }) });`,
    );
    const { code, out } = await kit(path, "--json");
    const report = JSON.parse(out) as KitReport;
    expect(report.checks.map(({ id }) => id)).toEqual(checkList.map(({ id }) => id));
    const wrong = report.checks.filter(({ state }) => state === "failed");
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    for (const unseen of ["access", "refusal-named"])
      expect(report.checks.find(({ id }) => id === unseen)).toMatchObject({ state: "notSeen" });
  });

  it("shows no secret that it was told of", async () => {
    const path = moduleOf(
      "leak.js",
      `export default { ${IDLE} health: async () => { throw new Error("password canary-4711 refused"); } };`,
    );
    const settings = ["--settings", '{"secrets": ["canary-4711"]}'];
    const { code, out } = await kit(path, "--only", "health", "--only", "secrets", ...settings);
    expect(code).toBe(1);
    expect(out).toContain("password *** refused");
    expect(out).toContain("shows a secret that your system was configured with");
    expect(out).not.toContain("canary-4711");
  });

  it("closes what a factory made, once for each check", async () => {
    const path = moduleOf(
      "closing.js",
      `let open = 0; export const stillOpen = () => open;
       export default () => { open += 1; return { ${IDLE} health: async () => ({ ok: open === 1 }), close: () => { open -= 1; } }; };`,
    );
    expect((await kit(path, "--only", "shape", "--only", "health", "--only", "repeat")).code).toBe(0);
    const { stillOpen } = (await import(`file://${path}`)) as { stillOpen: () => number };
    expect(stillOpen()).toBe(0);
  });

  it("ends with 2 where the module has no account system", async () => {
    const { code, err } = await kit(moduleOf("empty.js", "export const nothing = 1;"));
    expect(code).toBe(2);
    expect(err).toContain("has no account system");
  });

  it.each([
    [
      "its own exports, one by one",
      "named.mjs",
      `const done = async () => ({ kind: "done" }); export const name = "named", accountSystemVersion = 1, idempotent = true,
         activate = done, revoke = done, health = async () => ({ ok: true });`,
    ],
    [
      "CommonJS, the thing itself",
      "plain.cjs",
      `module.exports = { ${IDLE} health: async () => ({ ok: true }) };`,
    ],
    [
      "CommonJS, as a compiler writes a default export",
      "compiled.cjs",
      `Object.defineProperty(exports, "__esModule", { value: true });
       exports.default = () => ({ ${IDLE} health: async () => ({ ok: true }) });`,
    ],
  ])("finds the account system as the service does: %s", async (_, name, text) => {
    const { code, err } = await kit(moduleOf(name, text), "--only", "shape");
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it.each([
    [
      "throws",
      "throw new Error('no database at canary-token')",
      "the factory threw Error: no database at ***",
    ],
    ["never ends", "return new Promise(() => undefined)", "was not made within 300 ms"],
    ["returns nothing", "", "the factory returned nothing"],
  ])("goes on to its report where the factory %s, and says so once", async (how, body, what) => {
    const path = moduleOf(`makes-${how.replace(/ /g, "-")}.js`, `export default () => { ${body} };`);
    const settings = '{"deadlineMs": 50, "secrets": ["env:ACCOUNTS_TOKEN"]}';
    const { code, out, err } = await kit(path, "--settings", settings);
    expect({ code, err }).toEqual({ code: 1, err: `1 of ${String(checkList.length)} checks failed\n` });
    expect(out).toContain(what);
    expect(out).not.toContain("canary");
    expect(out.split("nothing could be made: see shape").length).toBe(checkList.length);
  });

  it.each([
    ["throws", "throw new Error('still open')", "close threw Error: still open"],
    ["never ends", "return new Promise(() => undefined)", "close did not end within 100 ms"],
  ])("finds a close that %s, of a factory's and of an object", async (how, body, what) => {
    const system = `{ ${IDLE} health: async () => ({ ok: true }), close() { ${body} } }`;
    const name = how.replace(/ /g, "-");
    const args = ["--only", "shape", "--settings", '{"deadlineMs": 50}'];
    const made = await kit(moduleOf(`close-${name}.js`, `export default () => (${system});`), ...args);
    expect({ code: made.code, out: made.out }).toEqual({ code: 1, out: expect.stringContaining(what) });
    const object = await kit(moduleOf(`closed-${name}.js`, `export default ${system};`), ...args);
    expect({ code: object.code, err: object.err }).toEqual({ code: 1, err: expect.stringContaining(what) });
  });

  it.each([
    ['{"refuse": {"sharedCustomerId": "minor"}}', "refuse"],
    ['{"refused": {"customer": "minor"}}', "refused: Unrecognized key"],
    ['{"entitlement": {"merchantEntitlementId": "always-this"}}', "merchantEntitlementId"],
    ['{"deadlineMs": "5s"}', "deadlineMs"],
    ['{"secrets": "canary"}', "secrets"],
    [
      '{"secrets": ["env:NO_SUCH_VARIABLE"]}',
      "--settings.secrets[0]: the variable NO_SUCH_VARIABLE is not set",
    ],
  ])("takes no settings that it does not know: %s", async (settings, named) => {
    const path = moduleOf("settings.js", `export default { ${IDLE} health: async () => ({ ok: true }) };`);
    const { code, out, err } = await kit(path, "--only", "shape", "--settings", settings);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(named);
  });

  it("hands the factory what variables and files hold, as the configuration does", async () => {
    const path = moduleOf(
      "options.js",
      `export default ({ token, key }) => ({ ${IDLE} health: async () => ({ ok: token + key === "canary-token-and-key" }) });`,
    );
    const options = JSON.stringify({
      token: "env:ACCOUNTS_TOKEN",
      key: `file:${moduleOf("key", "-and-key\n")}`,
    });
    expect((await kit(path, "--only", "health", "--options", options)).code).toBe(0);
  });
});

describe("the process of mia kit", () => {
  beforeAll(requireBuilt);

  it("ends after its report, whatever the module keeps open, and says so", async () => {
    const path = moduleOf(
      "open.js",
      `setInterval(() => undefined, 1000); export default { ${IDLE} health: async () => ({ ok: true }) };`,
    );
    const { code, out, err } = await mia(["kit", path, "--only", "shape"], folder);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^ended, though .* open/) });
    expect(out).toContain("1 passed, 0 failed");
  });

  it("goes on after an error that nobody caught, and lays it to the check", async () => {
    const path = moduleOf(
      "stray.js",
      `export default { ${IDLE}
         activate: async () => { void Promise.reject(new Error("lost canary-token")); return { kind: "done" }; },
         health: async () => { setTimeout(() => { throw new Error("thrown in a timer"); }); return { ok: true }; } };`,
    );
    const only = ["shape", "health", "repeat", "lookup-unused"].flatMap((id) => ["--only", id]);
    const args = ["kit", path, ...only, "--settings", '{"secrets": ["canary-token"]}'];
    const { code, out, err } = await mia(args, folder);
    expect({ code, err }).toEqual({ code: 1, err: "2 of 4 checks failed\n" });
    expect(out).toMatch(/^FAIL {2}health .*\n.*an error came that nobody caught: Error: thrown in a timer/m);
    expect(out).toMatch(/^FAIL {2}repeat .*\n.*an error came that nobody caught: Error: lost \*\*\*/m);
  });
});
