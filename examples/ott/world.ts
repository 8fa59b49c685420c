import type { Knex } from "knex";
import type { Limit } from "./limit.js";
import type { Once } from "./once.js";
import type { OperatorSwitch } from "./operator-switch.js";

export type Log = (event: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

/** What all parts of one running service share. */
export interface World {
  readonly books: Knex;
  readonly once: Once;
  readonly operatorSwitch: OperatorSwitch;
  /** Of wrong passwords, by the address that was typed. */
  readonly signInLimit: Limit;
  /** Of accounts opened on the pages, by network address. */
  readonly signUpLimit: Limit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly apiToken: string;
  readonly log: Log;
  /** Aborts what waits when the service stops. */
  readonly stopping: AbortSignal;
}
