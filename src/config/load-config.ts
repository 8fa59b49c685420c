import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { contractFaults } from "../contract/contract-faults.js";
import { contractSchema } from "../contract/contract-schema.js";
import { effectiveContract } from "../contract/contract.js";
import type { Contract } from "../contract/contract.js";
import { completeBango, withBango } from "./bango.js";
import type { BangoSettings } from "./bango.js";
import type { Config, MachineConfig } from "./config.js";
import { ConfigError, readVariable, resolveReferences } from "./environment.js";
import type { ConfigFault, Environment } from "./environment.js";
import { fileRefusals, machineRefusals } from "./refusals.js";
import { sandboxFile, sandboxSecrets } from "./sandbox-secrets.js";
import { fileSchema } from "./schema.js";
import type { ConfigFile } from "./schema.js";

const SANDBOX_USERNAME = "bango";
const FILE_USUAL = "mia.config.json";
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/**
 * Reads file and environment once. Throws ConfigError with every fault. `folder`: where relative paths begin;
 * `sandboxAccounts`: the section `accountSystem` of a sandbox whose file has none.
 */
export function loadConfig(
  env: Environment,
  folder: string,
  sandboxAccounts: object = { type: "demo" },
): Config {
  const faults: ConfigFault[] = [];
  const variable = (name: string): string | undefined => readVariable(env, name, faults);
  const profile = oneOf(
    "MIA_PROFILE",
    variable("MIA_PROFILE"),
    ["production", "sandbox"],
    "production",
    faults,
  );
  const secrets = profile === "sandbox" ? sandboxSecrets(resolve(folder, "data")) : null;
  const simulatorPort = portOf("SIMULATOR_PORT", variable("SIMULATOR_PORT"), 3002, faults);
  const exampleOttPort = variable("EXAMPLE_OTT_PORT");
  const named = variable("CONFIG_FILE");
  const path = resolve(folder, named ?? FILE_USUAL);
  const isNeeded = profile !== "sandbox" || named !== undefined || existsSync(path);
  const raw = isNeeded ? parseFile(path, faults) : {};
  const complete =
    profile === "sandbox" && isObject(raw) ? { ...sandboxFile(simulatorPort, sandboxAccounts), ...raw } : raw;
  const file = complete === undefined ? null : checkFile(complete, env, faults);
  const port = portOf("PORT", variable("PORT"), 3000, faults);
  const machine: MachineConfig = {
    profile,
    host: variable("HOST") ?? (profile === "sandbox" ? "127.0.0.1" : "0.0.0.0"),
    port,
    adminHost: variable("ADMIN_HOST") ?? "127.0.0.1",
    adminPort: portOf("ADMIN_PORT", variable("ADMIN_PORT"), 3001, faults),
    publicUrl: (variable("PUBLIC_URL") ?? `http://localhost:${String(port)}`).replace(/\/+$/, ""),
    trustProxy: trustProxyOf(variable("TRUST_PROXY"), faults),
    databaseUrl: variable("DATABASE_URL") ?? "sqlite:./data/mia.db",
    masterKey: variable("MASTER_KEY") ?? secrets?.masterKey ?? "",
    simulatorPort,
    exampleOttPort:
      exampleOttPort === undefined ? null : portOf("EXAMPLE_OTT_PORT", exampleOttPort, 0, faults),
    replicas: countOf("REPLICAS", variable("REPLICAS"), 1, faults),
    logLevel: oneOf("LOG_LEVEL", variable("LOG_LEVEL"), LOG_LEVELS, "info", faults),
    sandbox: secrets && {
      username: SANDBOX_USERNAME,
      password: secrets.inboundPassword,
      adminToken: secrets.adminToken,
      bangoPassword: secrets.bangoPassword,
    },
  };
  faults.push(...machineRefusals(machine));
  if (file === null) throw new ConfigError(faults);
  const effective = withBango(
    secrets ? withSandboxCredentials(file, secrets) : file,
    bangoVariables(variable),
  );
  faults.push(...fileRefusals(effective, profile));
  if (faults.length > 0) throw new ConfigError(faults);
  const bango = completeBango(effective.bango);
  return Object.freeze({
    ...machine,
    file: effective,
    namesAccounts: isObject(raw) && "accountSystem" in raw,
    fileFolder: dirname(path),
    bango,
    notInForce: notInForce(file),
  });
}

/**
 * The contract of the configured file alone, whatever else may be wrong with it; the default one where there is no
 * file. Throws ConfigError.
 */
export function loadContract(env: Environment, folder: string): Contract {
  const faults: ConfigFault[] = [];
  const named = readVariable(env, "CONFIG_FILE", faults);
  const path = resolve(folder, named ?? FILE_USUAL);
  const raw = named === undefined && !existsSync(path) ? {} : parseFile(path, faults);
  const section = isObject(raw) && "contract" in raw ? raw.contract : {};
  const parsed = contractSchema.safeParse(resolveReferences(section, "contract", env, faults));
  if (!parsed.success)
    faults.push(
      ...parsed.error.issues.flatMap((issue) => faultsOf({ ...issue, path: ["contract", ...issue.path] })),
    );
  const contract = effectiveContract(parsed.data ?? contractSchema.parse({}));
  faults.push(...contractFaults(contract));
  if (faults.length > 0) throw new ConfigError(faults);
  return contract;
}

