import { alreadySo, conflicts, moves } from "./watched.js";
import type { Cell } from "./watched.js";

/** What a cancel, or a terminate with immediate false, comes to. */
export const CANCEL_CELLS: readonly Cell[] = [
  moves("PENDING", "is cancelled, and the account system is not asked", "CANCELLED"),
  moves("PENDING for the account", "is cancelled", "CANCELLED", "revoke"),
  moves("ACTIVE", "ends with its paid period", "ACTIVE-ENDING", "endAtPeriod"),
  moves("SUSPENDED", "is cancelled at once", "CANCELLED", "revoke"),
  ...alreadySo("ACTIVE-ENDING", "SUSPENDED-ENDING", "ended by our clock"),
  ...conflicts("CANCELLED", "REVOKED"),
];

/** What a revoke, or a terminate with immediate true, comes to. */
export const REVOKE_CELLS: readonly Cell[] = [
  moves("PENDING", "is revoked, and the account system is not asked", "REVOKED"),
  moves("PENDING for the account", "is revoked", "REVOKED", "revoke"),
  moves("ACTIVE", "is revoked", "REVOKED", "revoke"),
  moves("ACTIVE-ENDING", "is revoked", "REVOKED", "revoke"),
  moves("SUSPENDED", "is revoked", "REVOKED", "revoke"),
  moves("SUSPENDED-ENDING", "is revoked", "REVOKED", "revoke"),
  ...alreadySo("ended by our clock"),
  ...conflicts("CANCELLED", "REVOKED"),
];

/** What a cancel with code EXPIRED comes to: Bango's own end date has come, so nothing is left to wait for. */
export const EXPIRED_CELLS: readonly Cell[] = [
  moves("PENDING", "is cancelled, and the account system is not asked", "CANCELLED"),
  moves("PENDING for the account", "is cancelled", "CANCELLED", "revoke"),
  moves("ACTIVE", "is cancelled at once", "CANCELLED", "revoke"),
  moves("ACTIVE-ENDING", "is cancelled at once", "CANCELLED", "revoke"),
  moves("SUSPENDED", "is cancelled at once", "CANCELLED", "revoke"),
  moves("SUSPENDED-ENDING", "is cancelled at once", "CANCELLED", "revoke"),
  ...alreadySo("ended by our clock"),
  ...conflicts("CANCELLED", "REVOKED"),
];
