import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import type { PresentContract } from "../src/contract/diff/present-contract.js";
import { diffContract } from "../src/contract/diff/contract-diff.js";
import type { ContractDiff } from "../src/contract/diff/contract-diff.js";
import { fieldsOf } from "../src/contract/diff/foreign-schema.js";
import { presentContract } from "../src/contract/diff/present-contract.js";
import { fits, operationOfWord, stateNames } from "../src/contract/diff/words.js";
import { contractSchema } from "../src/contract/contract-schema.js";
import { effectiveContract } from "../src/contract/contract.js";
import type { Contract } from "../src/contract/contract.js";
import { openApiDocument } from "../src/contract/openapi/document.js";
import { OPERATION_NAMES } from "../src/contract/operations.js";
import { outboundFaults } from "../src/contract/outbound-faults.js";
import type { OutboundSettings } from "../src/contract/outbound-settings.js";
import { pathOf } from "../src/contract/pointer.js";

const DEFAULT = effectiveContract(contractSchema.parse({}));
const asPasted = (contract: unknown): Contract => effectiveContract(contractSchema.parse(contract));

function diffOf(root: unknown, present: PresentContract = presentContract()): ContractDiff {
  const { diff, fault } = diffContract(root, present);
  expect(fault).toBeNull();
  return diff!;
}
const keys = (diff: ContractDiff): Record<string, unknown> =>
  Object.fromEntries(diff.differences.map(({ key, value }) => [key.join("."), value]));
const unmatched = (diff: ContractDiff, side: string): string[] =>
  diff.unmatched.filter((one) => one.side === side).map(({ what }) => what);

const ok = { responses: { 200: { description: "ok" }, 202: { description: "later" } } };

describe("our own document", () => {
  it.each(["https://merchant.example.com", "https://merchant.example.com/"])(
    "served at %s has no difference, and nothing is left over",
    (server) => {
      expect(diffOf(openApiDocument(DEFAULT, server))).toMatchObject({
        differences: [],
        unmatched: [],
        settings: {},
      });
    },
  );

  it("finds each operation where it is", () => {
    const { matched } = diffOf(openApiDocument(DEFAULT, "https://merchant.example.com"));
    expect(matched.map(({ ours }) => ours).sort()).toEqual([...OPERATION_NAMES].sort());
    expect(matched).toContainEqual({
      ours: "suspend",
      document: "POST /bango/v1/entitlement/{merchantEntitlementId}/suspend",
    });
  });

  it("under another path of the server differs in that", () => {
    const diff = diffOf(openApiDocument(DEFAULT, "https://merchant.example.com/tv"));
    expect(keys(diff)["contract.operations.read.path"]).toBe(
      "/tv/bango/v1/entitlement/{merchantEntitlementId}",
    );
    expect(Object.keys(keys(diff)).every((key) => key.endsWith(".path"))).toBe(true);
    expect(diff.differences).toHaveLength(OPERATION_NAMES.length);
  });
});

/** The routes of the preset `dvm` as 2.6 lists them, by paths alone. */
const DVM = {
  openapi: "3.1.0",
  paths: {
    "/bango/entitlements": {
      post: { responses: { 200: {}, 202: {} } },
      patch: { responses: { 200: {}, 202: {} } },
    },
    "/bango/entitlements/{merchantEntitlementId}": { get: { responses: { 200: {} } } },
    "/bango/entitlements/{merchantEntitlementId}/activationInfo": { get: { responses: { 200: {} } } },
    "/bango/entitlements/{merchantEntitlementId}/suspend": { post: ok },
    "/bango/entitlements/{merchantEntitlementId}/resume": { post: ok },
    "/bango/entitlements/{merchantEntitlementId}/terminate": { post: ok },
    "/bango/echo/{echoRequestId}": { get: { responses: { 200: {} } } },
  },
};

