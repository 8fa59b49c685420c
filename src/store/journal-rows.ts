import type { AccountResult } from "../core/account-result.js";
import type { Command } from "../core/command.js";
import type { StoredReply } from "./change.js";
import { numberOf, numberOrNull, textOf, textOrNull } from "./script.js";
import type { Row } from "./script.js";

/**
 * begun: its attempt runs, until `dueAt`. unknown: the account system may or may not have done it. found: it has,
 * and the activation waits for somebody to want it. done: answered. lapsed: undone by a compensation; only its
 * count is of interest. All but done and lapsed hold the entitlement's turn.
 */
export type JournalState = "begun" | "unknown" | "found" | "done" | "lapsed";

/** Those of calls that have begun and not ended. */
export const OPEN_STATES = ["begun", "unknown", "found"] as const satisfies readonly JournalState[];

/** A call that has begun and not ended. */
export interface OpenRow {
  readonly journalKey: string;
  readonly rowId: string;
  readonly attemptToken: string;
  readonly state: JournalState;
  readonly identity: string;
  readonly merchantEntitlementId: string;
  /** Null in rows of a release that did not note it. */
  readonly resellerId: string | null;
  readonly command: Command;
  readonly found: AccountResult | null;
  readonly compensations: number;
  readonly settleCount: number;
  /** When the account system was last asked, at the latest; database clock. */
  readonly askedAt: number;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly note: string | null;
}

export const OPEN_COLUMNS =
  "journalKey, rowId, attemptToken, state, identity, merchantEntitlementId, resellerId, command, found, compensations, settleCount, askedAt, createdAt, dueAt, note";

export const stateOf = (row: Row): JournalState => textOf(row, "state") as JournalState;

export function openRowOf(row: Row): OpenRow {
  const found = textOrNull(row, "found");
  return {
    journalKey: textOf(row, "journalKey"),
    rowId: textOf(row, "rowId"),
    attemptToken: textOf(row, "attemptToken"),
    state: stateOf(row),
    identity: textOf(row, "identity"),
    merchantEntitlementId: textOf(row, "merchantEntitlementId"),
    resellerId: textOrNull(row, "resellerId"),
    command: JSON.parse(textOf(row, "command")) as Command,
    found: found === null ? null : (JSON.parse(found) as AccountResult),
    compensations: numberOf(row, "compensations"),
    settleCount: numberOf(row, "settleCount"),
    // A process that died has asked before its lease ended, if at all.
    askedAt: numberOrNull(row, "askedAt") ?? numberOf(row, "dueAt"),
    createdAt: numberOf(row, "createdAt"),
    dueAt: numberOf(row, "dueAt"),
    note: textOrNull(row, "note"),
  };
}

export function replyOf(row: Row): StoredReply | null {
  const status = numberOrNull(row, "replyStatus");
  if (status === null || stateOf(row) !== "done") return null;
  const number = numberOrNull(row, "linkNumber");
  return {
    status,
    body: textOf(row, "replyBody"),
    link:
      number === null
        ? null
        : { number, keyId: textOf(row, "linkKeyId"), expiresAt: numberOf(row, "linkExpiresAt") },
  };
}
