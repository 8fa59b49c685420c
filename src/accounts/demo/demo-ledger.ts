import type { Knex } from "knex";
import type { AccountResult } from "../../core/account-result.js";
import { toIso } from "../../core/dates.js";

interface EffectRow {
  readonly idempotencyKey: string;
  readonly merchantEntitlementId: string;
  readonly entitlementId: string | null;
  readonly operation: string;
  readonly result: string;
  readonly at: number;
}

/** One entry of the demo's own books. `at`: ISO 8601, business clock. */
export interface LedgerEntry {
  readonly idempotencyKey: string;
  readonly operation: string;
  readonly result: AccountResult["kind"];
  readonly at: string;
}

export async function findEffect(knex: Knex, idempotencyKey: string): Promise<AccountResult | null> {
  const row = await knex<EffectRow>("demo_effect").where({ idempotencyKey }).first();
  return row ? (JSON.parse(row.result) as AccountResult) : null;
}

export async function insertEffect(
  knex: Knex,
  effect: Omit<EffectRow, "result"> & { readonly result: AccountResult },
): Promise<void> {
  await knex<EffectRow>("demo_effect").insert({ ...effect, result: JSON.stringify(effect.result) });
}

/** Every effect on one entitlement, by Bango's id, oldest first. */
export async function listLedger(knex: Knex, entitlementId: string): Promise<LedgerEntry[]> {
  const rows = await knex<EffectRow>("demo_effect")
    .where({ entitlementId })
    .orderBy(["at", "idempotencyKey"]);
  return rows.map((row) => ({
    idempotencyKey: row.idempotencyKey,
    operation: row.operation,
    result: (JSON.parse(row.result) as AccountResult).kind,
    at: toIso(row.at),
  }));
}
