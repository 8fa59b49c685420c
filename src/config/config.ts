import type { OutboundSettings } from "../contract/outbound-settings.js";
import type { ConfigFile } from "./schema.js";

export type Profile = "production" | "sandbox";

/** What differs by machine: from the environment. */
export interface MachineConfig {
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
  readonly simulatorPort: number;
  /** Null where nobody chose one: the usual, or any free one. */
  readonly exampleOttPort: number | null;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Secrets that the sandbox has made and may print; null elsewhere. */
  readonly sandbox: {
    readonly username: string;
    readonly password: string;
    readonly adminToken: string;
    /** What the simulator's Bango wants to hear from us. */
    readonly bangoPassword: string;
  } | null;
}

/** How to call Bango. */
export interface BangoConfig extends OutboundSettings {
  readonly baseUrl: string;
  readonly username: string;
  /** One, or two while they are changed: where the first is refused, the second is tried. */
  readonly password: readonly string[];
}

/** Everything that the process is told. Frozen: only compose and main read it. */
export interface Config extends MachineConfig {
  /** Of all resellers that name none of their own; null where Bango is not to be called. */
  readonly bango: BangoConfig | null;
  readonly file: ConfigFile;
  /** Whether there is a file that says which account system it is; the sandbox has one of its own where none does. */
  readonly namesAccounts: boolean;
  /** Where the file lies: relative modules are found from there. */
  readonly fileFolder: string;
  /** Sections and keys that were read, but have no effect in this release. */
  readonly notInForce: readonly string[];
}
