import type { Environment } from "../config/environment.js";
import type { Contract } from "../contract/contract.js";
import type { Config } from "../config/config.js";

/** What every command is handed. */
export interface Cli {
  readonly config: (overrides?: Environment, sandboxAccounts?: object) => Config;
  /** How Bango speaks to us, by the configured file alone. */
  readonly contract: () => Contract;
  /** `env:NAME` and `file:PATH` in it replaced, as in the configuration; throws ConfigError. */
  readonly resolve: (value: unknown, path: string) => unknown;
  readonly print: (text: string) => void;
  /** The exit code of a command that ran, but found a fault. */
  readonly fail: (text: string) => void;
  /** Says that nothing is left to do: the process ends soon, whatever somebody else's code has left open in it. */
  readonly leave: () => void;
}
