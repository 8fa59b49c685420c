import type { Json } from "../../core/entitlement.js";

export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

/** JSON's long integers have lost their last digits by now: another account's reference, perhaps. */
export const isRounded = (value: unknown): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);

/** With its offset: Date.parse reads "01/07/2026" and "Plan 3", too. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;
/** A day of 1973; what is smaller counts seconds, and would be read as an end long past. */
const EARLIEST_MS = 1e11;

/** ISO 8601, or milliseconds; NaN where it is neither. */
export function instantOf(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return ISO.test(value) ? Date.parse(value) : Number.NaN;
  return typeof value === "number" && value >= EARLIEST_MS ? value : Number.NaN;
}
