import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { chooseReturnUrl, formTargets } from "../../src/client-api/return-url.js";

const SHOP = "https://shop.example/a";
const isTaken = (asked: string, listed = SHOP): boolean =>
  chooseReturnUrl(["https://first.example/", listed], [asked]) !== "https://first.example/";

describe("choosing the return URL", () => {
  it.each([
    SHOP,
    `${SHOP}/`,
    `${SHOP}/b`,
    `${SHOP}?order=1#top`,
    "https://shop.example:443/a/b",
    "HTTPS://SHOP.EXAMPLE/a",
    `${SHOP}/x/../b`,
    `${SHOP}//evil.example`,
  ])("takes %s, which is below a listed one", (asked) => {
    expect(isTaken(asked)).toBe(true);
  });

  it.each([
    "https://shop.example/ab",
    "https://shop.example/A",
    "https://shop.example/",
    "https://shop.example",
    `${SHOP}/../b`,
    `${SHOP}/%2e%2e/b`,
    `${SHOP}/..%2fb`,
    `${SHOP}/..%5Cb`,
    "http://shop.example/a",
    "https://shop.example:8443/a",
    "https://shop.example./a",
    "https://www.shop.example/a",
    "https://shop.example.evil.example/a",
    "https://evilshop.example/a",
    "https://evil.example/https://shop.example/a",
    "https://evil.example?https://shop.example/a",
    "https://evil.example#https://shop.example/a",
    "https://shop.example@evil.example/a",
    "https://shop.example:x@evil.example/a",
    "https://user@shop.example/a",
    "https://user:password@shop.example/a",
    "https://@shop.example/a",
    "https:\\\\shop.example\\a",
    "https://shop.example\\a",
    "https://evil.example\\@shop.example/a",
    "https://shop.example/a\\..\\b",
    "//shop.example/a",
    "///shop.example/a",
    "/a",
    "a",
    "\\\\shop.example/a",
    "",
    " ",
    ` ${SHOP}`,
    "https://shop.example/a\r\nSet-Cookie: x=1",
    "https://shop.example/a\tb",
    "ht\ntps://shop.example/a",
    "javascript:alert(1)//https://shop.example/a",
    "javascript://shop.example/a%0aalert(1)",
    "data:text/html,https://shop.example/a",
    "blob:https://shop.example/a",
    "view-source:https://shop.example/a",
    "ftp://shop.example/a",
    `${SHOP}/${"x".repeat(2048)}`,
  ])("does not take %j", (asked) => {
    expect(isTaken(asked)).toBe(false);
  });

  it("compares apps by scheme and host, since the origin of each is null", () => {
    expect(isTaken("musicapp://done/x", "musicapp://done")).toBe(true);
    expect(isTaken("otherapp://done/x", "musicapp://done")).toBe(false);
    expect(isTaken("musicapp://other/x", "musicapp://done")).toBe(false);
    expect(isTaken("javascript:alert(1)", "musicapp://done")).toBe(false);
  });

  it("lets a listed path with a slash at its end stand for what is below it alone", () => {
    expect(isTaken("https://shop.example/a/b", "https://shop.example/a/")).toBe(true);
    expect(isTaken("https://shop.example/a", "https://shop.example/a/")).toBe(false);
    expect(isTaken("https://shop.example/anything", "https://shop.example")).toBe(true);
  });

  it("takes the first asked that is listed, else the first listed, else none", () => {
    const listed = ["https://shop.example/a", "https://other.example/"];
    expect(chooseReturnUrl(listed, [`${SHOP}/1`, "https://other.example/2"])).toBe(`${SHOP}/1`);
    expect(chooseReturnUrl(listed, ["https://evil.example/", "https://other.example/2"])).toBe(
      "https://other.example/2",
    );
    expect(chooseReturnUrl(listed, [null, undefined, "https://evil.example/"])).toBe(SHOP);
    expect(chooseReturnUrl([], [SHOP])).toBeNull();
  });

  it("passes over a listed one that has two meanings", () => {
    expect(chooseReturnUrl(["https://user@shop.example/", "mailto:a@b", "nonsense", SHOP], [])).toBe(SHOP);
  });

  it("gives a header only what it can carry", () => {
    expect(chooseReturnUrl([SHOP], [`${SHOP}/ü?ä=ö`])).toBe(`${SHOP}/%C3%BC?%C3%A4=%C3%B6`);
  });

  it("never leads elsewhere, whatever is asked", () => {
    const pieces = fc.constantFrom(
      ..."https: http: // / \\ @ : # ? .. . %2e %2f %5c shop.example evil.example a b user".split(" "),
      "\t",
      "\n",
      " ",
      "\u3002",
      "javascript:",
    );
    const asked = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 8 }).map((parts) => SHOP + parts.join("")),
    );
    fc.assert(
      fc.property(asked, (text) => {
        const chosen = chooseReturnUrl([SHOP], [text]);
        expect(chosen).toMatch(/^https:\/\/shop\.example\/a(?:[/?#][!-~]*)?$/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("what a form may be redirected to", () => {
  it("is each listed origin once, and of an app its scheme", () => {
    expect(
      formTargets(["https://a.example/x", "https://a.example/y", "http://localhost:3000/", "app://done"]),
    ).toEqual(["https://a.example", "http://localhost:3000", "app:"]);
  });

  it("cannot add a directive to the policy", () => {
    expect(formTargets(["https://a;script-src/", "https://b,c/", "https://'self'/", "nonsense"])).toEqual([]);
  });
});
