import type { Instant } from "./entitlement.js";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** ISO 8601, UTC, milliseconds and `Z`: the only form that leaves us. */
export const toIso = (at: Instant): string => new Date(at).toISOString();

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysInMonth = (year: number, month: number): number =>
  [31, isLeapYear(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 31;

/** The same day and time `months` later, in UTC; the last day of the month where that day is missing. */
export function addMonths(from: Instant, months: number): Instant {
  const date = new Date(from);
  const total = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  const year = Math.floor(total / 12);
  const month = total - year * 12;
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month));
  return Date.UTC(year, month, day) + (((from % DAY_MS) + DAY_MS) % DAY_MS);
}

/** The end of the monthly period, counted from `start`, that `now` lies in: always later than `now`. */
export function monthlyPeriodEnd(start: Instant, now: Instant): Instant {
  const days = Math.max(0, now - start) / DAY_MS;
  let months = Math.max(1, Math.floor(days / 31));
  while (addMonths(start, months) <= now) months += 1;
  return addMonths(start, months);
}