/** Where the file does not say it. */
function bangoVariables(variable: (name: string) => string | undefined): BangoSettings {
  const password = variable("BANGO_PASSWORD");
  return {
    baseUrl: variable("BANGO_BASE_URL"),
    username: variable("BANGO_USERNAME"),
    password: password === undefined ? undefined : [password],
  };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checkFile(raw: unknown, env: Environment, faults: ConfigFault[]): ConfigFile | null {
  const before = faults.length;
  const resolved = resolveReferences(raw, "", env, faults);
  const parsed = fileSchema.safeParse(resolved);
  if (parsed.success) return parsed.data;
  // A value that could not be looked up is a fault already; the schema would name it once more.
  const known = faults.slice(before).map(({ path: where }) => where);
  const isKnown = (where: string): boolean =>
    known.some((there) => there === where || there.startsWith(`${where}[`));
  faults.push(...parsed.error.issues.flatMap(faultsOf).filter(({ path: where }) => !isKnown(where)));
  return null;
}

function parseFile(path: string, faults: ConfigFault[]): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    faults.push({
      path: "CONFIG_FILE",
      reason: missing ? `there is no file ${path}` : `${path} ${whyUnreadable(error)}`,
      fix: missing
        ? "Create it (README, Configuration), or set CONFIG_FILE, or try things out with `mia sandbox`"
        : "Mend the file, or let this process read it",
    });
    return undefined;
  }
}

/** Without the parser's own text: that quotes the file, and so perhaps a secret. */
function whyUnreadable(error: unknown): string {
  if (!(error instanceof SyntaxError))
    return `cannot be read (${String((error as { code?: unknown }).code)})`;
  const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0];
  return position === undefined ? "is not JSON" : `is not JSON ${position}`;
}

function faultsOf(issue: z.core.$ZodIssue): ConfigFault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      reason: "there is no such key",
      fix: "Correct its spelling, or take it out",
    }));
  return [{ path: pathOf(issue.path), reason: issue.message, fix: "See README, Configuration" }];
}

/** `inbound.credentials[0].id`; CONFIG_FILE where the file as a whole is meant. */
const pathOf = (parts: readonly PropertyKey[]): string =>
  parts.reduce<string>(
    (path, part) =>
      typeof part === "number"
        ? `${path}[${String(part)}]`
        : path === ""
          ? String(part)
          : `${path}.${String(part)}`,
    "",
  ) || "CONFIG_FILE";

/** The sandbox's generated credential and token stand in where the file has none. */
function withSandboxCredentials(
  file: ConfigFile,
  secrets: { readonly inboundPassword: string; readonly adminToken: string },
): ConfigFile {
  const { inbound, admin } = file;
  return {
    ...file,
    inbound: {
      ...inbound,
      credentials:
        inbound.credentials.length > 0
          ? inbound.credentials
          : [
              {
                id: "sandbox",
                type: "basic",
                username: SANDBOX_USERNAME,
                password: [secrets.inboundPassword],
                resellers: ["*"],
                owner: "bango",
              },
            ],
    },
    admin: {
      ...admin,
      tokens:
        admin.tokens.length > 0
          ? admin.tokens
          : [{ id: "sandbox", token: [secrets.adminToken], role: "admin" }],
    },
  };
}

function notInForce({ resellers, admin, links, reports }: ConfigFile): string[] {
  const products = resellers.flatMap((reseller) => reseller.products);
  const found: [string, boolean][] = [
    ["products[].signUp other than hosted", products.some(({ signUp }) => (signUp ?? "hosted") !== "hosted")],
    ["admin.users", admin.users.length > 0],
    ["links.supersede", links.supersede !== undefined],
    ["reports", Object.keys(reports).length > 0],
  ];
  return found.flatMap(([path, there]) => (there ? [path] : []));
}

function oneOf<const T extends string>(
  path: string,
  value: string | undefined,
  allowed: readonly T[],
  fallback: T,
  faults: ConfigFault[],
): T {
  if (value === undefined) return fallback;
  const known = allowed.find((item) => item === value);
  if (known === undefined)
    faults.push({ path, reason: "unknown value", fix: `Use one of ${allowed.join(", ")}` });
  return known ?? fallback;
}

function countOf(path: string, value: string | undefined, fallback: number, faults: ConfigFault[]): number {
  if (value === undefined) return fallback;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1)
    faults.push({ path, reason: "not a whole number from 1", fix: "Set a whole number" });
  return count;
}

function portOf(path: string, value: string | undefined, fallback: number, faults: ConfigFault[]): number {
  if (value === undefined) return fallback;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push({ path, reason: "not a port number", fix: "Set a number from 0 (any free port) to 65535" });
  return port;
}

function trustProxyOf(value: string | undefined, faults: ConfigFault[]): Config["trustProxy"] {
  if (value === undefined || value === "0" || value === "false") return false;
  if (/^\d+$/.test(value)) return Number(value);
  if (value === "true") {
    faults.push({
      path: "TRUST_PROXY",
      reason: "true would believe any address that a stranger writes into X-Forwarded-For",
      fix: "Set the number of proxies in front, or their addresses",
    });
    return false;
  }
  return value;
}
