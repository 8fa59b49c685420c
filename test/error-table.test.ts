import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { OperationName } from "../src/contract/operations.js";
import { BANGOTEL, PASSWORD } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { cuttableApplication } from "./support/faults.js";
import { checkReply } from "./support/open-api-check.js";
import {
  PLACES,
  codeOf,
  forcing,
  idOf,
  itLeavesTheBooksInAgreement,
  rowsThatDiffer,
  unchangedBy,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const ENTITLEMENTS = "/bango/v1/entitlement";
const KIB = 1024;
const LIMITED = "limited:limited-password-0123456789";
const direct = { productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" };
const FILE = {
  inbound: {
    credentials: [
      { id: "bango-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
      {
        id: "limited-1",
        type: "basic",
        username: "limited",
        password: LIMITED.slice("limited:".length),
        resellers: ["OTHERTEL"],
      },
    ],
  },
  resellers: [
    BANGOTEL,
    {
      resellerId: "OTHERTEL",
      products: [direct, { productKey: "OTHER_MUSIC", plan: "basic", activation: "immediate" }],
      operations: { read: false, update: false, suspend: false, terminate: false, activationInfo: false },
    },
    { resellerId: "CLOSEDTEL", products: [direct], operations: { activate: false } },
  ],
};

/** One request past the helpers that only send what is well formed. */
interface Raw {
  readonly method?: "get" | "post" | "patch" | "put" | "delete";
  readonly path?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

async function send(given: Scenario, raw: Raw): Promise<Response> {
  const { method = "post", path = ENTITLEMENTS, type = "application/json", headers = {}, body } = raw;
  const request = given.http[method](path).auth("bango", PASSWORD).set(headers);
  if (body === undefined) return request;
  // Else superagent makes JSON of bytes that were meant as they are.
  return request
    .type(type)
    .serialize((bytes) => bytes as never)
    .send(body);
}

/** Every refusal: in the envelope, with the request id, and without a trace. */
async function expectRefusal(
  given: Scenario,
  act: () => Promise<Response>,
  [status, code]: readonly [number, string],
  but: readonly string[] = [],
): Promise<Response> {
  const reply = await unchangedBy(given, act, but);
  expect(codeOf(reply)).toEqual([status, code]);
  checkReply(null, reply.status, reply.body);
  expect(reply.headers["content-type"]).toMatch(/^application\/json/);
  expect(reply.headers["x-request-id"]).toMatch(/^[\w-]{8,}$/);
  expect(reply.headers["retry-after"]).toBe(status === 503 ? "2" : undefined);
  return reply;
}

const BAD_REQUEST = [400, "BAD_REQUEST"] as const;
const FORBIDDEN = [403, "NOT_AVAILABLE"] as const;
const NOT_FOUND = [404, "NOT_FOUND"] as const;
const ALREADY_EXISTS = [409, "ALREADY_EXISTS"] as const;
const CONFLICT = [409, "CONFLICT"] as const;
const UNAVAILABLE = [503, "SERVICE_UNAVAILABLE"] as const;

const ON_ONE: readonly OperationName[] = [
  "activationInfo",
  "read",
  "update",
  "suspend",
  "resume",
  "cancel",
  "revoke",
  "terminate",
  "reinstate",
];

watchedOnEveryDatabase(
  "the error table",
  (given, watch) => {
    const on = (operation: OperationName, record: EntitlementRecord, auth?: string): Promise<Response> =>
      given.call(operation, operation === "update" ? null : idOf(record), {
        ...(auth === undefined ? {} : { auth }),
        ...(operation === "update"
          ? { body: { merchantEntitlementId: idOf(record), entitlementDisplayName: "X" } }
          : {}),
      });

    describe("401", () => {
      it.each([
        ["no credentials", null],
        ["a wrong secret", "bango:wrong"],
        ["an unknown user", `nobody:${PASSWORD}`],
      ])("answers %s", async (_what, auth) => {
        const reply = await expectRefusal(
          given,
          () => given.call("activate", null, { auth, body: given.newActivation() }),
          [401, "UNAUTHORIZED"],
        );
        expect(reply.headers["www-authenticate"]).toMatch(/^Basic /);
      });
    });

    describe("403", () => {
      it.each([
        ["a reseller that the credential may not act for", { resellerId: "BANGOTEL" }, LIMITED],
        ["a reseller that nobody knows", { resellerId: "NOBODYTEL" }, `bango:${PASSWORD}`],
        ["a reseller in another letter case", { resellerId: "bangotel" }, `bango:${PASSWORD}`],
        ["a reseller with a space behind it", { resellerId: "BANGOTEL " }, `bango:${PASSWORD}`],
        ["a product that nobody sells", { productKey: "NOTHING" }, `bango:${PASSWORD}`],
        ["a product that another reseller sells", { productKey: "OTHER_MUSIC" }, `bango:${PASSWORD}`],
        ["activate switched off for the reseller", { resellerId: "CLOSEDTEL" }, `bango:${PASSWORD}`],
      ])("answers %s, and asks nobody", async (_what, overrides, auth) => {
        const content = given.newActivation(overrides);
        await expectRefusal(given, () => given.call("activate", null, { auth, body: content }), FORBIDDEN);
        expect(watch.askedFor({ entitlementId: String(content.entitlementId) })).toEqual([]);
      });

      it("answers what the account system declines with its reason; only that refusal is kept", async () => {
        const reply = await expectRefusal(
          given,
          () => given.activate({ requestId: randomUUID(), ...forcing("activate", "decline") }),
          FORBIDDEN,
          ["journal"],
        );
        expect(reply.body.parameters).toEqual({ reason: "NOT_ELIGIBLE" });
        const rows = (await given.core.database.knex("journal").where({ replyStatus: 403 })) as object[];
        expect(rows).toHaveLength(1);
      });

      it.each<OperationName>(["read", "update", "suspend", "terminate", "activationInfo"])(
        "answers %s where it is switched off for the reseller, and only there",
        async (operation) => {
          const there = await given.entitlementAt("ACTIVE", { resellerId: "OTHERTEL" });
          const seen = watch.askedFor(there).length;
          await expectRefusal(given, () => on(operation, there), FORBIDDEN);
          expect(watch.askedFor(there)).toHaveLength(seen);
          const here = await given.entitlementAt(operation === "activationInfo" ? "PENDING" : "ACTIVE");
          expect((await on(operation, here)).status).toBe(200);
        },
      );
    });

    describe("404", () => {
      it.each(ON_ONE.filter(given.offers))(
        "answers %s of an entitlement that is not there",
        async (operation) => {
          await expectRefusal(given, () => on(operation, { merchantEntitlementId: randomUUID() }), NOT_FOUND);
        },
      );

      it.each(ON_ONE.filter(given.offers))(
        "answers %s of an entitlement whose reseller the credential may not see, as of one that is not there",
        async (operation) => {
          const requestId = `activate-${randomUUID()}`;
          const { body } = await given.activate({ requestId });
          const hidden = await expectRefusal(given, () => on(operation, body, LIMITED), NOT_FOUND);
          const byRequest = { merchantEntitlementId: requestId };
          await expectRefusal(given, () => on(operation, byRequest, LIMITED), NOT_FOUND);
          const absent = await on(operation, { merchantEntitlementId: randomUUID() }, LIMITED);
          expect(hidden.text).toBe(absent.text);
        },
      );

      it("answers an update by an entitlementId that the credential may not see", async () => {
        const { entitlementId } = (await given.activate()).body;
        await expectRefusal(
          given,
          () =>
            given.call("update", null, {
              auth: LIMITED,
              body: { entitlementId, productKey: "MUSIC_DIRECT" },
            }),
          NOT_FOUND,
        );
      });
    });

    describe("409", () => {
      it("answers an activate of a known entitlementId with other content", async () => {
        const content = given.newActivation();
        await given.activate(content);
        await expectRefusal(given, () => given.activate({ ...content, offerKey: "X" }), ALREADY_EXISTS);
      });

      it("answers an activate of one that has ended", async () => {
        const content = given.newActivation();
        const { body } = await given.activate(content);
        await given.call("revoke", idOf(body));
        await expectRefusal(given, () => given.activate(content), ALREADY_EXISTS);
      });

      it("answers an activate over the customer's limit", async () => {
        const { sharedCustomerId } = await given.entitlementAt("ACTIVE");
        await expectRefusal(given, () => given.activate({ sharedCustomerId }), ALREADY_EXISTS);
      });

      it("answers what is not possible in this state", async () => {
        const record = await given.entitlementAt("PENDING");
        await expectRefusal(given, () => on("suspend", record), CONFLICT);
      });

      it("answers what has ended already", async () => {
        const record = await given.entitlementAt("REVOKED");
        await expectRefusal(given, () => on("cancel", record), CONFLICT);
      });

      it("answers a request id that came with another body", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const requestId = randomUUID();
        await given.call("suspend", idOf(record), { body: { requestId } });
        await expectRefusal(
          given,
          () => given.call("suspend", idOf(record), { body: { requestId, reasonCode: "FRAUD" } }),
          CONFLICT,
        );
      });
    });

    describe("503", () => {
      it("answers where the account system is down", async () => {
        await expectRefusal(given, () => given.activate(forcing("activate", "down")), UNAVAILABLE);
      });

      it("answers a revoke that the account system refuses", async () => {
        const record = await given.entitlementAt("ACTIVE", forcing("revoke", "decline"));
        await expectRefusal(given, () => on("revoke", record), UNAVAILABLE);
      });

      it("answers where the database is gone, and nothing is done", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const asked = watch.askedFor(record).length;
        const other = await cuttableApplication(given);
        const suspend = (): Promise<Response> => given.callOf(other.http, "suspend", idOf(record));
        const before = await given.tables();
        await other.cut();
        try {
          const reply = await suspend();
          expect(codeOf(reply)).toEqual(UNAVAILABLE);
          expect(reply.headers["retry-after"]).toBe("2");
          expect(reply.headers["x-request-id"]).toMatch(/^[\w-]{8,}$/);
          expect(Object.keys(reply.body as object)).toEqual(["responseCode", "responseMessage"]);
        } finally {
          await other.close();
        }
        expect(rowsThatDiffer(before, await given.tables())).toEqual([]);
        expect(watch.askedFor(record)).toHaveLength(asked);
      });
    });

    describe("500", () => {
      it("answers a bug, says nothing of it, and leaves all to the log", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const { schema } = given.core.database.knex;
        const before = await given.tables();
        await schema.renameTable("history", "history_hidden");
        const reply = await given
          .call("revoke", idOf(record), { headers: { "X-Request-Id": "the-bug" } })
          .finally(() => given.core.database.knex.schema.renameTable("history_hidden", "history"));
        expect(codeOf(reply)).toEqual([500, "INTERNAL_ERROR"]);
        expect(reply.headers["x-request-id"]).toBe("the-bug");
        expect(reply.headers["retry-after"]).toBeUndefined();
        expect(Object.keys(reply.body as object)).toEqual(["responseCode", "responseMessage"]);
        expect(reply.text).not.toMatch(/history|table|sql|select|insert/i);
        const after = await given.tables();
        expect([after.history, after.entitlement]).toEqual([before.history, before.entitlement]);
        const told = given
          .logged()
          .filter(({ level, requestId }) => level === "error" && requestId === "the-bug");
        expect(JSON.stringify(told)).toContain("history");
      });
    });

    it("is of no concern where all is well: a success has a request id too", async () => {
      const reply = await given.activate();
      expect(reply.headers["x-request-id"]).toMatch(/^[\w-]{8,}$/);
      expect(reply.headers["retry-after"]).toBeUndefined();
    });
  },
  { file: FILE },
);

watchedOnEveryDatabase(
  "the error table, of requests that are hardly any",
  (given) => {
    const valid = (overrides: Body = {}): string => JSON.stringify(given.newActivation(overrides));
    const padded = (bytes: number): string => {
      const bare = valid({ padding: "" });
      return bare.replace('"padding":""', `"padding":"${"x".repeat(bytes - bare.length)}"`);
    };
    describe("400", () => {
      it.each<[string, Raw]>([
        ["what is not JSON", { body: "{" }],
        ["a body that is only spaces", { body: "  " }],
        ["bytes that are not UTF-8", { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
        ["a list", { body: "[]" }],
        ["a number", { body: "1" }],
        ["null", { body: "null" }],
        ["no body where one is needed", {}],
        ["no body of an update", { method: "patch" }],
        ["a list where a body may be left out", { path: `${ENTITLEMENTS}/x/suspend`, body: "[]" }],
        ["half an escape in the path", { method: "get", path: `${ENTITLEMENTS}/%E0%A4%A` }],
        ["NUL in the path", { method: "get", path: `${ENTITLEMENTS}/a%00b` }],
        [
          "an id of 256 characters in the path",
          { method: "get", path: `${ENTITLEMENTS}/${"x".repeat(256)}` },
        ],
      ])("answers %s", async (_what, raw) => {
        await expectRefusal(given, () => send(given, raw), BAD_REQUEST);
      });

      it("lists all faults, each with its field", async () => {
        const body = JSON.stringify({ requestId: 1, entitlementId: "x", productKey: "", dateExpiry: "soon" });
        const reply = await expectRefusal(given, () => send(given, { body }), BAD_REQUEST);
        const faults = reply.body.parameters.faults as { field: string; message: string }[];
        expect(faults.map(({ field }) => field).sort()).toEqual([
          "dateExpiry",
          "entitlementId",
          "productKey",
          "requestId",
          "resellerId",
          "sharedCustomerId",
        ]);
        for (const { message } of faults) expect(message).not.toBe("");
      });
    });

    describe("404", () => {
      it.each([
        "/",
        "/bango",
        "/bango/v1/nothing",
        `${ENTITLEMENTS}/1/nothing`,
        "/bango/v1/Entitlement",
        "/BANGO/v1/echo/1",
      ])("answers the unknown path %s in the envelope", async (path) => {
        await expectRefusal(given, () => send(given, { method: "get", path }), NOT_FOUND);
      });
    });

    describe("405", () => {
      it.each<[NonNullable<Raw["method"]>, string, string[]]>([
        ["get", ENTITLEMENTS, ["PATCH", "POST"]],
        ["put", ENTITLEMENTS, ["PATCH", "POST"]],
        ["post", `${ENTITLEMENTS}/1`, ["GET", "HEAD"]],
        ["delete", `${ENTITLEMENTS}/1`, ["GET", "HEAD"]],
        ["patch", `${ENTITLEMENTS}/1/activationInfo`, ["GET", "HEAD"]],
        ["get", `${ENTITLEMENTS}/1/suspend`, ["POST"]],
        ["put", `${ENTITLEMENTS}/1/terminate`, ["POST"]],
        ["post", "/bango/v1/echo/1", ["GET", "HEAD"]],
      ])("answers %s %s, and tells what is allowed", async (method, path, allowed) => {
        const reply = await expectRefusal(given, () => send(given, { method, path }), [405, "BAD_REQUEST"]);
        expect(reply.headers.allow?.split(", ").sort()).toEqual(allowed);
      });
    });

    describe("413", () => {
      it("answers a body over 256 KiB", async () => {
        await expectRefusal(given, () => send(given, { body: padded(256 * KIB + 1) }), [413, "BAD_REQUEST"]);
      });

      it("does not answer one of exactly 256 KiB", async () => {
        expect((await send(given, { body: padded(256 * KIB) })).status).toBe(201);
      });
    });

    describe("415", () => {
      it.each<[string, Raw]>([
        ["text", { type: "text/plain" }],
        ["a form", { type: "application/x-www-form-urlencoded" }],
        ["JSON in another charset", { type: "application/json; charset=iso-8859-1" }],
        ["an unknown encoding", { headers: { "Content-Encoding": "rot13" } }],
      ])("answers %s", async (_what, raw) => {
        await expectRefusal(given, () => send(given, { body: valid(), ...raw }), [415, "BAD_REQUEST"]);
      });

      it.each(["application/json", "application/json; charset=UTF-8", "application/vnd.bango+json"])(
        "does not answer %s",
        async (type) => {
          expect((await send(given, { body: valid(), type })).status).toBe(201);
        },
      );
    });
  },
  {
    file: FILE,
    defaultShapeBecause: "it sends bytes to the default routes; test/shapes.test.ts does so to the others",
  },
);

watchedOnEveryDatabase(
  "what the account system does not offer",
  (given, watch) => {
    it.each<OperationName>(["suspend", "resume", "reinstate"])(
      "is NOT_AVAILABLE: %s, whatever the state",
      async (operation) => {
        const codes: unknown[] = [];
        const places = PLACES.filter(
          (place) => !["SUSPENDED", "SUSPENDED-ENDING", "CANCELLED"].includes(place),
        );
        for (const place of places) {
          const record = await given.entitlementAt(place);
          codes.push([place, (await given.call(operation, idOf(record))).status]);
        }
        expect(codes).toEqual(places.map((place) => [place, 403]));
      },
    );

    it("is NOT_AVAILABLE: reinstate of a cancelled one, and nobody is asked", async () => {
      const record = await given.entitlementAt("ACTIVE-ENDING");
      const asked = watch.askedFor(record).length;
      await expectRefusal(given, () => given.call("reinstate", idOf(record)), FORBIDDEN);
      expect(watch.askedFor(record)).toHaveLength(asked);
    });

    it("is NOT_AVAILABLE: suspend of an active one, and nobody is asked", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const asked = watch.askedFor(record).length;
      await expectRefusal(given, () => given.call("suspend", idOf(record)), FORBIDDEN);
      expect(watch.askedFor(record)).toHaveLength(asked);
    });

    it("is NOT_AVAILABLE: update of an active one, and nobody is asked", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const body = { merchantEntitlementId: idOf(record), productKey: "MUSIC_PREMIUM" };
      const asked = watch.askedFor(record).length;
      await expectRefusal(given, () => given.call("update", null, { body }), FORBIDDEN);
      expect(watch.askedFor(record)).toHaveLength(asked);
    });

    itLeavesTheBooksInAgreement(given);
  },
  { without: ["suspend", "resume", "change", "reinstate"] },
);
