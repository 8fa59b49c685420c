// Writes schema/mia.config.schema.json from what the build left in dist; `--check` writes nothing.
import "./lib/node-version.mjs";
import { configJsonSchema } from "../dist/src/config/json-schema.js";
import { keepGenerated } from "./lib/generated.mjs";

const FILE = "schema/mia.config.schema.json";

keepGenerated(FILE, `${JSON.stringify(configJsonSchema(), null, 2)}\n`, "node scripts/config-schema.mjs");
