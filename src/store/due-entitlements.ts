import type { Entitlement, Instant } from "../core/entitlement.js";
import { entitlementOf } from "./entitlement-rows.js";
import { select, textOf } from "./script.js";
import type { Param, Script } from "./script.js";

/** Of entitlements that our clock has to end: enough to begin with, since each is read again under its turn. */
export interface DueEntitlement {
  readonly entitlement: Entitlement;
  readonly move: "endDateReached" | "pendingTooOld" | "expiryPassed";
}

export interface DueBefore {
  readonly endsAt: Instant;
  /** Null where the rule is off. */
  readonly pendingCreatedAt: Instant | null;
  readonly expiryAt: Instant | null;
}

interface Rule {
  readonly move: DueEntitlement["move"];
  readonly where: string;
  readonly params: readonly Param[];
  /** Its index is in this order, too. */
  readonly order: string;
}

function rulesOf({ endsAt, pendingCreatedAt, expiryAt }: DueBefore): Rule[] {
  const rules: Rule[] = [{ move: "endDateReached", where: "endsAt <= ?", params: [endsAt], order: "endsAt" }];
  if (pendingCreatedAt !== null)
    rules.push({
      move: "pendingTooOld",
      where: "status = 'PENDING' AND dateCreated <= ?",
      params: [pendingCreatedAt],
      order: "dateCreated",
    });
  if (expiryAt !== null)
    for (const status of ["PENDING", "ACTIVE", "ACTIVE-ENDING", "SUSPENDED"])
      rules.push({
        move: "expiryPassed",
        where: "status = ? AND dateExpiry <= ?",
        params: [status, expiryAt],
        order: "dateExpiry",
      });
  return rules;
}

/**
 * The resellers that have entitlements to end. Few are due, and a reseller may have millions that are not: with the
 * status, which no index of resellers has, no engine walks along such an index for what is distinct.
 */
export function* listDueResellers(before: DueBefore): Script<string[]> {
  const found = new Set<string>();
  for (const { where, params } of rulesOf(before)) {
    const rows = yield* select(`SELECT DISTINCT resellerId, status FROM entitlement WHERE ${where}`, params);
    for (const row of rows) found.add(textOf(row, "resellerId"));
  }
  return [...found];
}

/** Those of one reseller, at most `limit` by each rule, the longest due first. */
export function* listDueEntitlements(
  before: DueBefore,
  resellerId: string,
  limit: number,
): Script<DueEntitlement[]> {
  const due: DueEntitlement[] = [];
  for (const { move, where, params, order } of rulesOf(before)) {
    // COALESCE, so that no engine takes an index of resellers for this either.
    const rows = yield* select(
      `SELECT * FROM entitlement WHERE ${where} AND COALESCE(resellerId, '') = ? ORDER BY ${order} LIMIT ${String(limit)}`,
      [...params, resellerId],
    );
    due.push(...rows.map((row) => ({ entitlement: entitlementOf(row), move })));
  }
  return due;
}
