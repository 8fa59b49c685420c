import type { Waited } from "../core/acceptance.js";
import type { Command } from "../core/command.js";
import type { Decision } from "../core/decide.js";
import type { Entitlement } from "../core/entitlement.js";
import type { Refusal } from "../core/problem.js";
import type { Change, Now, StoredReply } from "./change.js";
import type { JournalState } from "./journal-rows.js";

/** What is to be done about a call, once its entitlement is known: written at once, or the account system asked. */
export type Plan =
  Extract<Decision, { kind: "refuse" | "ask" }> | { readonly kind: "write"; readonly change: Change };

export type Replay = "always" | "untilNextMove";

export interface BeginItem {
  readonly journalKey: string;
  /** Stands for the request id where there is none. */
  readonly rowId: string;
  readonly attemptToken: string;
  readonly fingerprint: string;
  readonly leaseMs: number;
  readonly command: Command;
  /** Whose entitlement it is about: in whose lane it is settled, should nobody know what came of it. */
  readonly resellerId: string;
  /** How long a stored reply answers its request id: always, or until the entitlement has moved on (2.5.5). */
  readonly replay: Replay;
  /**
   * Called inside the transaction. Pure: a transaction that is run again calls it again. `waited`: of a command that
   * completes an accepted operation, what has happened since.
   */
  readonly plan: (before: Entitlement | null, now: Now, waited: Waited | null) => Plan;
}

/** The journal row that somebody else has open. `settleable`: nobody works on it now; `due`: its date has come. */
export interface Holder {
  readonly journalKey: string;
  readonly settleable: boolean;
  readonly due: boolean;
  readonly state: JournalState;
}

export type BeginOutcome =
  | {
      readonly kind: "ask";
      readonly before: Entitlement | null;
      readonly plan: Extract<Plan, { kind: "ask" }>;
      readonly rowId: string;
      readonly compensations: number;
      readonly now: Now;
    }
  /** `late`: it was settled when its first caller had been told that nobody knows. */
  | {
      readonly kind: "answered";
      readonly reply: StoredReply;
      readonly replayed: boolean;
      readonly late?: boolean;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** The same request id came with another content. */
  | { readonly kind: "otherCall" }
  /** The same call, or another call's turn on the entitlement, is under way. */
  | { readonly kind: "wait"; readonly for: "call" | "turn"; readonly holder: Holder };