describe("a document like the preset dvm", () => {
  it("is found by words and shapes, and needs its paths and the answer to what is active at once", () => {
    const diff = diffOf(DVM);
    expect(diff.settings).toEqual({
      contract: {
        operations: {
          activate: { path: "/bango/entitlements", success: { created: 200 } },
          activationInfo: { path: "/bango/entitlements/{merchantEntitlementId}/activationInfo" },
          read: { path: "/bango/entitlements/{merchantEntitlementId}" },
          update: { path: "/bango/entitlements" },
          suspend: { path: "/bango/entitlements/{merchantEntitlementId}/suspend" },
          resume: { path: "/bango/entitlements/{merchantEntitlementId}/resume" },
          terminate: { path: "/bango/entitlements/{merchantEntitlementId}/terminate" },
          echo: { path: "/bango/echo/{echoRequestId}" },
        },
      },
    });
    expect(unmatched(diff, "document")).toEqual([]);
    expect(unmatched(diff, "ours")).toEqual(["cancel", "revoke", "reinstate"]);
  });

  it("needs nothing more once its keys are pasted, or the preset is set", () => {
    const { contract } = diffOf(DVM).settings as { contract: object };
    expect(diffOf(DVM, presentContract(asPasted(contract))).differences).toEqual([]);
    const diff = diffOf(DVM, presentContract(asPasted({ preset: "dvm" })));
    expect([diff.differences, diff.unmatched]).toEqual([[], []]);
  });

  it("says of each key which call of the document it is for, and what is in force", () => {
    expect(diffOf(DVM).differences[0]).toEqual({
      key: ["contract", "operations", "activate", "path"],
      value: "/bango/entitlements",
      present: "/bango/v1/entitlement",
      from: "POST /bango/entitlements",
    });
  });
});

describe("a document in which everything is otherwise", () => {
  const odd = parse(readFileSync(join(import.meta.dirname, "support/documents/odd.yaml"), "utf8")) as unknown;
  const diff = diffOf(odd);

  it("leaves no difference once they are pasted", () => {
    const { contract } = diff.settings as { contract: object };
    expect(diffOf(odd, presentContract(asPasted(contract))).differences).toEqual([]);
  });

  it("is told in the keys of the configuration", () => {
    expect(keys(diff)).toEqual({
      "contract.operations.activate.path": "/tv/subscriptions",
      "contract.operations.activate.success.created": 200,
      "contract.operations.activate.success.signUp": 200,
      "contract.operations.activate.request.entitlementId": ["/entitlement/id"],
      "contract.operations.activate.request.resellerId": ["reseller"],
      "contract.operations.activate.request.productKey": ["/product/code"],
      "contract.operations.activate.request.customerIdentifier": ["customer_id"],
      "contract.operations.activate.reply.responseCode": "/result/code",
      "contract.operations.activate.reply.status": "/data/state",
      "contract.operations.activate.reply.merchantEntitlementId": "/data/merchant~1ref",
      "contract.operations.read.path": "/tv/subscriptions",
      "contract.operations.read.query.merchantRef": "merchantEntitlementId",
      "contract.operations.read.reply.responseCode": "/result/code",
      "contract.operations.read.reply.status": "/data/state",
      "contract.operations.read.reply.merchantEntitlementId": "/data/merchant~1ref",
      "contract.operations.update.method": "PUT",
      "contract.operations.update.path": "/tv/subscriptions/{merchantEntitlementId}",
      "contract.operations.update.success.ok": 204,
      "contract.operations.update.request.entitlementId": ["/entitlement/id"],
      "contract.operations.update.request.productKey": ["/product/code"],
      "contract.operations.update.request.customerIdentifier": ["customer_id"],
      "contract.operations.suspend.path": "/tv/subscriptions/{merchantEntitlementId}/pause",
      "contract.operations.suspend.request.reasonCode": ["/why/reasonCode"],
      "contract.operations.suspend.reply.responseCode": "/result/code",
      "contract.operations.suspend.reply.status": "/data/state",
      "contract.operations.suspend.reply.merchantEntitlementId": "/data/merchant~1ref",
      "contract.operations.terminate.request.immediate": ["immediately"],
      "contract.operations.terminate.reply.responseCode": "/result/code",
      "contract.operations.terminate.reply.status": "/data/state",
      "contract.operations.terminate.reply.merchantEntitlementId": "/data/merchant~1ref",
      "contract.statusNames.PENDING": "Pending",
      "contract.statusNames.ACTIVE": "Active",
      "contract.statusNames.ACTIVE-ENDING": "Active_Ending",
      "contract.statusNames.SUSPENDED": "Paused",
      "contract.statusNames.CANCELLED": "Canceled",
      "contract.idempotency.source": "header",
      "contract.idempotency.header": "X-Transaction-Id",
    });
  });

  it("leaves over, with a reason each, what has no place on either side", () => {
    expect(unmatched(diff, "document")).toEqual(
      expect.arrayContaining([
        "POST /tv/subscriptions/{ref}/invoice",
        "POST /tv/subscriptions: colour",
        "POST /tv/subscriptions: region",
        "GET /tv/subscriptions: ?ref",
        "POST /tv/subscriptions/{ref}/pause: /why/free",
        "POST /tv/subscriptions/{ref}/{region}/termination: {region}",
      ]),
    );
    expect(unmatched(diff, "ours")).toEqual(expect.arrayContaining(["echo", "status REVOKED"]));
    for (const { reason } of diff.unmatched) expect(reason).toMatch(/\S{2}/);
  });
});

