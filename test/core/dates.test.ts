import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { DAY_MS, HOUR_MS, addMonths, monthlyPeriodEnd, toIso } from "../../src/core/dates.js";

const at = (text: string): number => Date.parse(text);
/** From 1970 to 2100, to the millisecond. */
const instants = fc.integer({ min: 0, max: at("2100-01-01T00:00:00Z") });

/** The same by the platform's own calendar: go there, and step back out of a month that was overshot. */
function monthsLater(from: number, months: number): number {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const month = date.getUTCMonth();
  date.setUTCDate(day);
  if (date.getUTCMonth() !== month) date.setUTCDate(0);
  return date.getTime();
}

describe("some months later", () => {
  it.each([
    ["2026-01-15T10:20:30.400Z", 1, "2026-02-15T10:20:30.400Z"],
    ["2026-01-31T23:59:59.999Z", 1, "2026-02-28T23:59:59.999Z"],
    ["2028-01-31T00:00:00.000Z", 1, "2028-02-29T00:00:00.000Z"],
    ["2026-01-31T00:00:00.000Z", 2, "2026-03-31T00:00:00.000Z"],
    ["2026-12-31T12:00:00.000Z", 2, "2027-02-28T12:00:00.000Z"],
    ["2099-12-31T12:00:00.000Z", 2, "2100-02-28T12:00:00.000Z"],
    ["1999-12-31T12:00:00.000Z", 2, "2000-02-29T12:00:00.000Z"],
    ["2026-11-30T00:00:00.000Z", 3, "2027-02-28T00:00:00.000Z"],
    ["2026-05-31T08:00:00.000Z", 0, "2026-05-31T08:00:00.000Z"],
    ["1969-12-31T23:00:00.000Z", 1, "1970-01-31T23:00:00.000Z"],
  ])("%s and %d months is %s", (from, months, expected) => {
    expect(toIso(addMonths(at(from), months))).toBe(expected);
  });

  it("is what the platform's calendar says", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 600 }), (from, months) => {
        expect(addMonths(from, months)).toBe(monthsLater(from, months));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the end of a monthly period", () => {
  it.each([
    ["2026-01-31T00:00:00.000Z", "2026-01-31T00:00:00.000Z", "2026-02-28T00:00:00.000Z"],
    ["2026-01-31T00:00:00.000Z", "2026-02-27T23:59:59.999Z", "2026-02-28T00:00:00.000Z"],
    ["2026-01-31T00:00:00.000Z", "2026-02-28T00:00:00.000Z", "2026-03-31T00:00:00.000Z"],
    ["2026-01-15T00:00:00.000Z", "2031-06-20T00:00:00.000Z", "2031-07-15T00:00:00.000Z"],
    // A clock that was set back: the first period is still the first.
    ["2026-01-15T00:00:00.000Z", "2025-06-20T00:00:00.000Z", "2026-02-15T00:00:00.000Z"],
  ])("begun %s, now %s: %s", (start, now, expected) => {
    expect(toIso(monthlyPeriodEnd(at(start), at(now)))).toBe(expected);
  });

  it("is the first anniversary later than now, found by counting from the start", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -DAY_MS, max: 40 * 366 * DAY_MS }), (start, passed) => {
        const now = start + passed;
        let months = 1;
        while (monthsLater(start, months) <= now) months += 1;
        expect(monthlyPeriodEnd(start, now)).toBe(monthsLater(start, months));
      }),
      { numRuns: 1000 },
    );
  });

  it("stays right at the very edge of each anniversary", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 500 }), (start, months) => {
        const edge = monthsLater(start, months);
        expect(monthlyPeriodEnd(start, edge - 1)).toBe(edge);
        expect(monthlyPeriodEnd(start, edge)).toBe(monthsLater(start, months + 1));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("how instants leave us", () => {
  it("is ISO 8601, UTC, milliseconds and Z", () => {
    expect(toIso(0)).toBe("1970-01-01T00:00:00.000Z");
    expect(toIso(at("2026-03-15T12:00:00.05+02:00"))).toBe("2026-03-15T10:00:00.050Z");
    expect(DAY_MS / HOUR_MS).toBe(24);
  });
});
