import fc from "fast-check";

const TEXTS = [
  "'; DROP TABLE entitlement; --",
  "' OR '1'='1",
  '" UNION SELECT * FROM credential --',
  "1; SELECT SLEEP(10)",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "{{7*7}}$" + "{7*7}<%= 7*7 %>",
  "$" + "{jndi:ldap://127.0.0.1/a}",
  "../../../../etc/passwd",
  "..\\..\\windows",
  "%00",
  "%s%n%x%d",
  "\0",
  "a\0b",
  "\r\nSet-Cookie: a=b",
  "\u202Etxt.exe",
  "\uFEFF",
  "e\u0301".repeat(300),
  "\u{1F468}\u200D\u{1F469}".repeat(200),
  "true",
  "null",
  "undefined",
  "NaN",
  "-1",
  "1e999",
  "2026-02-30T25:61:61Z",
  "9999999-01-01T00:00:00Z",
  "00000000-0000-0000-0000-00000000000g",
  " ",
  "__proto__",
  "constructor",
];

/** Texts that somebody would rather not meet. Each holds the canary, so that it is told wherever one ends up. */
export const hostileText = (canary) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...TEXTS).map((text) => `${canary}${text}`) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 60 }).map((text) => `${canary}${text}`) },
    { weight: 1, arbitrary: fc.integer({ min: 250, max: 5000 }).map((length) => canary.padEnd(length, "x")) },
  );

const json = (arbitrary) => arbitrary.map((value) => JSON.stringify(value));
const around = (depth, open, close, inner) => `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

/** Values as JSON text, since much of what JSON can say is lost in a value of JavaScript's. */
export const hostileJson = (canary) =>
  fc.oneof(
    { weight: 8, arbitrary: json(hostileText(canary)) },
    {
      weight: 5,
      arbitrary: fc.constantFrom(
        ..."null true false 0 -0 -1 1.5 1e400 -1e400 1e-400 9007199254740993 [] {} [[]] [null]".split(" "),
        '""',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        "123456789".repeat(40),
        '{"__proto__":{"admin":true}}',
        '{"constructor":{"prototype":{"admin":true}}}',
        '{"toString":1,"valueOf":1,"hasOwnProperty":1,"toJSON":1,"then":1,"length":-1}',
        '{"a":1,"a":2}',
        '{"$gt":""}',
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(60, 65, 500, 20_000), fc.constantFrom(["[", "]"], ['{"a":', "}"]))
        .map(([depth, [open, close]]) => around(depth, open, close, "1")),
    },
    { weight: 2, arbitrary: json(fc.jsonValue({ maxDepth: 4 })) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 100, max: 3000 }).map((count) => `[${[...Array(count).keys()].join()}]`),
    },
  );

/** Names that every object has, and some that none should. */
export const oddKey = (canary) =>
  fc.oneof(
    fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "toJSON", "then"),
    fc.constantFrom("", "/", "a/b", "~0", "a.b", "a[0]", "a[b]", "$where", "\0", "\ud800"),
    hostileText(canary),
  );

/** An object as text: entries may come twice, and in any order. */
export const objectText = (entries) =>
  `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;

/** What no field may be, whatever its schema says: a schema that lost a rule would not be missed otherwise. */
const NEVER = ['"\\u0000"', '"a\\ud800"', JSON.stringify("x".repeat(256)), around(70, '{"a":', "}", "1")];

/** Values that this schema refuses: null and "" count as not sent, so they are no fault by themselves. */
export const refusedBy = (schema, canary) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...NEVER) },
    {
      weight: 4,
      arbitrary: hostileJson(canary).filter((text) => {
        const value = JSON.parse(text);
        return value !== null && value !== "" && !schema.safeParse(value).success;
      }),
    },
  );

/** What a path can carry of any text. */
export const segment = (text) => encodeURIComponent(text.toWellFormed()).slice(0, 4000) || "-";
