import fc from "fast-check";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "../../dist/src/contract/merchant-operations.js";
import { MERCHANT_BODIES } from "../../dist/src/contract/merchant-requests.js";
import { OPERATIONS } from "../../dist/src/contract/operations.js";
import { SHAPES } from "../../dist/src/contract/request-schemas.js";
import { badAdmin, badCaller } from "./credentials.mjs";
import { refusedBody } from "./bodies.mjs";
import { hostileJson, hostileText, objectText, oddKey, refusedBy, segment } from "./hostile.mjs";
import {
  landing,
  looks,
  oddBodyPath,
  oddHeaders,
  oddPath,
  sandboxDoor,
  tokenRequest,
} from "./other-doors.mjs";

const JSON_HEADER = ["Content-Type", "application/json"];
const CHANGES = OPERATIONS.filter(({ changes }) => changes);
const MERCHANT_CHANGES = MERCHANT_OPERATIONS.filter(({ method }) => method === "POST");

const changedBy = ({ operation, method, path }, id, auth) => ({
  what: `Server API: ${operation}`,
  port: "public",
  method,
  path: path.replace("{merchantEntitlementId}", id),
  headers: auth,
});

/** Whether the operation names the entitlement in its body alone. */
const namedInBody = ({ path }) => !path.includes("{");

const goodEntries = (operation, id) =>
  operation === "activate"
    ? [
        ["entitlementId", '"0190a0b0-0000-7000-8000-00000000abcd"'],
        ["resellerId", '"BANGOTEL"'],
        ["productKey", '"MUSIC_DIRECT"'],
        ["sharedCustomerId", '"a-customer-that-must-not-be"'],
      ]
    : [["merchantEntitlementId", JSON.stringify(id)]];

/** A call that would be good, but for one field that its schema refuses; the last of a name is the one that counts. */
const faultyField = ({ canary, good, existing }) =>
  fc.constantFrom(...CHANGES).chain((route) => {
    const shape = Object.entries(SHAPES[route.operation]).filter(
      ([name]) => name !== "merchantEntitlementId" || namedInBody(route),
    );
    return fc.constantFrom(...shape).chain(([name, schema]) =>
      fc
        .tuple(
          fc.constantFrom(...existing),
          refusedBy(schema, canary),
          fc.array(fc.tuple(oddKey(canary), hostileJson(canary)), { maxLength: 2 }),
        )
        .map(([id, text, others]) => ({
          ...changedBy(route, id, [...good, JSON_HEADER]),
          body: objectText([...others, ...goodEntries(route.operation, id), [name, text]]),
        })),
    );
  });

/** Every field anything at all, of an entitlement or a reseller that nobody has. */
const stranger = ({ canary, good }) =>
  fc.constantFrom(...CHANGES).chain((route) => {
    const names = Object.keys(SHAPES[route.operation]);
    const field = fc.tuple(fc.oneof(fc.constantFrom(...names), oddKey(canary)), hostileJson(canary));
    return fc.tuple(hostileText(canary), fc.array(field, { maxLength: 6 })).map(([id, fields]) => ({
      ...changedBy(route, segment(id), [...good, JSON_HEADER]),
      body: objectText([
        ...fields,
        route.operation === "activate" ? ["resellerId", '"NOBODY"'] : ["merchantEntitlementId", '"nobody"'],
      ]),
    }));
  });

const brokenBody = ({ good, existing }) =>
  fc.tuple(fc.constantFrom(...CHANGES), fc.constantFrom(...existing)).chain(([route, id]) =>
    refusedBody(objectText(goodEntries(route.operation, id))).map(({ headers, body }) => ({
      ...changedBy(route, id, [...good, ...headers]),
      body,
    })),
  );

/** Good calls of somebody who may not make them. */
const badlyKnown = ({ canary, existing, secrets }) =>
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.constantFrom(...existing), badCaller(canary, secrets))
    .map(([route, id, auth]) => ({
      ...changedBy(route, id, [...auth, JSON_HEADER]),
      body: objectText(goodEntries(route.operation, id)),
    }));

const merchantPath = (path, id) => `${MERCHANT_API_BASE}${path.replace(/:\w+/, id)}`;

/** What its own API refuses: unknown fields, beside whatever else. */
const merchantField = ({ canary, operate, existing }) =>
  fc.constantFrom(...MERCHANT_CHANGES).chain((route) => {
    const names = Object.keys(MERCHANT_BODIES[route.operation].shape);
    const name = names.length === 0 ? oddKey(canary) : fc.oneof(fc.constantFrom(...names), oddKey(canary));
    return fc
      .tuple(
        fc.oneof(fc.constantFrom(...existing), hostileText(canary).map(segment)),
        fc.array(fc.tuple(name, hostileJson(canary)), { maxLength: 5 }),
      )
      .map(([id, fields]) => ({
        what: `Merchant API: ${route.operation}`,
        port: "admin",
        method: "POST",
        path: merchantPath(route.path, id),
        headers: [...operate, JSON_HEADER],
        body: objectText([...fields, ["nobodyKnowsThis", "1"]]),
      }));
  });

const merchantBroken = ({ canary, operate, existing, secrets }) =>
  fc
    .tuple(
      fc.constantFrom(...MERCHANT_CHANGES),
      fc.constantFrom(...existing),
      refusedBody('{"reasonCode":"x"}'),
      fc.oneof(fc.constant(operate), badAdmin(canary, secrets)),
      fc.boolean(),
    )
    .map(([route, id, { headers, body }, auth, twice]) => ({
      what: "Merchant API: bodies and credentials",
      port: "admin",
      method: "POST",
      path: merchantPath(route.path, id),
      headers: [
        ...auth,
        ...headers,
        ...(twice
          ? [
              ["Idempotency-Key", "a"],
              ["Idempotency-Key", "b"],
            ]
          : []),
      ],
      body,
    }));

/** Requests of which each must be refused, or only looks. */
export const anyRequest = (world) =>
  fc.oneof(
    { weight: 30, arbitrary: faultyField(world) },
    { weight: 15, arbitrary: stranger(world) },
    { weight: 8, arbitrary: brokenBody(world) },
    { weight: 8, arbitrary: badlyKnown(world) },
    { weight: 10, arbitrary: merchantField(world) },
    { weight: 5, arbitrary: merchantBroken(world) },
    { weight: 6, arbitrary: looks(world) },
    { weight: 4, arbitrary: oddPath(world) },
    { weight: 2, arbitrary: oddBodyPath(world) },
    { weight: 2, arbitrary: oddHeaders(world) },
    { weight: 4, arbitrary: tokenRequest(world) },
    { weight: 8, arbitrary: landing(world) },
    { weight: 2, arbitrary: sandboxDoor(world) },
  );
