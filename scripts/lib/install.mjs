import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "./fault.mjs";
import { root } from "./root.mjs";
import { run, secondsSince } from "./run.mjs";

/** Leaves node_modules as package-lock.json says, and the SQLite driver known to load. */
export async function ensureInstalled() {
  const startedAt = Date.now();
  const missing = firstMissing();
  if (missing) {
    console.log(`dependencies: installing with npm ci (${missing})`);
    const { ok, why } = await run("npm", ["ci", "--no-audit", "--no-fund"]);
    if (!ok) {
      const fix =
        "read npm's message above; the usual causes are no network and a proxy that npm was not told of";
      throw new Fault("The dependencies could not be installed.", `npm ci: ${why}`, fix);
    }
  }
  loadSqlite();
  console.log(
    `dependencies: ${missing ? "installed" : "as package-lock.json says"} (${secondsSince(startedAt)})`,
  );
}

/**
 * Compares what npm noted of the installation with the lock file, package by package. Times of files say
 * less: a fresh checkout makes every file new, and a copied node_modules keeps its old ones.
 */
function firstMissing() {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!wanted)
    throw new Fault(
      "There is no package-lock.json.",
      "the clone is incomplete",
      "git checkout package-lock.json",
    );
  if (!installed) return "node_modules is missing";
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    // The root entry is ourselves, and an optional package may be meant for another machine.
    if (path === "" || (!installed[path] && (optional || devOptional))) continue;
    if (installed[path]?.version !== version) return `${path} ${version} is missing`;
  }
  return undefined;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** The version of SQLite inside libsql: a native module, and so the one thing here that may not load. */
export function loadSqlite() {
  try {
    const Database = createRequire(join(root, "package.json"))("libsql");
    const database = new Database(":memory:");
    const { version } = database.prepare("select sqlite_version() as version").get();
    database.close();
    return version;
  } catch (error) {
    throw new Fault(
      `The SQLite driver (libsql) does not load on ${process.platform} ${process.arch}: ${error.message.split("\n")[0]}`,
      "it comes ready built, as an optional package for each system; that package is absent when npm was told " +
        "to omit optional packages, when node_modules came from another kind of machine, or when there is none " +
        "for this system (there is one for Linux, macOS and Windows on x64, and for Linux and macOS on arm64)",
      "delete node_modules, run npm ci, and check that `npm config get omit` does not name optional",
    );
  }
}
