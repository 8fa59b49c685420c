// `npm run graph`: checks the rules of the rooms and draws them in docs/rooms.md; `-- --check` only compares.
import "./lib/node-version.mjs";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import configuration from "../.dependency-cruiser.mjs";
import "./lib/root.mjs";
import { drawRooms } from "./lib/draw-rooms.mjs";
import { DOORS, ROOMS } from "./lib/rooms.mjs";

const PAGE = "docs/rooms.md";

const { forbidden, options } = configuration;
const { output } = await cruise(
  ["src", "migrations", "examples"],
  { ...options, ruleSet: { forbidden }, validate: true },
  undefined,
  { tsConfig: extractTSConfig(options.tsConfig.fileName) },
);

const faults = [
  ...strangers(),
  ...output.summary.violations.map(({ rule, from, to }) => `${from} → ${to}  (${rule.name})`),
  ...(output.modules.some(({ source }) => source.startsWith("src/"))
    ? []
    : ["no module was found below src/"]),
];
const page = drawRooms(output.modules);
if (!process.argv.includes("--check")) writeFileSync(PAGE, page);
else if (page !== read(PAGE)) faults.push(`${PAGE} is stale: run \`npm run graph\` and commit it`);

for (const fault of faults) console.error(`rooms: ${fault}`);
console.log(`rooms: ${output.summary.totalCruised} modules, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** A room that the table does not know would be under no rule at all. */
function strangers() {
  return readdirSync("src", { withFileTypes: true })
    .filter((entry) => !Object.hasOwn(entry.isDirectory() ? ROOMS : DOORS, entry.name))
    .map(({ name }) => `src/${name} has no row in scripts/lib/rooms.mjs`);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