describe("an id in the query", () => {
  const settingsOf = (...names: readonly string[]) =>
    diffOf({
      openapi: "3.0.0",
      paths: {
        "/entitlement": {
          get: {
            operationId: "read",
            parameters: names.map((name) => ({ in: "query", name })),
            responses: { 200: {} },
          },
        },
      },
    }).settings;
  const reading = (query: object) => ({
    contract: { operations: { read: { path: "/entitlement", query } } },
  });

  it("is found by its name, or by being alone", () => {
    expect(settingsOf("merchant_entitlement_id")).toEqual(
      reading({ merchant_entitlement_id: "merchantEntitlementId" }),
    );
    expect(settingsOf("handle")).toEqual(reading({ handle: "merchantEntitlementId" }));
    expect(settingsOf("externalEntitlementId", "verbose")).toEqual(
      reading({ externalEntitlementId: "merchantEntitlementId" }),
    );
  });

  it("is no difference where it is one that is read already", () => {
    expect(settingsOf("entitlementId")).toEqual({
      contract: { operations: { read: { path: "/entitlement" } } },
    });
  });

  it("of a name that would reach a prototype is not put into the settings", () => {
    expect(JSON.stringify(settingsOf("__proto__"))).not.toContain("__proto__");
  });
});

describe("what we call on Bango", () => {
  const OUTBOUND = {
    swagger: "2.0",
    host: "eu.resale.api.bango.com",
    basePath: "/merchant-api-v1",
    paths: {
      "/entitlement/{entitlementId}/confirm": {
        put: {
          parameters: [
            { in: "header", name: "Idempotency-Key", type: "string" },
            {
              in: "body",
              name: "body",
              schema: {
                type: "object",
                additionalProperties: false,
                required: ["signature"],
                properties: {
                  entitlement: { properties: { id: { type: "string" } } },
                  activatedAt: { type: "string" },
                  signature: { type: "string" },
                },
              },
            },
          ],
          responses: {
            200: {
              schema: {
                properties: {
                  result: { properties: { code: { type: "string" } } },
                  entitlement: { properties: { status: { enum: ["ACTIVE", "ON_HOLD"] } } },
                },
              },
            },
          },
        },
      },
      "/entitlement/{entitlementId}/suspend": { post: ok },
      "/entitlement/{entitlementId}/refund": { post: ok },
    },
  };

  it("is matched to messages, and told in the keys of bango", () => {
    const diff = diffOf(OUTBOUND);
    expect(diff.settings).toEqual({
      bango: {
        operations: {
          activate: {
            method: "PUT",
            path: "/merchant-api-v1/entitlement/{entitlementId}/confirm",
            request: {
              requestId: null,
              entitlementId: "/entitlement/id",
              merchantEntitlementId: null,
              dateActivated: "activatedAt",
              merchantExtensionData: null,
            },
            reply: { responseCode: "/result/code", status: "/entitlement/status" },
          },
        },
        requestIdHeader: "Idempotency-Key",
        statusNames: { SUSPENDED: "ON_HOLD" },
      },
    });
    expect(unmatched(diff, "document")).toEqual([
      "POST /merchant-api-v1/entitlement/{entitlementId}/refund",
      "PUT /merchant-api-v1/entitlement/{entitlementId}/confirm: signature",
    ]);
    expect(unmatched(diff, "ours")).toContain("message notify");
  });

  it("is no difference any more once those keys are set", () => {
    const { bango } = diffOf(OUTBOUND).settings as unknown as { readonly bango: OutboundSettings };
    expect(outboundFaults(bango)).toEqual([]);
    expect(diffOf(OUTBOUND, presentContract(undefined, bango)).differences).toEqual([]);
  });

  it("may stand beside what Bango calls on us", () => {
    const both = { ...DVM, paths: { ...DVM.paths, "/merchant-api-v1/entitlement/{id}/end": { post: ok } } };
    expect(diffOf(both).settings).toEqual({
      ...diffOf(DVM).settings,
      bango: {
        operations: { terminate: { path: "/merchant-api-v1/entitlement/{entitlementId}/end" } },
      },
    });
  });
});

