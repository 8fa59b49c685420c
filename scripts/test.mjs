// `npm test`: everything that must hold, on SQLite and on a real MySQL-compatible server; see --help.
import "./lib/node-version.mjs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt } from "./lib/build.mjs";
import { afterwards, cleanUp, cleanUpOnSignals } from "./lib/clean-up.mjs";
import { findChromium } from "./lib/chromium.mjs";
import { countOf } from "./lib/count.mjs";
import { findDatabase } from "./lib/database.mjs";
import { tell } from "./lib/fault.mjs";
import { ensureInstalled, loadSqlite } from "./lib/install.mjs";
import { run, secondsSince } from "./lib/run.mjs";

const HELP = `Usage: npm test                     or: node scripts/test.mjs [options] [-- Jest's arguments]

Installs what is missing, finds or starts a MySQL-compatible server, finds or installs Chromium, then runs
build, lint, types, architecture rules and all tests on SQLite and on that server. The last line is the
count; a step that fails counts as one failed, and so does every test that did not run.

  --only-tests       the tests alone, without the steps before them
  --only-databases   the tests that reach MySQL alone, with TEST_ENGINES=mysql: a second run, on another server
  --all-shapes       every shape of the Server API on every database; without it, all on SQLite and the default on MySQL
  --help             this text

TEST_MYSQL_URL=mysql://user:password@host:port/database names a server whose user may create databases.
Without it: mariadbd or mysqld of this machine in a temporary folder; else, for root, Debian's
MariaDB by apt-get; else Docker.
CHROMIUM_PATH names a Chromium or Chrome. Without it: one of this machine; else, for root, Debian's by apt-get.

Example: node scripts/test.mjs --only-tests -- test/suspend.test.ts`;

// In this order: the crash tests run what the build leaves in dist, and quick answers come before slow ones.
const STEPS = [
  { name: "build", command: ["npm", "run", "--silent", "build"] },
  { name: "lint", command: ["npm", "run", "--silent", "lint"] },
  { name: "types", command: ["npm", "run", "--silent", "typecheck"] },
  { name: "architecture", command: ["npm", "run", "--silent", "graph", "--", "--check"] },
  { name: "table of moves", command: ["node", "scripts/moves-doc.mjs", "--check"] },
  { name: "account results", command: ["node", "scripts/account-results-doc.mjs", "--check"] },
  { name: "OpenAPI", command: ["node", "scripts/openapi.mjs", "--check"] },
  { name: "configuration schema", command: ["node", "scripts/config-schema.mjs", "--check"] },
];
// They touch no MySQL, so on another server they would only be the same again.
const WITHOUT_MYSQL =
  "/test/(core/|store/|client-api|(account-(module|system-package)|browser|cli(-accounts|-kit)?|config|config-schema|contract-(diff|pointer)|database-url|example-ott|forced-results|http-accounts(-config)?|kit(-http|-package)?|merchant-(client[^/]*|router)|readme|sandbox|shapes|simulator[^/]*|write-an-account-system)[.]test)";
const JEST_MINUTES_MAX = 20;

const { options, jestArgs } = readArguments(process.argv.slice(2));
if (options.has("--help")) {
  console.log(HELP);
} else {
  cleanUpOnSignals((signal) => console.log(`stopped by ${signal}\n0 passed, 1 failed`));
  const { passed, failed } = await everything().catch((error) => {
    tell(error);
    return { passed: 0, failed: 1 };
  });
  await cleanUp();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

async function everything() {
  await ensureInstalled();
  console.log(`database: SQLite ${loadSqlite()} (libsql)`);
  const url = await findDatabase();
  const browser = await findChromium();
  const onlyTests = options.has("--only-tests") || options.has("--only-databases");
  if (onlyTests) await ensureBuilt();
  const brokenSteps = onlyTests ? [] : await runSteps();
  const { passed, failed, notes } = await runJest(url, browser);
  for (const note of [...notes, ...brokenSteps.map((name) => `step failed: ${name}`)]) console.log(note);
  return { passed, failed: failed + brokenSteps.length };
}

/** Runs every step even after one has failed, since each has its own thing to say; returns the names of those. */
async function runSteps() {
  const [build, lint, ...others] = STEPS;
  const broken = await inTurn([build]);
  // The lint takes as long as all the others: two cores have time for both.
  const both = await Promise.all([inTurn([lint]), inTurn(others)]);
  return [...broken, ...both.flat()];
}

/** The names of those that have failed. */
async function inTurn(steps) {
  const broken = [];
  for (const { name, command } of steps) {
    const startedAt = Date.now();
    const { ok, why } = await run(command[0], command.slice(1));
    console.log(`${name}: ${ok ? "good" : `FAILED, ${why}`} (${secondsSince(startedAt)})`);
    if (!ok) broken.push(name);
  }
  return broken;
}

async function runJest(url, browser) {
  const folder = mkdtempSync(join(tmpdir(), "mia-test-result-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const resultFile = join(folder, "result.json");
  const env = {
    TEST_MYSQL_URL: url,
    CHROMIUM_PATH: browser,
    ...(options.has("--only-databases") && { TEST_ENGINES: "mysql" }),
    ...(options.has("--all-shapes") && { TEST_SHAPES: "all" }),
  };
  const left = options.has("--only-databases") ? [`--testPathIgnorePatterns=${WITHOUT_MYSQL}`] : [];
  const args = [
    "node_modules/jest/bin/jest.js",
    "--ci",
    "--json",
    `--outputFile=${resultFile}`,
    ...left,
    ...jestArgs,
  ];
  const startedAt = Date.now();
  const ended = await run(process.execPath, args, { env, limitMinutes: JEST_MINUTES_MAX });
  console.log(`tests: ended (${secondsSince(startedAt)})`);
  return countOf(resultFile, ended, {
    filtered: jestArgs.some((arg) => /^(-t|--testNamePattern)/.test(arg)),
  });
}

function readArguments(args) {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const given = new Set(args.slice(0, end));
  const known = new Set(["--help", "--only-tests", "--only-databases", "--all-shapes"]);
  const unknown = [...given].filter((option) => !known.has(option));
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(" ")}\n\n${HELP}`);
    process.exit(2);
  }
  return { options: given, jestArgs: args.slice(end + 1) };
}
