import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { drain, listen } from "../src/http/listen.js";
import type { Listening } from "../src/http/listen.js";
import { CONSUMER_MS_MAX, openConsumerProject } from "./support/consumer-project.js";
import type { ConsumerProject } from "./support/consumer-project.js";
import { ADMIN_TOKEN, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

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
const README = readFileSync(join(__dirname, "..", "README.md"), "utf8");
const sampleFor = (address: string): string =>
  `declare const process: { env: Record<string, string | undefined> };\n${(/^```ts\n([^]*?)^```$/m.exec(README)?.[1] ?? "").replace("http://localhost:3001", address)}`;

describe("the client as a package", () => {
  let project: ConsumerProject;
  let given: Scenario & { close: () => Promise<void> };
  let listening: Listening;
  let address: string;

  beforeAll(async () => {
    given = await openScenario("sqlite");
    listening = await listen(given.server.adminApp, "127.0.0.1", 0);
    address = `http://127.0.0.1:${String(listening.port)}`;
    project = await openConsumerProject({ "shop.ts": CONSUMER, "readme.ts": sampleFor(address) });
  }, CONSUMER_MS_MAX);
  afterAll(async () => {
    await drain(listening, 0);
    await given.close();
    project.remove();
  });

  it(
    "compiles in a project that has nothing else installed, and works there",
    async () => {
      expect(await project.compile()).toEqual([0, ""]);
      const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
      const script = `const { run } = await import("./shop.js"); console.log(JSON.stringify(await run(...process.argv.slice(1))));`;
      const args = ["--input-type=module", "-e", script, address, ADMIN_TOKEN, id];
      const [code, output] = await project.node(args);
      expect([code, output.trim()]).toEqual([
        0,
        JSON.stringify(["SUSPENDED", "none", id, "403 productNotSold"]),
      ]);
      const sold = await given.entitlementAt("ACTIVE", { sharedCustomerId: "customer-7" });
      expect(await project.node(["readme.js"], { MIA_TOKEN: ADMIN_TOKEN })).toEqual([0, ""]);
      const seen = await given.core.merchantApi.find(sold.merchantEntitlementId ?? "");
      expect(seen).toMatchObject({
        access: "none",
        entitlement: { blocks: { unpaid: { reason: "invoice 4711" } } },
      });
    },
    CONSUMER_MS_MAX,
  );

  it("lets nobody reach into the rest of the package", async () => {
    const script = `await import("merchant-interface-adapter/dist/src/compose.js")`;
    const [code, output] = await project.node(["--input-type=module", "-e", script]);
    expect(code).toBe(1);
    expect(output).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});
