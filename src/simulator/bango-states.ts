/** Bango's own states (1.5) and moves, written out here on purpose: they must not come from the code under test. */
const BANGO_STATES = [
  "PENDING",
  "ACTIVE",
  "ACTIVE-ENDING",
  "SUSPENDED",
  "CANCELLED",
  "REVOKED",
  "FAILED",
] as const;
export type BangoState = (typeof BANGO_STATES)[number];

export const isBangoState = (value: unknown): value is BangoState =>
  BANGO_STATES.some((state) => state === value);

export const isEnded = (state: BangoState | null): boolean => state === "CANCELLED" || state === "REVOKED";

/** What the merchant may tell Bango (4.1); `terminate` is three rows, by `immediate` and `terminationDate`. */
export type Report = "activate" | "suspend" | "resume" | "endLater" | "endNow" | "revoke" | "update";

type Row = readonly (BangoState | null)[];

/**
 * What becomes of an entitlement when the merchant reports, in the order of BANGO_STATES; null is 409. FAILED means
 * that access is unknown (1.3), so there every report is believed.
 */
const REPORTS: Readonly<Record<Report, Row>> = {
  activate: ["ACTIVE", null, null, null, null, null, "ACTIVE"],
  suspend: [null, "SUSPENDED", "SUSPENDED", null, null, null, "SUSPENDED"],
  resume: [null, null, null, "ACTIVE", null, null, "ACTIVE"],
  endLater: ["CANCELLED", "ACTIVE-ENDING", "ACTIVE-ENDING", "SUSPENDED", null, null, "ACTIVE-ENDING"],
  endNow: ["CANCELLED", "CANCELLED", "CANCELLED", "CANCELLED", null, null, "CANCELLED"],
  revoke: ["REVOKED", "REVOKED", "REVOKED", "REVOKED", null, null, "REVOKED"],
  update: ["PENDING", "ACTIVE", "ACTIVE-ENDING", "SUSPENDED", null, null, "FAILED"],
};

/** A resumed entitlement whose end date is set goes on ending. */
export function stateAfterReport(state: BangoState, report: Report, hasEndDate: boolean): BangoState | null {
  const next = REPORTS[report][BANGO_STATES.indexOf(state)] ?? null;
  return report === "resume" && next === "ACTIVE" && hasEndDate ? "ACTIVE-ENDING" : next;
}

/** What BangoTel may ask for that changes something; Bango passes it on to the merchant. */
export type Change =
  "activate" | "update" | "suspend" | "resume" | "cancel" | "revoke" | "terminate" | "reinstate";

/**
 * The states that a final reply (200, 201) of the merchant may carry; the first is taken where the reply carries none.
 * CANCELLED after a revoke: it had ended before. SUSPENDED after a cancel: the end date was set before.
 */
const EXPECTED: Readonly<Record<Exclude<Change, "terminate" | "update">, readonly BangoState[]>> = {
  activate: ["ACTIVE", "ACTIVE-ENDING", "SUSPENDED"],
  suspend: ["SUSPENDED"],
  resume: ["ACTIVE", "ACTIVE-ENDING"],
  cancel: ["ACTIVE-ENDING", "CANCELLED", "SUSPENDED", "REVOKED"],
  revoke: ["REVOKED", "CANCELLED"],
  reinstate: ["ACTIVE", "SUSPENDED"],
};

export function statesExpected(
  change: Change,
  immediate: boolean,
  now: BangoState | null,
): readonly BangoState[] {
  if (change === "terminate") return EXPECTED[immediate ? "revoke" : "cancel"];
  if (change === "update") return now === null || now === "FAILED" ? ["ACTIVE"] : [now];
  return EXPECTED[change];
}

/** What a reseller would ask for in this state; the page offers these first. */
const SENSIBLE: Readonly<Record<BangoState, readonly Change[]>> = {
  PENDING: ["update", "cancel", "revoke"],
  ACTIVE: ["suspend", "update", "cancel", "revoke"],
  "ACTIVE-ENDING": ["reinstate", "suspend", "update", "revoke"],
  SUSPENDED: ["resume", "update", "cancel", "revoke"],
  CANCELLED: [],
  REVOKED: [],
  FAILED: ["suspend", "resume", "cancel", "revoke"],
};

export const isSensible = (state: BangoState | null, change: Change): boolean =>
  state !== null && SENSIBLE[state].includes(change);
