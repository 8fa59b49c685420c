import type { ConfigFile } from "./schema.js";

export type Profile = "production" | "sandbox";

/** Everything that the process is told. Frozen: only compose and main read it. */
export interface Config {
  readonly profile: Profile;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** Express's `trust proxy`: how many proxies, or which addresses; false for none. */
  readonly trustProxy: number | string | false;
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly replicas: number;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  readonly file: ConfigFile;
  /** Secrets that the sandbox has made and may print; null elsewhere. */
  readonly sandbox: {
    readonly username: string;
    readonly password: string;
    readonly adminToken: string;
  } | null;
  /** Sections and keys that were read, but have no effect in this release. */
  readonly notInForce: readonly string[];
}
