import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Fault } from "./fault.mjs";
import { run, secondsSince } from "./run.mjs";

// test/support/browser.ts looks in the same places.
const PLACES = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const PACKAGE = "chromium";
const root = process.getuid?.() === 0;

/** The path of the Chromium for the browser tests; says which one it is. */
export async function findChromium() {
  const startedAt = Date.now();
  const path = await choose();
  const { status, stdout, error, stderr } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (status !== 0) {
    const fix = "name a Chromium or Chrome that runs in CHROMIUM_PATH";
    throw new Fault(`The browser (${path}) cannot be used.`, error?.message ?? stderr.trim(), fix);
  }
  console.log(`browser: ${stdout.trim()}, ${path} (${secondsSince(startedAt)})`);
  return path;
}

async function choose() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const path = chromiumHere() ?? (await install());
  if (path) return path;
  throw new Fault(
    "The browser tests need Chromium, and there is none.",
    `CHROMIUM_PATH is not set, none of ${NAMES.join(", ")} is on this machine, and it is not for us to install one ` +
      "(that needs root and apt-get)",
    `one of: sudo apt-get install ${PACKAGE}; CHROMIUM_PATH=/path/to/chrome`,
  );
}

async function install() {
  if (!root || !find("apt-get")) return undefined;
  console.log(`browser: none on this machine, installing ${PACKAGE} with apt-get`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const updated = await run("apt-get", ["update", "-qq"], { env });
  const args = ["install", "-y", "-qq", "--no-install-recommends", PACKAGE];
  const installed = await run("apt-get", args, { env });
  if (!installed.ok) console.error(`apt-get: ${(updated.ok ? installed : updated).why}`);
  return chromiumHere();
}

const chromiumHere = () => NAMES.map(find).find(Boolean);

function find(program) {
  return PLACES.map((place) => join(place, program)).find((path) => existsSync(path));
}
