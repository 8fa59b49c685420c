import { describe, expect, it } from "@jest/globals";
import { makeSlidingWindow } from "../../src/http/sliding-window.js";

function windowAt(count = 2, keysMax = 3) {
  const clock = { ms: 0 };
  return { clock, window: makeSlidingWindow({ count, windowMs: 1000 }, () => clock.ms, keysMax) };
}

describe("a sliding window", () => {
  it("lets so many through within the window, and one more when the first has left it", () => {
    const { clock, window } = windowAt();
    expect(window.take("a")).toBe(true);
    clock.ms = 600;
    expect([window.take("a"), window.take("a")]).toEqual([true, false]);
    clock.ms = 999;
    expect(window.take("a")).toBe(false);
    clock.ms = 1000;
    expect([window.take("a"), window.take("a")]).toEqual([true, false]);
  });

  it("keeps one key from another", () => {
    const { window } = windowAt(1);
    expect([window.take("a"), window.take("b"), window.take("a")]).toEqual([true, true, false]);
  });

  it("gives back what was not to be counted", () => {
    const { window } = windowAt(1);
    window.take("a");
    window.giveBack("a");
    expect(window.take("a")).toBe(true);
    window.giveBack("never taken");
  });

  it("says in whole seconds when to come again", () => {
    const { clock, window } = windowAt(1);
    window.take("a");
    expect(window.retryAfterSeconds("a")).toBe(1);
    clock.ms = 999;
    expect(window.retryAfterSeconds("a")).toBe(1);
    expect(window.retryAfterSeconds("never taken")).toBe(1);
  });

  it("forgets the key that was quiet the longest, so that memory stays flat", () => {
    const { window } = windowAt(1);
    for (const key of ["a", "b", "c"]) window.take(key);
    expect(window.take("a")).toBe(false);
    window.take("d");
    expect(window.take("a")).toBe(false);
    expect(window.take("b")).toBe(true);
  });
});
