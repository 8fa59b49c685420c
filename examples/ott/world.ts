import type { Knex } from "knex";
import type { Once } from "./once.js";
import type { OperatorSwitch } from "./operator-switch.js";
import type { SignInLimit } from "./sign-in-limit.js";

export type Log = (event: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

/** What all parts of one running service share. */
export interface World {
  readonly books: Knex;
  readonly once: Once;
  readonly operatorSwitch: OperatorSwitch;
  readonly signInLimit: SignInLimit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly apiToken: string;
  readonly log: Log;
  /** Aborts what waits when the service stops. */
  readonly stopping: AbortSignal;
}
