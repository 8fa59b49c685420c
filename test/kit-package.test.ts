import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { requireBuilt } from "./support/mia.js";

const ROOT = join(__dirname, "..");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

/** An integrator's own code, in TypeScript: what must compile, and what must not. */
const CONSUMER = `
import { checkList, describeAccountSystem, runKit } from "merchant-interface-adapter/kit";
import type { KitReport, Make } from "merchant-interface-adapter/kit";

const make: Make = () => ({
  system: {
    name: "mine",
    accountSystemVersion: 1,
    idempotent: true,
    activate: async () => ({ kind: "done" }),
    revoke: async () => ({ kind: "done" }),
    health: async () => ({ ok: true }),
  },
});
export const report: KitReport = await runKit(make, { only: ["shape", "repeat"] });
export const titles: string[] = [];
describeAccountSystem("mine", make, {}, {
  describe: (_name, define) => define(),
  it: (title) => void titles.push(title),
});
export const isWhole: boolean = titles.length === checkList.length;
// @ts-expect-error an account system has to revoke
export const refused: Make = () => ({ system: { name: "x", accountSystemVersion: 1, activate: async () => ({ kind: "done" }), health: async () => ({ ok: true }) } });
`;

const PROJECT = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2023", "DOM"],
    types: [],
    strict: true,
    skipLibCheck: false,
    outDir: "out",
  },
  files: ["mine.ts"],
};

describe("the kit as a package", () => {
  let folder: string;
  beforeAll(() => {
    requireBuilt();
    folder = mkdtempSync(join(tmpdir(), "mia-kit-consumer-"));
    const installed = join(folder, "node_modules", "merchant-interface-adapter");
    mkdirSync(installed, { recursive: true });
    cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
    cpSync(join(ROOT, "dist", "src"), join(installed, "dist", "src"), { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(PROJECT));
    writeFileSync(join(folder, "mine.ts"), CONSUMER);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("compiles and runs in a project that has nothing else installed", () => {
    const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    expect(run(TSC, "-p", ".")).toMatchObject({ status: 0, stdout: "" });
    const script = `const { report, isWhole } = await import("./out/mine.js"); console.log(report.ok, report.checks.length, isWhole);`;
    expect(run("--input-type=module", "-e", script)).toMatchObject({ stdout: "true 2 true\n", stderr: "" });
  });
});
