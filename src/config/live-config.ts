import { catalogueOf } from "./catalogue.js";
import type { Catalogue } from "./catalogue.js";
import type { Config, MachineConfig } from "./config.js";
import { ConfigError } from "./environment.js";
import { fileRefusals } from "./refusals.js";
import type { ConfigFile } from "./schema.js";

/** The configuration at one moment; it never changes, another takes its place. */
export interface Snapshot {
  readonly config: Config;
  readonly catalogue: Catalogue;
}

/** The configuration in force, in one place. A call that looks once is not touched by a reload. */
export interface Live {
  readonly current: () => Snapshot;
  /** What is made of a configuration, made once for each. */
  readonly derive: <T>(make: (snapshot: Snapshot) => T) => () => T;
  /** Takes over what may change without a restart. Throws ConfigError, and changes nothing, where it does not fit. */
  readonly replace: (next: Config) => void;
}

/** The parts of the file that a reload takes over; every other part is made use of at start alone. */
const RELOADED: ReadonlySet<string> = new Set<keyof ConfigFile>([
  "$schema",
  "inbound",
  "resellers",
  "admin",
  "bango",
]);

export function makeLive(config: Config): Live {
  let snapshot = snapshotOf(config);
  return {
    current: () => snapshot,
    derive: <T>(make: (from: Snapshot) => T) => {
      let last: { readonly from: Snapshot; readonly made: T } | null = null;
      return () => {
        if (last?.from !== snapshot) last = { from: snapshot, made: make(snapshot) };
        return last.made;
      };
    },
    replace: (next) => {
      snapshot = snapshotOf(adopted(snapshot.config, next));
    },
  };
}

const snapshotOf = (config: Config): Snapshot => ({
  config,
  catalogue: catalogueOf(config.file.resellers),
});

function adopted(before: Config, next: Config): Config {
  const { inbound, resellers, admin, bango } = next.file;
  const { bango: _bango, ...kept } = before.file;
  const file = { ...kept, inbound, resellers, admin, ...(bango ? { bango } : {}) };
  // New parts beside old ones are a file that nobody has checked yet.
  const faults = fileRefusals(file, before.profile);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze({ ...before, file, bango: next.bango });
}

const VARIABLES = {
  profile: "MIA_PROFILE",
  host: "HOST",
  port: "PORT",
  adminHost: "ADMIN_HOST",
  adminPort: "ADMIN_PORT",
  publicUrl: "PUBLIC_URL",
  trustProxy: "TRUST_PROXY",
  databaseUrl: "DATABASE_URL",
  masterKey: "MASTER_KEY",
  replicas: "REPLICAS",
  simulatorPort: "SIMULATOR_PORT",
  exampleOttPort: "EXAMPLE_OTT_PORT",
  logLevel: "LOG_LEVEL",
} as const satisfies Record<Exclude<keyof MachineConfig, "sandbox">, string>;

/** Names what differs and stays as it was until a restart: keys of the file, and variables. */
export function restartNeeded(started: Config, next: Config): string[] {
  const keys = [...new Set([...Object.keys(started.file), ...Object.keys(next.file)])];
  const changed = (before: unknown, after: unknown): boolean =>
    JSON.stringify(before) !== JSON.stringify(after);
  return [
    ...keys.filter(
      (key) =>
        !RELOADED.has(key) &&
        changed(started.file[key as keyof ConfigFile], next.file[key as keyof ConfigFile]),
    ),
    ...Object.entries(VARIABLES).flatMap(([key, variable]) =>
      changed(started[key as keyof typeof VARIABLES], next[key as keyof typeof VARIABLES]) ? [variable] : [],
    ),
  ];
}
