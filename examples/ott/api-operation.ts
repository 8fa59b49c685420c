import type { Knex } from "knex";
import type { Answer } from "./answers.js";
import type { Outcome } from "./ledger.js";
import type { OperationName } from "./operator-switch.js";
import type { World } from "./world.js";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** What came with a call, before its body is known to be right. */
export interface Incoming {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface Route {
  readonly name: OperationName;
  readonly method: Method;
  readonly path: string;
}

/** Changes something: at most once for one idempotency key. */
export interface Effect extends Route {
  readonly isEffect: true;
  /** Throws a ZodError. */
  readonly read: (incoming: Incoming) => {
    /** What makes two calls with one key the same. */
    readonly content: string;
    readonly act: (books: Knex, now: number) => Promise<Outcome>;
  };
}

export interface Question extends Route {
  readonly isEffect: false;
  /** Throws a ZodError. */
  readonly read: (incoming: Incoming) => (world: World) => Promise<Answer>;
}

export type Operation = Effect | Question;
