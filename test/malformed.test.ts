import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { z } from "zod";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "../src/contract/merchant-operations.js";
import { OPERATIONS } from "../src/contract/operations.js";
import { SHAPES } from "../src/contract/request-schemas.js";
import { ADMIN_TOKEN, inDefaultShape } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { codeOf, idOf } from "./support/watched.js";

// A small part of what `npm run abuse` sends a hundred thousand of.
const onEveryDatabase = inDefaultShape("the paths and fields are written as the default contract has them");

const JSON_HEADER = { "Content-Type": "application/json" };
const CHANGES = OPERATIONS.filter(({ changes }) => changes);
const MERCHANT_CHANGES = MERCHANT_OPERATIONS.filter(({ method }) => method === "POST");

/** As JSON text: much of what JSON can say is lost in a value of JavaScript's. */
const jsonText = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    "1e400",
    "-0",
    "12345678901234567890",
    '"\\ud800"',
    '"\\u0000"',
    '"\'; DROP TABLE entitlement; --"',
    '"<script>alert(1)</script>"',
    '{"__proto__":{"status":"ACTIVE"}}',
    '{"toString":1,"toJSON":2,"then":3}',
    JSON.stringify("x".repeat(256)),
    `${"[".repeat(70)}${"]".repeat(70)}`,
    `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
  ),
);

/** What no field may be, whatever its schema says. */
const NEVER = [
  '"\\u0000"',
  '"a\\ud800"',
  JSON.stringify("x".repeat(256)),
  `${'{"a":'.repeat(70)}1${"}".repeat(70)}`,
] as const;

/** What this field may not be; null and "" count as not sent. */
const refusedBy = (schema: z.ZodType): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...NEVER),
    jsonText.filter((text) => {
      const value: unknown = JSON.parse(text);
      return value !== null && value !== "" && !schema.safeParse(value).success;
    }),
  );

const oddKey = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "then", "a/b", "~", "$where"),
  fc.string({ maxLength: 10 }).map((name) => `odd-${name}`),
);

const objectText = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;

const goodFields = (body: object): [string, string][] =>
  Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)]);

/** Of this operation, a field and what it may not be, beside fields that nobody knows. */
const faultyField = fc.constantFrom(...CHANGES).chain(({ operation }) =>
  fc
    .constantFrom(
      ...Object.entries<z.ZodType>(SHAPES[operation]).filter(([name]) => name !== "merchantEntitlementId"),
    )
    .chain(([name, schema]) =>
      fc.record({
        operation: fc.constant(operation),
        fault: refusedBy(schema).map((text) => [name, text] as const),
        others: fc.array(fc.tuple(oddKey, jsonText), { maxLength: 3 }),
      }),
    ),
);

const activeId = async (given: Scenario): Promise<string> =>
  idOf((await given.activate()).body as Record<string, string>);

onEveryDatabase("requests that nobody would write", (given) => {
  it("are refused with 400 for any field that does not fit, and write nothing", async () => {
    const id = await activeId(given);
    const before = await given.tables();
    await fc.assert(
      fc.asyncProperty(faultyField, async ({ operation, fault, others }) => {
        const good = operation === "activate" ? given.newActivation() : { merchantEntitlementId: id };
        const namedInBody = operation === "activate" || operation === "update";
        // Where a name comes twice the last one counts: the fault is not overwritten.
        const body = objectText([...others, ...goodFields(good), fault]);
        const reply = await given.call(operation, namedInBody ? null : id, { body, headers: JSON_HEADER });
        expect(codeOf(reply)).toEqual([400, "BAD_REQUEST"]);
      }),
      { numRuns: 300 },
    );
    expect(await given.tables()).toEqual(before);
  });

  it("are refused by the Merchant API too", async () => {
    const id = await activeId(given);
    const before = await given.tables();
    const request = fc.tuple(
      fc.constantFrom(...MERCHANT_CHANGES),
      fc.array(fc.tuple(oddKey, jsonText), { minLength: 1, maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(request, async ([{ path }, fields]) => {
        const reply = await given.admin
          .post(`${MERCHANT_API_BASE}${path.replace(/:\w+/, id)}`)
          .set({ ...JSON_HEADER, Authorization: `Bearer ${ADMIN_TOKEN}` })
          .send(objectText(fields));
        expect([reply.status, (reply.body as { code: string }).code]).toEqual([400, "badRequest"]);
      }),
      { numRuns: 100 },
    );
    expect(await given.tables()).toEqual(before);
  });

  it("find no path that fails, whatever its bytes", async () => {
    const before = await given.tables();
    const segment = fc.oneof(
      fc.constantFrom("%00", "%ff", "%2e%2e", "%2F", "%", "%zz", "..", "", ";a=b", "x".repeat(3000)),
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => encodeURIComponent(text)),
    );
    const path = fc
      .tuple(fc.constantFrom("/bango/v1/entitlement/", "/activate/", "/oauth2/", "/"), fc.array(segment))
      .map(([start, segments]) => start + segments.join("/"));
    const asked = fc.tuple(path, fc.constantFrom("post", "put", "patch", "delete", "options"));
    await fc.assert(
      fc.asyncProperty(asked, async ([where, method]) => {
        const reply = await given.http[method as "post"](where);
        expect(reply.status).toBeGreaterThanOrEqual(200);
        expect(reply.status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
    expect(await given.tables()).toEqual(before);
    expect(given.logged().filter(({ level }) => level === "error")).toEqual([]);
  });
});

onEveryDatabase("a name that comes twice in one object", (given) => {
  const sent = (...more: readonly (readonly [string, string])[]) =>
    given.call("activate", null, {
      body: objectText([...goodFields(given.newActivation()), ...more]),
      headers: JSON_HEADER,
    });

  it("counts as it came last, in what is checked, done and kept", async () => {
    expect((await sent(["productKey", '"NOTHING"'], ["productKey", '"MUSIC_PREMIUM"'])).body).toMatchObject({
      status: "ACTIVE",
      productKey: "MUSIC_PREMIUM",
    });
    expect((await sent(["resellerId", '"NOBODY"'])).status).toBe(403);
    expect(codeOf(await sent(["productKey", "7"]))).toEqual([400, "BAD_REQUEST"]);
  });

  it("makes no other call of a repeat that says it once", async () => {
    const body = given.newActivation({ requestId: randomUUID() });
    const first = await given.call("activate", null, {
      body: objectText([["sharedCustomerId", '"somebody-else"'], ...goodFields(body)]),
      headers: JSON_HEADER,
    });
    const second = await given.call("activate", null, { body });
    expect([first.status, second.text]).toEqual([201, first.text]);
  });
});
