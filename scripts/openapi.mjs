// Writes openapi/merchant-interface.json from what the build left in dist and lints it; `--check` writes nothing.
import "./lib/node-version.mjs";
import { openApiDocument } from "../dist/src/contract/openapi.js";
import { keepGenerated } from "./lib/generated.mjs";
import { run } from "./lib/run.mjs";

const FILE = "openapi/merchant-interface.json";
const SERVER = "https://merchant.example.com";

keepGenerated(FILE, `${JSON.stringify(openApiDocument(SERVER), null, 2)}\n`, "node scripts/openapi.mjs");

// A lint needs no network: neither to tell how it is used, nor to ask for a newer release.
const env = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" };
const args = [
  "node_modules/@redocly/cli/bin/cli.js",
  "lint",
  FILE,
  "--format",
  "summary",
  "--max-problems",
  "1000",
];
const { ok, why } = await run(process.execPath, args, { env });
if (!ok) {
  console.error(`${FILE}: the linter is not content (${why})`);
  process.exitCode = 1;
}
