import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { z } from "zod";
import type { Config, Profile } from "./config.js";
import { ConfigError, readVariable, resolveReferences } from "./environment.js";
import type { ConfigFault, Environment } from "./environment.js";
import { refusals } from "./refusals.js";
import { SANDBOX_FILE, sandboxSecrets } from "./sandbox-secrets.js";
import { fileSchema } from "./schema.js";
import type { ConfigFile } from "./schema.js";

const SANDBOX_USERNAME = "bango";
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** Reads file and environment once. Throws ConfigError with every fault. `folder`: where relative paths begin. */
export function loadConfig(env: Environment, folder: string): Config {
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
  const file = readFile(variable("CONFIG_FILE"), profile, env, folder, faults);
  if (file === null) throw new ConfigError(faults);
  const port = portOf("PORT", variable("PORT"), 3000, faults);
  const config: Config = {
    profile,
    host: variable("HOST") ?? (profile === "sandbox" ? "127.0.0.1" : "0.0.0.0"),
    port,
    adminHost: variable("ADMIN_HOST") ?? "127.0.0.1",
    adminPort: portOf("ADMIN_PORT", variable("ADMIN_PORT"), 3001, faults),
    publicUrl: (variable("PUBLIC_URL") ?? `http://localhost:${String(port)}`).replace(/\/+$/, ""),
    trustProxy: trustProxyOf(variable("TRUST_PROXY"), faults),
    databaseUrl: variable("DATABASE_URL") ?? "sqlite:./data/mia.db",
    masterKey: variable("MASTER_KEY") ?? secrets?.masterKey ?? "",
    replicas: countOf("REPLICAS", variable("REPLICAS"), 1, faults),
    logLevel: oneOf("LOG_LEVEL", variable("LOG_LEVEL"), LOG_LEVELS, "info", faults),
    file: secrets ? withSandboxCredentials(file, secrets) : file,
    sandbox: secrets && {
      username: SANDBOX_USERNAME,
      password: secrets.inboundPassword,
      adminToken: secrets.adminToken,
    },
    notInForce: notInForce(file),
  };
  faults.push(...refusals(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

function readFile(
  named: string | undefined,
  profile: Profile,
  env: Environment,
  folder: string,
  faults: ConfigFault[],
): ConfigFile | null {
  const path = resolve(folder, named ?? "mia.config.json");
  const fallback = profile === "sandbox" && named === undefined && !existsSync(path);
  const raw = fallback ? SANDBOX_FILE : parseFile(path, faults);
  if (raw === undefined) return null;
  const before = faults.length;
  const resolved = resolveReferences(raw, "", env, faults);
  const parsed = fileSchema.safeParse(resolved);
  if (parsed.success) return parsed.data;
  // A value that could not be looked up is a fault already; the schema would name it once more.
  const known = new Set(faults.slice(before).map(({ path: where }) => where));
  faults.push(...parsed.error.issues.map(faultOf).filter(({ path: where }) => !known.has(where)));
  return null;
}

function parseFile(path: string, faults: ConfigFault[]): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    faults.push({
      path: "CONFIG_FILE",
      reason: missing
        ? `there is no file ${path}`
        : `${path} is not readable JSON: ${(error as Error).message}`,
      fix: missing
        ? "Create it (README, Configuration), or set CONFIG_FILE, or try things out with `mia sandbox`"
        : "Mend the file",
    });
    return undefined;
  }
}

const faultOf = (issue: z.core.$ZodIssue): ConfigFault => ({
  path: issue.path.reduce<string>(
    (path, part) =>
      typeof part === "number"
        ? `${path}[${String(part)}]`
        : path === ""
          ? String(part)
          : `${path}.${String(part)}`,
    "",
  ),
  reason: issue.message,
  fix: "See README, Configuration",
});

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

function notInForce({ inbound, resellers, bango, admin, links, reports }: ConfigFile): string[] {
  const products = resellers.flatMap((reseller) => reseller.products);
  const found: [string, boolean][] = [
    ["bango", bango !== undefined || resellers.some((reseller) => reseller.bango !== undefined)],
    ["resellers[].publicUrl", resellers.some((reseller) => reseller.publicUrl !== undefined)],
    ["resellers[].returnUrls", resellers.some((reseller) => reseller.returnUrls.length > 0)],
    ["products[].signUp", products.some(({ signUp }) => signUp !== undefined)],
    ["products[].stopSell", products.some(({ stopSell }) => stopSell !== undefined)],
    [
      "products[].validFrom, validTo",
      products.some(({ validFrom, validTo }) => validFrom !== undefined || validTo !== undefined),
    ],
    [
      "inbound.credentials of type oauth2-client",
      inbound.credentials.some(({ type }) => type === "oauth2-client"),
    ],
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
