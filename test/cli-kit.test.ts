import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, jest } from "@jest/globals";
import { runCli } from "../src/cli/program.js";
import { checkList } from "../src/kit/kit.js";
import type { KitReport } from "../src/kit/kit.js";

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

async function kit(...args: string[]) {
  const said = { out: "", err: "" };
  const hear = (stream: NodeJS.WriteStream, name: "out" | "err") =>
    jest.spyOn(stream, "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    });
  const spies = [hear(process.stdout, "out"), hear(process.stderr, "err")];
  try {
    return { code: await runCli(["node", "mia", "kit", ...args], {}, folder), ...said };
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
    expect(report.checks.find(({ id }) => id === "access")).toMatchObject({ state: "notSeen" });
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
});
