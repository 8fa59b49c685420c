import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "./fault.mjs";
import { run, secondsSince } from "./run.mjs";

const SOURCES = ["src", "migrations", "examples", "package.json", "tsconfig.json", "tsconfig.build.json"];
const RESULT = "dist/src/main.js";

/** Leaves dist as the sources say; does nothing when no source is newer. */
export async function ensureBuilt() {
  const startedAt = Date.now();
  const stale = changedAt(RESULT) < Math.max(...SOURCES.map(changedAt));
  if (stale) {
    console.log("build: compiling with npm run build");
    const { ok, why } = await run("npm", ["run", "--silent", "build"]);
    if (!ok) throw new Fault("The build failed.", why, "mend what the compiler names above");
  }
  console.log(`build: ${stale ? "done" : "up to date"} (${secondsSince(startedAt)})`);
}

/** The newest change at or below a path. Folders count too: removing a file shows in nothing else. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}
