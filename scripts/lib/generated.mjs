import { readFileSync, writeFileSync } from "node:fs";
import "./root.mjs";

/** Writes a generated file; with `--check` only says whether it is stale, and fails where it is. */
export function keepGenerated(file, content, command) {
  if (!process.argv.includes("--check")) {
    writeFileSync(file, content);
    console.log(`${file}: written`);
    return;
  }
  if (content === read(file)) return;
  console.error(`${file} is stale: run \`${command}\` after a build, and commit it`);
  process.exitCode = 1;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
