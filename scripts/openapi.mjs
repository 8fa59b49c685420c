// Writes the OpenAPI document of each preset from what the build left in dist, and lints it; `--check` writes nothing.
import "./lib/node-version.mjs";
import { contractSchema } from "../dist/src/contract/contract-schema.js";
import { effectiveContract } from "../dist/src/contract/contract.js";
import { openApiDocument } from "../dist/src/contract/openapi/document.js";
import { keepGenerated } from "./lib/generated.mjs";
import { run } from "./lib/run.mjs";

const PRESETS = ["merchant-interface", "dvm"];
const SERVER = "https://merchant.example.com";

// A lint needs no network: neither to tell how it is used, nor to ask for a newer release.
const env = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" };

for (const preset of PRESETS) {
  const file = `openapi/${preset}.json`;
  const document = openApiDocument(effectiveContract(contractSchema.parse({ preset })), SERVER);
  keepGenerated(file, `${JSON.stringify(document, null, 2)}\n`, "node scripts/openapi.mjs");
  const args = ["lint", file, "--format", "summary", "--max-problems", "1000"];
  const { ok, why } = await run(process.execPath, ["node_modules/@redocly/cli/bin/cli.js", ...args], { env });
  if (!ok) {
    console.error(`${file}: the linter is not content (${why})`);
    process.exitCode = 1;
  }
}
