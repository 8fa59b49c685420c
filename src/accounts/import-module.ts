import { pathToFileURL } from "node:url";
import { AccountSystemRefused } from "./check-account-system.js";
import { findModule } from "./find-module.js";

/** A module named in the configuration, and what must never be read in a fault. */
export interface ModuleSource {
  readonly module: string;
  /** Where it is looked for: that of the configuration file. */
  readonly folder: string;
  readonly options?: unknown;
}

const START_MS_MAX = 30_000;

export const refuse = (what: string, why: string, fix: string): AccountSystemRefused =>
  new AccountSystemRefused([{ what, why, fix }]);

/** What a module exports, ESM or CommonJS. Throws AccountSystemRefused where it is not there or does not load. */
export async function importModule(source: ModuleSource): Promise<Readonly<Record<string, unknown>>> {
  const file = fileOf(source);
  const loaded = await within(source, "loading it", async () => {
    const namespace = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    return { ...namespace };
  });
  const main = loaded.default;
  // A compiler's CommonJS of `export default` has it one further in.
  // And Node finds no names in `module.exports = { accountSystem: (options) => … }`: there they are in the default.
  return typeof main === "object" && main !== null && ("__esModule" in main || "accountSystem" in main)
    ? { ...loaded, ...(main as Record<string, unknown>) }
    : loaded;
}

function fileOf({ module, folder }: ModuleSource): string {
  try {
    return findModule(module, folder);
  } catch {
    throw refuse(
      `the module ${module} is not found`,
      `it was looked for from ${folder}`,
      module.startsWith(".")
        ? "Correct the path, with its ending (./my-accounts.js); TypeScript is compiled first"
        : "Install the package there, or write ./ before the name of a file",
    );
  }
}

/** Runs some of the module's own code at start: a fault of it, or no end of it, is the module's. */
export async function within<T>(source: ModuleSource, doing: string, act: () => Promise<T>): Promise<T> {
  const { module } = source;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seconds = String(START_MS_MAX / 1000);
      reject(
        refuse(
          `the module ${module} does not start`,
          `${doing} took more than ${seconds} s`,
          "Connect in the background, or give up sooner with an error",
        ),
      );
    }, START_MS_MAX);
  });
  try {
    return await Promise.race([act(), late]);
  } catch (error) {
    if (error instanceof AccountSystemRefused) throw error;
    throw refuse(
      `the module ${module} does not start`,
      `${doing} threw ${saidBy(error, source.options)}`,
      isUncompiled(error)
        ? "Compile it to JavaScript, and name that file"
        : "Mend the module, or its options",
    );
  } finally {
    clearTimeout(timer);
  }
}

const isUncompiled = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === "ERR_UNKNOWN_FILE_EXTENSION";

/** The module's own words help its author; what the options hold may be secret, and is taken out of them. */
function saidBy(error: unknown, options: unknown): string {
  if (!(error instanceof Error)) return "something that is no Error";
  const line = `${error.name}: ${error.message.split("\n")[0] ?? ""}`;
  return textsIn(options)
    .sort((left, right) => right.length - left.length)
    .reduce((text, secret) => text.replaceAll(secret, "…"), line)
    .replace(/\.$/, "");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
