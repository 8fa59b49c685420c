import { readFileSync } from "node:fs";

/** Something in the configuration that stops the start. */
export interface ConfigFault {
  /** A variable's name, or the path of a key in the file. */
  readonly path: string;
  readonly reason: string;
  readonly fix: string;
}

/** All faults of a configuration at once. Their texts hold no value that may be secret. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly ConfigFault[]) {
    super(faults.map(({ path, reason, fix }) => `${path}: ${reason}. ${fix}.`).join("\n"));
    this.name = "ConfigError";
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable, or the content of the file that `NAME_FILE` names. Empty counts as not set. */
export function readVariable(env: Environment, name: string, faults: ConfigFault[]): string | undefined {
  const direct = env[name];
  if (direct !== undefined && direct !== "") return direct;
  const file = env[`${name}_FILE`];
  return file === undefined || file === "" ? undefined : readSecretFile(file, `${name}_FILE`, faults);
}

function readSecretFile(file: string, path: string, faults: ConfigFault[]): string | undefined {
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch {
    faults.push({
      path,
      reason: `the file ${file} cannot be read`,
      fix: "Create it, or let this process read it",
    });
    return undefined;
  }
}

/** Replaces `env:NAME` and `file:PATH` by what they name, wherever a string value stands. */
export function resolveReferences(
  value: unknown,
  path: string,
  env: Environment,
  faults: ConfigFault[],
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => resolveReferences(item, `${path}[${String(index)}]`, env, faults));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolveReferences(item, path === "" ? key : `${path}.${key}`, env, faults),
      ]),
    );
  if (typeof value !== "string") return value;
  if (value.startsWith("file:")) return readSecretFile(value.slice("file:".length), path, faults);
  if (!value.startsWith("env:")) return value;
  const name = value.slice("env:".length);
  const resolved = readVariable(env, name, faults);
  if (resolved === undefined)
    faults.push({
      path,
      reason: `the variable ${name} is not set`,
      fix: `Set ${name}, or ${name}_FILE to a file`,
    });
  return resolved;
}
