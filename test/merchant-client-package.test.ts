import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { drain, listen } from "../src/http/listen.js";
import type { Listening } from "../src/http/listen.js";
import { requireBuilt } from "./support/mia.js";
import { ADMIN_TOKEN, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

const ROOT = join(__dirname, "..");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

/** A shop's own code, in TypeScript: what must compile, and what must not. */
const CONSUMER = `
import { MerchantApiError, merchantClient } from "merchant-interface-adapter/client";
import type { MerchantEntitlement, MerchantResult } from "merchant-interface-adapter/client";

export async function run(baseUrl: string, token: string, id: string): Promise<string[]> {
  const client = merchantClient({ baseUrl, token });
  const { entitlement }: MerchantResult = await client.suspend(id, { reasonCode: "FRAUD" });
  const seen: string[] = [entitlement.status];
  const found: MerchantEntitlement = await client.find(id);
  seen.push(found.access);
  for await (const page of client.pages({ status: "SUSPENDED", limit: 1 }))
    for (const { merchantEntitlementId } of page.items) seen.push(merchantEntitlementId);
  try {
    await client.update(id, { productKey: "NOT SOLD" });
  } catch (error) {
    if (!(error instanceof MerchantApiError)) throw error;
    seen.push(\`\${error.status} \${error.code}\`);
  }
  return seen;
}

export function refusedByTheCompiler(client: ReturnType<typeof merchantClient>): unknown[] {
  return [
    // @ts-expect-error an id is a text
    client.suspend(7),
    // @ts-expect-error a block has a reason
    client.block("m-1", { kind: "fraud" }),
    // @ts-expect-error nobody knows this state
    client.list({ status: "ALIVE" }),
    // @ts-expect-error nor this field
    client.update("m-1", { productkey: "MUSIC" }),
  ];
}
`;

/** README's own sample, where it finds the server; what it takes of Node is said here. */
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const sampleFor = (address: string): string =>
  `declare const process: { env: Record<string, string | undefined> };\n${(/^```ts\n([^]*?)^```$/m.exec(README)?.[1] ?? "").replace("http://localhost:3001", address)}`;

const PROJECT = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    // fetch is the DOM's or Node's; the client asks for no more than that.
    lib: ["ES2023", "DOM"],
    types: [],
    strict: true,
    skipLibCheck: false,
    outDir: "out",
  },
  files: ["shop.ts", "readme.ts"],
};

const MINUTE_MS = 60_000;

/** Exit code and output; the server that it may call lives in this process. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly [number | null, string]> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      resolve([code, output]);
    });
  });
}

describe("the client as a package", () => {
  let folder: string;
  let given: Scenario & { close: () => Promise<void> };
  let listening: Listening;
  let address: string;

  beforeAll(async () => {
    requireBuilt();
    folder = mkdtempSync(join(tmpdir(), "mia-consumer-"));
    const installed = join(folder, "node_modules", "merchant-interface-adapter");
    mkdirSync(installed, { recursive: true });
    const [packed, name] = await run(
      "npm",
      ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder],
      ROOT,
    );
    expect(packed).toBe(0);
    const archive = join(folder, name.trim().split("\n").at(-1) ?? "");
    expect(await run("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"], folder)).toEqual([
      0,
      "",
    ]);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(PROJECT));
    writeFileSync(join(folder, "shop.ts"), CONSUMER);
    given = await openScenario("sqlite");
    listening = await listen(given.server.adminApp, "127.0.0.1", 0);
    address = `http://127.0.0.1:${String(listening.port)}`;
    writeFileSync(join(folder, "readme.ts"), sampleFor(address));
  }, MINUTE_MS);
  afterAll(async () => {
    await drain(listening, 0);
    await given.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "compiles in a project that has nothing else installed, and works there",
    async () => {
      expect(await run(process.execPath, [TSC, "-p", "."], folder)).toEqual([0, ""]);
      const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
      const script = `const { run } = await import("./out/shop.js"); console.log(JSON.stringify(await run(...process.argv.slice(1))));`;
      const args = ["--input-type=module", "-e", script, address, ADMIN_TOKEN, id];
      const [code, output] = await run(process.execPath, args, folder);
      expect([code, output.trim()]).toEqual([
        0,
        JSON.stringify(["SUSPENDED", "none", id, "403 productNotSold"]),
      ]);
      const sold = await given.entitlementAt("ACTIVE", { sharedCustomerId: "customer-7" });
      expect(await run(process.execPath, ["out/readme.js"], folder, { MIA_TOKEN: ADMIN_TOKEN })).toEqual([
        0,
        "",
      ]);
      const seen = await given.core.merchantApi.find(sold.merchantEntitlementId ?? "");
      expect(seen).toMatchObject({
        access: "none",
        entitlement: { blocks: { unpaid: { reason: "invoice 4711" } } },
      });
    },
    MINUTE_MS,
  );

  it("lets nobody reach into the rest of the package", async () => {
    const script = `await import("merchant-interface-adapter/dist/src/compose.js")`;
    const [code, output] = await run(process.execPath, ["--input-type=module", "-e", script], folder);
    expect(code).toBe(1);
    expect(output).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});
