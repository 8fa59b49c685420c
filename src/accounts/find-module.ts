import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";

/**
 * The file that a name in the configuration means: `./` and absolute paths from `folder`, everything else a package
 * installed there. Throws what Node throws where there is none.
 */
export function findModule(named: string, folder: string): string {
  const require = createRequire(join(folder, "mia.config.json"));
  if (/^\.{1,2}[/\\]/.test(named) || isAbsolute(named)) return require.resolve(resolve(folder, named));
  try {
    return require.resolve(named);
  } catch (error) {
    // require() does not see what a package offers to import alone.
    const offered = offeredToImport(named, require.resolve.paths(named) ?? []);
    if (offered !== null) return offered;
    throw error;
  }
}

function offeredToImport(named: string, folders: readonly string[]): string | null {
  const parts = named.split("/");
  const nameParts = named.startsWith("@") ? 2 : 1;
  const subpath = ["."].concat(parts.slice(nameParts)).join("/");
  for (const folder of folders) {
    const root = join(folder, ...parts.slice(0, nameParts));
    const target = targetOf(exportsOf(root), subpath);
    if (target !== null) return join(root, target);
  }
  return null;
}

function exportsOf(root: string): unknown {
  try {
    const read = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports?: unknown };
    return read.exports;
  } catch {
    return undefined;
  }
}

const CONDITIONS = ["node", "import", "module-sync", "default"];

function targetOf(offers: unknown, subpath: string): string | null {
  const isTable =
    typeof offers === "object" && offers !== null && Object.keys(offers).some((key) => key.startsWith("."));
  if (isTable) return chosen((offers as Record<string, unknown>)[subpath]);
  return subpath === "." ? chosen(offers) : null;
}

/** The first condition that holds counts, in the order of the package. */
function chosen(offer: unknown): string | null {
  if (typeof offer === "string") return offer;
  if (typeof offer !== "object" || offer === null) return null;
  for (const [condition, inner] of Object.entries(offer)) {
    const target = CONDITIONS.includes(condition) ? chosen(inner) : null;
    if (target !== null) return target;
  }
  return null;
}
