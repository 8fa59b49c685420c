import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { fileSchema } from "../src/config/schema.js";
import { requireBuilt } from "./support/mia.js";

const ROOT = join(__dirname, "..");
const DOC = readFileSync(join(ROOT, "docs/write-an-account-system.md"), "utf8");
const QUARTER_OF_AN_HOUR_MS = 15 * 60_000;
const TEST_MS_MAX = 120_000;

interface Block {
  readonly language: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = [...DOC.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);

describe("docs/write-an-account-system.md", () => {
  let home: string;
  beforeAll(() => {
    requireBuilt();
    home = mkdtempSync(join(tmpdir(), "mia-newcomer-"));
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  /** One shell block, where the blocks before it have left off; its exit code is what its comment promises. */
  function shell(text: string): string {
    const project = join(home, "my-accounts");
    const run = spawnSync("bash", ["-euc", text], {
      cwd: existsSync(project) ? project : home,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        ADAPTER: ROOT,
        npm_config_fund: "false",
        npm_config_audit: "false",
      },
      encoding: "utf8",
    });
    const output = run.stdout + run.stderr;
    expect({ code: run.status, output }).toEqual({ code: text.includes("# ends with 1") ? 1 : 0, output });
    return output;
  }

  const write = (text: string): void => {
    const [, name] = /^\/\/ (\S+)\n/.exec(text) ?? [];
    if (name === undefined) throw new Error(`a block of code does not say which file it is:\n${text}`);
    writeFileSync(join(home, "my-accounts", name), text);
  };

  it(
    "leads a newcomer from nothing to green, by its own blocks alone",
    () => {
      const startedAt = performance.now();
      let output = "";
      let kits = 0;
      for (const { language, text } of BLOCKS)
        switch (language) {
          case "sh":
            // Where the clone is, is the one thing that the page cannot know.
            if (text.startsWith("export ADAPTER=")) break;
            output = shell(text);
            kits += text.split("mia kit").length - 1;
            break;
          case "js":
            write(text);
            break;
          case "text":
            for (const line of text.trimEnd().split("\n")) expect(output).toContain(line);
            break;
          case "json":
            expect(
              fileSchema.shape.accountSystem.parse(
                (JSON.parse(text) as { accountSystem: unknown }).accountSystem,
              ),
            ).toMatchObject({
              module: "./my-accounts.js",
            });
            break;
          default:
            throw new Error(`nobody runs a block of ${language}`);
        }
      const ms = performance.now() - startedAt;
      process.stdout.write(
        `from nothing to green: ${(ms / 1000).toFixed(1)} s of machine time, ${String(kits)} runs of the kit\n`,
      );
      expect(kits).toBe(3);
      expect(ms).toBeLessThan(QUARTER_OF_AN_HOUR_MS / 10);
    },
    TEST_MS_MAX,
  );

  it("is short enough to be read, and typed, in a quarter of an hour", () => {
    const prose = DOC.replace(/^```[^]*?^```$/gm, "").split(/\s+/).length;
    // 200 words a minute, and a minute for each block that is pasted, run and looked at.
    expect(prose / 200 + BLOCKS.length / 2).toBeLessThan(15);
  });

  it("names only files that there are", () => {
    const links = [...DOC.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(ROOT, "docs", link)))).toEqual([]);
  });
});
