import type { Entitlement } from "../core/entitlement.js";
import type { HistoryEvent } from "../core/fold.js";
import { entitlementOf, historyEventOf } from "./entitlement-rows.js";
import { marks, select } from "./script.js";
import type { Param, Script } from "./script.js";

/** Which resellers' entitlements may be seen: a list, or all. */
export type ResellerScope = readonly string[] | "*";

const withinScope = (scope: ResellerScope): { sql: string; params: readonly Param[] } =>
  scope === "*" ? { sql: "", params: [] } : { sql: ` AND resellerId IN (${marks(scope)})`, params: scope };

/** By our id, or by the request id of the activating call; our own id goes first, then the newest. */
export function* findByAnyId(id: string, scope: ResellerScope): Script<Entitlement | null> {
  if (scope.length === 0) return null;
  const { sql, params } = withinScope(scope);
  const [own] = yield* select(`SELECT * FROM entitlement WHERE merchantEntitlementId = ?${sql}`, [
    id,
    ...params,
  ]);
  if (own) return entitlementOf(own);
  const [requested] = yield* select(
    `SELECT * FROM entitlement WHERE activationRequestId = ?${sql} ORDER BY merchantEntitlementId DESC LIMIT 1`,
    [id, ...params],
  );
  return requested ? entitlementOf(requested) : null;
}

export function* findByIdentity(identity: string, scope: ResellerScope): Script<Entitlement | null> {
  if (scope.length === 0) return null;
  const { sql, params } = withinScope(scope);
  const [row] = yield* select(`SELECT * FROM entitlement WHERE identity = ?${sql}`, [identity, ...params]);
  return row ? entitlementOf(row) : null;
}

export function* listHistory(merchantEntitlementId: string): Script<HistoryEvent[]> {
  const rows = yield* select("SELECT * FROM history WHERE merchantEntitlementId = ? ORDER BY version", [
    merchantEntitlementId,
  ]);
  return rows.map(historyEventOf);
}

export interface EntitlementFilter {
  readonly resellerId?: string | undefined;
  readonly status?: string | undefined;
  /** Any of the three customer ids. */
  readonly customer?: string | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const CUSTOMER_IDS = ["sharedCustomerId", "bangoUserId", "customerIdentifier"] as const;

/** Newest first, a page at a time. A customer is looked for by each of the three ids, which have an index each. */
export function* listEntitlements(filter: EntitlementFilter): Script<Entitlement[]> {
  if (filter.customer === undefined) return yield* listPage(filter, null);
  const found = new Map<string, Entitlement>();
  for (const column of CUSTOMER_IDS)
    for (const one of yield* listPage(filter, column)) found.set(one.merchantEntitlementId, one);
  return [...found.values()]
    .sort((one, other) => (one.merchantEntitlementId > other.merchantEntitlementId ? -1 : 1))
    .slice(0, filter.limit);
}

function* listPage(
  filter: EntitlementFilter,
  customerId: (typeof CUSTOMER_IDS)[number] | null,
): Script<Entitlement[]> {
  const conditions: string[] = [];
  const params: Param[] = [];
  const where = (sql: string, ...values: Param[]): void => {
    conditions.push(sql);
    params.push(...values);
  };
  const { resellerId, status, customer, after, limit } = filter;
  if (after !== undefined) where("merchantEntitlementId < ?", after);
  if (resellerId !== undefined) where("resellerId = ?", resellerId);
  if (status !== undefined) where("status = ?", status);
  if (customer !== undefined && customerId !== null) where(`${customerId} = ?`, customer);
  const rows = yield* select(
    `SELECT * FROM entitlement${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`} ORDER BY merchantEntitlementId DESC LIMIT ${String(limit)}`,
    params,
  );
  return rows.map(entitlementOf);
}
