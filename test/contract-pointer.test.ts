import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Json, JsonObject } from "../src/core/entitlement.js";
import {
  pathFault,
  pathOf,
  pathsClash,
  readAt,
  removeAt,
  stepsOf,
  writeAt,
} from "../src/contract/pointer.js";

const step = fc
  .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
const steps = fc.array(step, { minLength: 1, maxLength: 4 });
// As JSON brings it: there is no minus zero in it.
const json = fc.jsonValue().map((value) => copy(value as Json));
const body = fc.dictionary(step, json, { noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
const copy = <Value extends Json>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe("a path", () => {
  it.each([
    ["status", ["status"]],
    ["a~1b", ["a~1b"]],
    ["/status", ["status"]],
    ["/a/b/0", ["a", "b", "0"]],
    ["/a~1b/m~0n", ["a/b", "m~n"]],
    ["/~01", ["~1"]],
  ])("%s leads through %j", (path, expected) => {
    expect(stepsOf(path)).toEqual(expected);
    expect(pathFault(path)).toBeNull();
  });

  it("is written as it is read, whatever its steps are", () => {
    fc.assert(
      fc.property(steps, (some) => {
        expect(stepsOf(pathOf(some))).toEqual(some);
      }),
    );
  });

  it.each([
    "",
    "/",
    "/a/",
    "//a",
    "/a/~",
    "/a~2",
    "__proto__",
    "/a/__proto__",
    "constructor",
    "/prototype/x",
  ])("%j is refused, and why", (path) => {
    expect(pathFault(path)).toMatch(/\S/);
    expect(pathFault(`/ok${path.startsWith("/") ? path : `/${path}`}`)).toMatch(/\S/);
  });

  it("of more than 255 characters is refused", () => {
    expect(pathFault("a".repeat(255))).toBeNull();
    expect(pathFault("a".repeat(256))).toMatch(/255/);
  });

  it.each([
    ["a", "/a", true],
    ["/a", "/a/b", true],
    ["/a/b/c", "a", true],
    ["/a/b", "/a/c", false],
    ["/a", "/ab", false],
    ["/a~1b", "a/b", true],
  ])("%s and %s clash: %s", (left, right, clash) => {
    expect(pathsClash(left, right)).toBe(clash);
    expect(pathsClash(right, left)).toBe(clash);
  });
});

describe("reading", () => {
  const value = { a: { b: [{ c: 1 }, null] }, "/x": 2, "": 3, t: "text" };

  it.each([
    ["/a/b/0/c", 1],
    ["/a/b/1", null],
    ["/~1x", 2],
    ["t", "text"],
    ["/a/b/2", undefined],
    ["/a/b/-", undefined],
    ["/a/b/00", undefined],
    ["/a/b/length", undefined],
    ["/t/0", undefined],
    ["/t/length", undefined],
    ["/nothing/there", undefined],
    ["toString", undefined],
    ["/__proto__/toString", undefined],
    ["/constructor/name", undefined],
  ])("%s finds %j", (path, expected) => {
    expect(readAt(value, path)).toEqual(expected);
  });

  it.each([undefined, null, 7, "text", true])("finds nothing in %j", (nothing) => {
    expect(readAt(nothing, "/a")).toBeUndefined();
    expect(readAt(nothing, "a")).toBeUndefined();
  });

  it("never finds __proto__, though JSON may have a field of that name", () => {
    expect(readAt(JSON.parse('{"__proto__":{"a":1}}') as JsonObject, "/__proto__/a")).toBeUndefined();
  });
});

describe("writing", () => {
  it("is found again there, leaves everything that does not clash, and leaves the body JSON", () => {
    fc.assert(
      fc.property(body, steps, steps, json, (target, where, elsewhere, value) => {
        const [path, other] = [pathOf(where), pathOf(elsewhere)];
        fc.pre(!pathsClash(path, other));
        const before = copy(target);
        let written: JsonObject;
        try {
          written = writeAt(copy(target), path, value);
        } catch {
          // There was a value, or a list without such a place, on the way: it has stayed.
          fc.pre(false);
          return;
        }
        expect(readAt(written, path)).toEqual(value);
        expect(readAt(written, other)).toEqual(readAt(before, other));
        expect(copy(written)).toEqual(written);
      }),
    );
  });

  it("of fields that do not clash comes out the same in any order", () => {
    expect(writeAt(writeAt({}, "/a/b", 1), "/a/c", 2)).toEqual({ a: { b: 1, c: 2 } });
    expect(writeAt(writeAt({}, "/a/c", 2), "/a/b", 1)).toEqual({ a: { b: 1, c: 2 } });
  });

  it("changes the target itself", () => {
    const target = { a: 1 };
    expect(writeAt(target, "b", 2)).toBe(target);
    expect(target).toEqual({ a: 1, b: 2 });
  });

  it("knows lists: an index that is there, or one past the end", () => {
    expect(writeAt({ list: [1] }, "/list/0", 2)).toEqual({ list: [2] });
    expect(writeAt({ list: [1] }, "/list/1", 2)).toEqual({ list: [1, 2] });
    expect(writeAt({ list: [1] }, "/list/-", 2)).toEqual({ list: [1, 2] });
    for (const path of ["/list/2", "/list/x", "/list/01"])
      expect(() => writeAt({ list: [1] }, path, 2)).toThrow(path);
  });

  it.each(["/__proto__/polluted", "/a/constructor/prototype/polluted", "__proto__", ""])(
    "%j throws and touches no prototype",
    (path) => {
      const target: JsonObject = { a: {} };
      expect(() => writeAt(target, path, true)).toThrow("cannot be written");
      expect(target).toEqual({ a: {} });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it("does not write through a value", () => {
    expect(() => writeAt({ a: "text" }, "/a/b", 1)).toThrow("on the way");
    expect(() => writeAt({ a: null }, "/a/b", 1)).toThrow("on the way");
  });
});

describe("removing", () => {
  it("undoes what was written into a body that had nothing there", () => {
    fc.assert(
      fc.property(body, steps, json, (target, where, value) => {
        const [first = ""] = where;
        fc.pre(!Object.hasOwn(target, first));
        const before = copy(target);
        expect(removeAt(writeAt(copy(target), pathOf(where), value), pathOf(where))).toEqual(before);
      }),
    );
  });

  it("takes the objects with it that it leaves empty, and no others", () => {
    expect(removeAt({ a: { b: { c: 1 }, d: {} }, e: 2 }, "/a/b/c")).toEqual({ a: { d: {} }, e: 2 });
    expect(removeAt({ a: { b: { c: 1 } } }, "/a/b/c")).toEqual({});
    expect(removeAt({ a: { b: 1, c: 2 } }, "/a/b")).toEqual({ a: { c: 2 } });
  });

  it("leaves a list as long as it was", () => {
    expect(removeAt({ list: [{ a: 1 }, { a: 2 }] }, "/list/0/a")).toEqual({ list: [null, { a: 2 }] });
    expect(removeAt({ list: [1, 2] }, "/list/0")).toEqual({ list: [null, 2] });
  });

  it("of what is not there changes nothing", () => {
    for (const path of ["x", "/a/x", "/a/b/c", "/__proto__/toString", "/list/5"])
      expect(removeAt({ a: { b: 1 }, list: [1] }, path)).toEqual({ a: { b: 1 }, list: [1] });
    expect(typeof {}.toString).toBe("function");
  });
});
