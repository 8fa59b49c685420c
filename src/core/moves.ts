import type { Standing, State } from "./entitlement.js";
import type { ProblemCode } from "./problem.js";

/** What the account system can be asked to do for a move. `change` is an update. */
export const ACCOUNT_OPERATIONS = [
  "activate",
  "revoke",
  "suspend",
  "resume",
  "change",
  "endAtPeriod",
  "reinstate",
  "link",
  "eligibility",
] as const;
export type AccountOperation = (typeof ACCOUNT_OPERATIONS)[number];

/** One cell of the table of moves. */
export type Cell =
  | {
      readonly kind: "move";
      readonly to: readonly State[];
      readonly ask: AccountOperation;
      readonly note?: string;
    }
  /** The account system has nothing to do. */
  | { readonly kind: "written"; readonly to: readonly State[] }
  /** Bango is told, and nothing changes. */
  | { readonly kind: "told" }
  | { readonly kind: "alreadySo"; readonly note?: string }
  | { readonly kind: "freshUrl" }
  | { readonly kind: "refuse"; readonly code: ProblemCode }
  | { readonly kind: "never" };

const move = (ask: AccountOperation, ...to: State[]): Cell => ({ kind: "move", to, ask });
const written = (...to: State[]): Cell => ({ kind: "written", to });
const told: Cell = { kind: "told" };
const noted = (note: string, cell: Cell): Cell => ({ ...cell, note }) as Cell;
const refuse = (code: ProblemCode): Cell => ({ kind: "refuse", code });
const alreadySo: Cell = { kind: "alreadySo" };
const sameDate: Cell = { kind: "alreadySo", note: "same date" };
const freshUrl: Cell = { kind: "freshUrl" };
const never: Cell = { kind: "never" };
const conflict = refuse("conflict");
const notFound = refuse("notFound");
const alreadyExists = refuse("alreadyExists");

type Row = Readonly<Record<Standing, Cell>>;

const row = (
  none: Cell,
  PENDING: Cell,
  ACTIVE: Cell,
  ending: Cell,
  SUSPENDED: Cell,
  suspendedEnding: Cell,
  ENDED: Cell,
): Row => ({
  none,
  PENDING,
  ACTIVE,
  "ACTIVE-ENDING": ending,
  SUSPENDED,
  "SUSPENDED-ENDING": suspendedEnding,
  ENDED,
});

/**
 * The table of moves (2.4): the one source of what may happen to an entitlement. The runtime, the docs and the
 * model tests read it. Columns: none, PENDING, ACTIVE, ACTIVE-ENDING, SUSPENDED, SUSPENDED with an end date,
 * CANCELLED or REVOKED. `ask` is what the account system is asked; a PENDING entitlement that waits for the
 * customer has nothing there yet, so nothing is asked for it but by `activate` and `completeSignUp`. Whatever leaves
 * access as it is, for blocks, asks neither `suspend` nor `resume`.
 */
export const MOVES = {
  activate: row(
    move("activate", "PENDING", "ACTIVE"),
    freshUrl,
    alreadySo,
    alreadySo,
    alreadySo,
    alreadySo,
    alreadyExists,
  ),
  activateOther: row(
    never,
    alreadyExists,
    alreadyExists,
    alreadyExists,
    alreadyExists,
    alreadyExists,
    alreadyExists,
  ),
  completeSignUp: row(never, move("activate", "ACTIVE"), alreadySo, alreadySo, conflict, conflict, conflict),
  activationInfo: row(notFound, freshUrl, conflict, conflict, conflict, conflict, conflict),
  update: row(
    notFound,
    move("change", "PENDING"),
    move("change", "ACTIVE"),
    move("change", "ACTIVE-ENDING"),
    move("change", "SUSPENDED"),
    move("change", "SUSPENDED"),
    conflict,
  ),
  suspend: row(
    notFound,
    conflict,
    move("suspend", "SUSPENDED"),
    noted("end date kept", move("suspend", "SUSPENDED")),
    alreadySo,
    alreadySo,
    conflict,
  ),
  resume: row(
    notFound,
    conflict,
    alreadySo,
    alreadySo,
    move("resume", "ACTIVE"),
    move("resume", "ACTIVE-ENDING"),
    conflict,
  ),
  cancel: row(
    notFound,
    move("revoke", "CANCELLED"),
    move("endAtPeriod", "ACTIVE-ENDING", "CANCELLED"),
    sameDate,
    move("revoke", "CANCELLED"),
    sameDate,
    conflict,
  ),
  /** A cancel whose code is EXPIRED ends now: Bango's own end date has come. */
  cancelExpired: row(
    notFound,
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    conflict,
  ),
  reinstate: row(
    notFound,
    conflict,
    alreadySo,
    move("reinstate", "ACTIVE"),
    conflict,
    noted("end date cleared", move("reinstate", "SUSPENDED")),
    conflict,
  ),
  revoke: row(
    notFound,
    move("revoke", "REVOKED"),
    move("revoke", "REVOKED"),
    move("revoke", "REVOKED"),
    move("revoke", "REVOKED"),
    move("revoke", "REVOKED"),
    conflict,
  ),
  /** The merchant's own blocks: no states. A block that takes no access, or gives none back, asks nothing. */
  block: row(
    notFound,
    conflict,
    noted("the first block", move("suspend", "ACTIVE")),
    noted("the first block", move("suspend", "ACTIVE-ENDING")),
    written("SUSPENDED"),
    written("SUSPENDED"),
    conflict,
  ),
  unblock: row(
    notFound,
    conflict,
    noted("the last block", move("resume", "ACTIVE")),
    noted("the last block", move("resume", "ACTIVE-ENDING")),
    written("SUSPENDED"),
    written("SUSPENDED"),
    conflict,
  ),
  /** The customer has signed up with the wrong account: access moves to the right one. */
  relink: row(
    notFound,
    conflict,
    move("link", "ACTIVE"),
    move("link", "ACTIVE-ENDING"),
    move("link", "SUSPENDED"),
    move("link", "SUSPENDED"),
    conflict,
  ),
  /** Bango learns why nobody has signed up (yet). */
  notify: row(notFound, told, conflict, conflict, conflict, conflict, conflict),
  /** Our clock: the end date of a cancelled entitlement has come. */
  endDateReached: row(
    never,
    never,
    never,
    move("revoke", "CANCELLED"),
    never,
    move("revoke", "CANCELLED"),
    never,
  ),
  /** Our clock: PENDING longer than `limits.pendingMaxAgeMs` (off by default). */
  pendingTooOld: row(never, move("revoke", "CANCELLED"), never, never, never, never, never),
  /** Our clock: `dateExpiry` passed by `limits.expiryGraceMs` and Bango sent no end (off by default). */
  expiryPassed: row(
    never,
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    move("revoke", "CANCELLED"),
    never,
  ),
} as const satisfies Record<string, Row>;

export type Move = keyof typeof MOVES;

export const cellOf = (name: Move, standing: Standing): Cell => MOVES[name][standing];
