import type { SlotClaim } from "../core/decide.js";
import type { Dialect } from "./dialect.js";
import { numberOf, select, textOf } from "./script.js";
import type { Script } from "./script.js";

/**
 * Reserves a free slot of the customer for `journalKey`, or finds the one that the entitlement already holds.
 * False where none is free. Racing calls insert the same number: the key decides, and the loser tries the next.
 */
export function* reserveSlot(
  dialect: Dialect,
  claim: Omit<SlotClaim, "refusal">,
  merchantEntitlementId: string,
  journalKey: string,
): Script<boolean> {
  for (;;) {
    const rows = yield* select(
      "SELECT slotNumber, merchantEntitlementId FROM slot WHERE customerKey = ? AND scope = ?",
      [claim.customerKey, claim.scope],
    );
    if (rows.some((row) => textOf(row, "merchantEntitlementId") === merchantEntitlementId)) return true;
    const taken = new Set(rows.map((row) => numberOf(row, "slotNumber")));
    const free = firstFree(taken, claim.max);
    if (free === null) return false;
    yield* dialect.insertNew(
      "slot",
      ["customerKey", "scope", "slotNumber"],
      ["customerKey", "scope", "slotNumber", "merchantEntitlementId", "reservedBy"],
      [[claim.customerKey, claim.scope, free, merchantEntitlementId, journalKey]],
    );
  }
}

function firstFree(taken: ReadonlySet<number>, max: number): number | null {
  for (let number = 0; number < max; number += 1) if (!taken.has(number)) return number;
  return null;
}