describe("a document", () => {
  it.each<[string, unknown]>([
    ["nothing", null],
    ["text", "openapi: 3"],
    ["a list", []],
    ["another format", { asyncapi: "3.0.0" }],
    ["no version", { paths: {} }],
    ["a version to come", { openapi: "4.0.0", paths: { "/a": { get: {} } } }],
    ["no paths", { openapi: "3.1.0" }],
    ["paths without a method", { openapi: "3.1.0", paths: { "/a": { summary: "nothing" } } }],
  ])("that is %s cannot be compared, and says why", (_name, root) => {
    const { diff, fault } = diffContract(root, presentContract());
    expect(diff).toBeNull();
    expect(fault).toMatch(/\S/);
  });

  it("of any shape at all is compared or refused, never a bug", () => {
    const names = fc.constantFrom(
      "openapi",
      "paths",
      "/entitlement/{id}",
      "get",
      "post",
      "parameters",
      "requestBody",
      "content",
      "application/json",
      "schema",
      "properties",
      "required",
      "allOf",
      "anyOf",
      "$ref",
      "enum",
      "responses",
      "200",
      "servers",
      "name",
      "in",
      "__proto__",
      "constructor",
    );
    const leaf = fc.oneof(
      fc.constantFrom("3.0.0", "query", "#/paths", "#/paths/~1entitlement~1{id}/get", "#", "%", "string"),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "large", withCrossShrink: true },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(names, tie("tree"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (item, components) => {
        const root = { openapi: "3.1.0", paths: { "/entitlement/{id}": item }, components };
        const { diff, fault } = diffContract(root, presentContract());
        expect(diff === null).toBe(fault !== null);
        expect(JSON.stringify(diff?.settings ?? {})).not.toContain("__proto__");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the fields of a schema", () => {
  const list = (schema: unknown, root: unknown = {}) =>
    fieldsOf(root, schema).fields.map(({ steps, required }) => `${pathOf(steps)}${required ? "!" : ""}`);

  it("end where a schema contains itself, directly or through others", () => {
    const root = {
      a: { properties: { b: { $ref: "#/b" }, self: { $ref: "#/a" } } },
      b: { properties: { a: { $ref: "#/a" }, leaf: {} } },
      loop: { $ref: "#/loop" },
    };
    expect(list({ $ref: "#/a" }, root)).toEqual(["b", "/b/a", "/b/leaf", "self"]);
    expect(list({ $ref: "#/loop" }, root)).toEqual([]);
    expect(list({ $ref: "https://elsewhere.example/a" }, root)).toEqual([]);
    expect(list({ $ref: "#/constructor/prototype" }, root)).toEqual([]);
  });

  it("are found in no more time than a reader would take, though every schema names every other", () => {
    const all = Array.from({ length: 30 }, (_, index) => `s${String(index)}`);
    const properties = Object.fromEntries(all.map((name) => [name, { $ref: `#/${name}` }]));
    const root = Object.fromEntries(all.map((name) => [name, { properties: { ...properties } }]));
    expect(list({ $ref: "#/s0" }, root).length).toBeLessThanOrEqual(2000);
  });

  it("are certain where everything around them is, in every alternative", () => {
    expect(
      list({
        required: ["a", "b"],
        properties: {
          a: { required: ["c"], properties: { c: {}, d: {} } },
          e: { required: ["f"], properties: { f: {} } },
        },
        allOf: [{ properties: { b: {} } }],
      }),
    ).toEqual(["a!", "/a/c!", "/a/d", "e", "/e/f", "b!"]);
    expect(
      list({
        oneOf: [
          { required: ["a", "b"], properties: { a: {}, b: {} } },
          { required: ["a"], properties: { a: {} } },
        ],
      }),
    ).toEqual(["a!", "b"]);
  });
});

describe("words", () => {
  it.each([
    ["createEntitlement", "activate"],
    ["Get_Activation_Info", "activationInfo"],
    ["getEntitlementById", "read"],
    ["suspension", "suspend"],
    ["postResumeRequest", "resume"],
    ["un-cancel", "reinstate"],
    ["entitlements", null],
    ["list", null],
  ])("%s is %s", (word, name) => {
    expect(operationOfWord(word, OPERATION_NAMES)).toBe(name);
  });

  it.each([
    [["reason", "code"], "reasonCode", true],
    [["cancelReasonCode"], "reasonCode", true],
    [["product", "code"], "reasonCode", false],
    [["PRODUCT_KEY"], "productKey", true],
    [["product", "key"], "productKey", true],
    [["offer", "status"], "status", false],
    [["data", "state"], "status", true],
    [["error", "code"], "responseCode", false],
    [["id"], "entitlementId", false],
  ])("%j for %s: %s", (steps, name, does) => {
    expect(fits(steps, name) > 0).toBe(does);
  });

  it("prefer our own spelling, then what differs in case alone, then others", () => {
    expect(fits(["status"], "status")).toBeGreaterThan(fits(["Status"], "status"));
    expect(fits(["Status"], "status")).toBeGreaterThan(fits(["state"], "status"));
    expect(stateNames(["ended", "Cancelled", "CANCELLED"])).toEqual({ CANCELLED: "CANCELLED" });
  });
});
