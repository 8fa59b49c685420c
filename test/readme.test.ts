import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { contractFaults } from "../src/contract/contract-faults.js";
import { contractSchema } from "../src/contract/contract-schema.js";
import { effectiveContract } from "../src/contract/contract.js";
import { loadConfig } from "../src/config/load-config.js";

const ROOT = join(__dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const CONFIGURATION = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");

/** The shell blocks of one section. */
function shellOf(heading: string): string {
  const section = README.split(/^##+ /m).find((text) => text.startsWith(heading)) ?? "";
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => match[1] ?? "").join("\n");
}

const valueOf = (sample: object): object | undefined => (sample as { readonly contract?: object }).contract;

describe("README", () => {
  let folder: string;
  let sandbox: ChildProcess;
  let printed = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mia-readme-"));
    sandbox = spawn(process.execPath, [join(ROOT, "dist/src/main.js"), "sandbox"], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", SIMULATOR_PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((resolve, reject) => {
      sandbox.once("exit", () => {
        reject(new Error(`the sandbox ended:\n${printed}`));
      });
      sandbox.stdout?.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes("Ctrl-C stops")) resolve();
      });
    });
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => sandbox.once("exit", resolve));
    sandbox.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });

  const simulatorPort = (): string => /Simulator, .* http:\/\/localhost:(\d+)/.exec(printed)?.[1] ?? "";

  const shell = (script: string): string => {
    const exports = /^ *(export MIA=.*)$/m.exec(printed)?.[1] ?? "";
    const token = /Admin token +(\S+)/.exec(printed)?.[1] ?? "";
    const adminPort = /Admin port +http:\/\/localhost:(\d+)/.exec(printed)?.[1] ?? "";
    const adapted = script
      .replaceAll("dist/src/main.js", join(ROOT, "dist/src/main.js"))
      .replaceAll("localhost:3001", `localhost:${adminPort}`)
      .replaceAll("localhost:3002", `localhost:${simulatorPort()}`);
    const curl = `curl() { "${process.execPath}" "${join(__dirname, "support/curl.mjs")}" "$@"; }`;
    const run = spawnSync(
      "bash",
      ["--norc", "-euc", `${curl}\n${exports}\nexport MIA_TOKEN=${token}\n${adapted}`],
      {
        cwd: folder,
        encoding: "utf8",
        // A bash whose input is a socket takes itself for a remote one, and reads start-up files.
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    expect(run.stderr).toBe("");
    return run.stdout;
  };

  it("has samples that do what their comments say", () => {
    const lines = shell(shellOf("Try it")).split("\n");
    const replies = lines.filter((line) => /^\d{3} \{/.test(line));
    const seen = replies.map((line) => {
      const { status, responseCode } = JSON.parse(line.slice(4)) as { status?: string; responseCode: string };
      return `${line.slice(0, 3)} ${status ?? responseCode}`;
    });
    expect(seen).toEqual([
      "201 ACTIVE",
      "200 SUSPENDED",
      "200 SUSPENDED",
      "200 ACTIVE",
      "200 ACTIVE-ENDING",
      "200 ACTIVE",
      "200 REVOKED",
      "409 CONFLICT",
    ]);
    const history = lines
      .filter((line) => /^ +\d+ {2}20/.test(line))
      .map((line) => line.trim().split(/ +/)[2]);
    expect(history).toEqual(["activate", "suspend", "resume", "cancel", "reinstate", "revoke"]);
    const ledger = lines.find((line) => line.startsWith("200 [")) ?? "";
    expect((JSON.parse(ledger.slice(4)) as unknown[]).length).toBe(6);
  });

  it("has samples of the Merchant API that do what their comments say", async () => {
    const replies = shell(shellOf("Merchant API"))
      .split("\n")
      .filter((line) => /^\d{3} \{/.test(line));
    const seen = replies.map((line) => {
      const { status, code, access } = JSON.parse(line.slice(4)) as Record<string, unknown>;
      return [line.slice(0, 3), code ?? status, access ?? ""].join(" ").trim();
    });
    expect(seen).toEqual([
      "200 SUSPENDED none",
      "200 SUSPENDED none",
      "200 ACTIVE full",
      "200 ACTIVE none",
      "400 badRequest",
      "200 ACTIVE full",
      "200 ACTIVE full",
    ]);
    expect(replies[1]).toBe(replies[0]);
    // Bango knows what it is told of: nothing is refused for good. What is over before it was told is superseded.
    const states = (): string[] => {
      const listed = shell("MIA_PROFILE=sandbox node dist/src/main.js outbox list --json");
      return (JSON.parse(listed) as { readonly state: string }[]).map(({ state }) => state);
    };
    for (let looks = 0; looks < 20 && states().includes("pending"); looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 250));
    expect(states().filter((state) => !["delivered", "superseded"].includes(state))).toEqual([]);
    expect(states()).toHaveLength(2);
    expect(printed).not.toContain("bango.message_dead");
  });

  it("has a configuration that loads", () => {
    const sample = /^```json\n([^]*?)^```$/m.exec(README)?.[1] ?? "";
    const path = join(folder, "sample.json");
    writeFileSync(path, sample);
    const config = loadConfig(
      {
        CONFIG_FILE: path,
        MASTER_KEY: "0123456789-0123456789-0123456789-",
        PUBLIC_URL: "https://tv.example.com",
        INBOUND_PASSWORD: "jT5-0a1b2c3d4e5f6g7h",
        ADMIN_TOKEN: "kU6-0a1b2c3d4e5f6g7h",
        BANGO_USERNAME: "merchant",
        BANGO_PASSWORD: "lV7-0a1b2c3d4e5f6g7h",
      },
      folder,
    );
    expect(config.notInForce).toEqual([]);
  });

  it("has a contract that can be served", () => {
    const samples = [...CONFIGURATION.matchAll(/^```json\n([^]*?)^```$/gm)].map(
      ([, text = ""]) => JSON.parse(text) as object,
    );
    const [contract] = samples.flatMap((sample) =>
      "operations" in (valueOf(sample) ?? {}) ? [valueOf(sample)] : [],
    );
    expect(contractFaults(effectiveContract(contractSchema.parse(contract)))).toEqual([]);
  });

  it("names only files that there are", () => {
    const linksIn = (text: string): string[] =>
      [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = ""]) => link);
    const missing = [
      ...linksIn(README).map((link) => join(ROOT, link)),
      ...linksIn(CONFIGURATION).map((link) => join(ROOT, "docs", link)),
    ].filter((path) => !path.includes("http") && !existsSync(path));
    expect(missing).toEqual([]);
  });
});
