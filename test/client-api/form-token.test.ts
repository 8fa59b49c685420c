import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { isFormTokenGood, issueFormToken } from "../../src/client-api/form-token.js";

const KEY = Buffer.alloc(32, 7);
const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const issued = issueFormToken(KEY, "link", "hosted-sign-up", NOW);
const isGood = (sent: string, now = NOW, { key = KEY, token = "link" } = {}): boolean =>
  isFormTokenGood(key, token, "hosted-sign-up", { sent, now });

describe("the token in the form", () => {
  it("is good for its link, less than two hours", () => {
    expect(isGood(issued)).toBe(true);
    expect(isGood(issued, NOW + 2 * HOUR_MS - 1)).toBe(true);
    expect(isGood(issued, NOW + 2 * HOUR_MS)).toBe(false);
  });

  it("bears a replica's clock that is a little ahead, and no more", () => {
    expect(isGood(issued, NOW - 60_000)).toBe(true);
    expect(isGood(issued, NOW - 60_001)).toBe(false);
  });

  it("is worth nothing for another link, another form or under another key", () => {
    expect(isGood(issued, NOW, { token: "link2" })).toBe(false);
    expect(isGood(issued, NOW, { key: Buffer.alloc(32, 8) })).toBe(false);
    const other = issueFormToken(KEY, "link", "another-form" as "hosted-sign-up", NOW);
    expect(isGood(other)).toBe(false);
  });

  it("does not bear a later date put on it", () => {
    const [, signature] = issued.split(".");
    expect(isGood(`${String(NOW + HOUR_MS)}.${signature!}`, NOW + HOUR_MS)).toBe(false);
  });

  it.each([
    "",
    ".",
    issued.slice(0, -1),
    `${issued}A`,
    ` ${issued}`,
    `${String(NOW)}.`,
    `${String(NOW)}.${"A".repeat(43)}`,
  ])("is refused when forged or cut: %j", (sent) => {
    expect(isGood(sent)).toBe(false);
  });

  it("is refused whatever else is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, at) => {
        expect(isGood(text)).toBe(false);
        expect(isGood(`${String(at)}.${text}`, at)).toBe(false);
      }),
    );
  });
});
