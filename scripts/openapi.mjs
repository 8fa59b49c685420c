// Writes the documents of openapi/ from what the build left in dist and lints them; `--check` writes nothing.
import "./lib/node-version.mjs";
import { contractSchema } from "../dist/src/contract/contract-schema.js";
import { effectiveContract } from "../dist/src/contract/contract.js";
import { merchantOpenApiDocument } from "../dist/src/contract/merchant-openapi.js";
import { openApiDocument } from "../dist/src/contract/openapi/document.js";
import { keepGenerated } from "./lib/generated.mjs";
import { run } from "./lib/run.mjs";

const SERVER = "https://merchant.example.com";
const ofPreset = (preset) => openApiDocument(effectiveContract(contractSchema.parse({ preset })), SERVER);
const DOCUMENTS = {
  "openapi/merchant-interface.json": ofPreset("merchant-interface"),
  "openapi/dvm.json": ofPreset("dvm"),
  "openapi/merchant-api.json": merchantOpenApiDocument(SERVER),
};

for (const [file, document] of Object.entries(DOCUMENTS))
  keepGenerated(file, `${JSON.stringify(document, null, 2)}\n`, "node scripts/openapi.mjs");

// A lint needs no network: neither to tell how it is used, nor to ask for a newer release.
const env = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" };
const files = Object.keys(DOCUMENTS);
const args = ["lint", ...files, "--format", "summary", "--max-problems", "1000"];
const { ok, why } = await run(process.execPath, ["node_modules/@redocly/cli/bin/cli.js", ...args], { env });
if (!ok) {
  console.error(`${files.join(", ")}: the linter is not content (${why})`);
  process.exitCode = 1;
}
