import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Make } from "../kit/kit.js";
import type { AccountSystem } from "../ports/account-system.js";

/** What the kit is to run on, and how to let go of it in the end. */
export interface LoadedSubject {
  readonly make: Make;
  readonly close: () => Promise<void>;
}

type Closable = AccountSystem & { readonly close?: () => Promise<void> | void };
type Factory = (options: unknown, context: { readonly log: Log }) => Closable | Promise<Closable>;
type Log = Readonly<Record<"debug" | "info" | "warn" | "error", () => void>>;

const say = (): void => undefined;
const SILENT: Log = { debug: say, info: say, warn: say, error: say };

/**
 * The account system that a file or package exports, as `accountSystem` or by default: itself, or a factory of it, which
 * makes a new one for each check. Unlike `mia serve`, it takes one with faults too: the kit is there to name them.
 */
export async function loadSubject(
  named: string,
  folder: string,
  options: unknown,
): Promise<LoadedSubject | string> {
  const exported = await importOf(named, folder);
  if (typeof exported === "string") return exported;
  const main: unknown = exported.accountSystem ?? exported.default;
  if (typeof main === "function")
    return {
      close: () => Promise.resolve(),
      make: async () => {
        const system = await (main as Factory)(options, { log: SILENT });
        return { system, close: () => system.close?.() };
      },
    };
  if (typeof main !== "object" || main === null)
    return `${named} exports no account system: neither accountSystem nor default is an object or a function`;
  const system = main as Closable;
  return { make: () => ({ system }), close: async () => system.close?.() };
}

async function importOf(named: string, folder: string): Promise<Readonly<Record<string, unknown>> | string> {
  try {
    const isFile = /^\.{1,2}[/\\]/.test(named) || isAbsolute(named);
    const path = isFile ? resolve(folder, named) : createRequire(join(folder, "package.json")).resolve(named);
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `${named} cannot be loaded: ${why.split("\n")[0] ?? ""}`;
  }
}
