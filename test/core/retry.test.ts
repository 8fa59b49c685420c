import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RETRY_PAUSES_SECONDS, retryPauseMs } from "../../src/core/retry.js";

const HOUR_MS = 3_600_000;
const scheduleMs = (dice: () => number): number[] => {
  const pauses: number[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const pause = retryPauseMs(attempts, dice());
    if (pause === null) return pauses;
    pauses.push(pause);
  }
};
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe("the pauses between attempts", () => {
  it("span 72 hours, a tenth more or less, whatever the dice", () => {
    expect(sum(scheduleMs(() => 0.5)) / HOUR_MS).toBeGreaterThan(72);
    expect(sum(scheduleMs(() => 0.5)) / HOUR_MS).toBeLessThan(74);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (dice) => {
        let thrown = 0;
        const pauses = scheduleMs(() => dice[thrown++ % dice.length] ?? 0);
        const hours = sum(pauses) / HOUR_MS;
        return pauses.length === RETRY_PAUSES_SECONDS.length && hours >= 72 * 0.9 && hours <= 74 * 1.1;
      }),
    );
  });

  it("begin with a second and never grow shorter", () => {
    expect(retryPauseMs(1, 0)).toBe(900);
    expect(retryPauseMs(1, 0.5)).toBe(1000);
    expect(retryPauseMs(1, 1)).toBe(1100);
    const pauses = scheduleMs(() => 0.5);
    expect([...pauses].sort((left, right) => left - right)).toEqual(pauses);
  });

  it("end after the last attempt of the schedule", () => {
    expect(retryPauseMs(RETRY_PAUSES_SECONDS.length, 0.5)).toBe(43_200_000);
    expect(retryPauseMs(RETRY_PAUSES_SECONDS.length + 1, 0.5)).toBeNull();
  });

  it("are shortened in proportion for tests", () => {
    expect(retryPauseMs(2, 0.5, 0.01)).toBe(50);
  });
});
