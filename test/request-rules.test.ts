import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { OperationName } from "../src/contract/operations.js";
import type { Body } from "./support/scenario.js";
import {
  codeOf,
  idOf,
  itLeavesTheBooksInAgreement,
  offered,
  unchangedBy,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const KIB_64 = 64 * 1024;
const EMOJI = "😀";

/** Extension objects of exactly so many bytes together, as JSON in UTF-8. */
function extensionsOf(bytes: number): Body {
  const wrapped = (length: number): object => ({ a: "x".repeat(length - '{"a":""}'.length) });
  const small = { merchantBangoExtensionData: { b: EMOJI }, merchantExtensionData: {}, extraInformation: {} };
  const used = Object.values(small)
    .map((one) => Buffer.byteLength(JSON.stringify(one)))
    .reduce((sum, bytesOfOne) => sum + bytesOfOne, 0);
  return { ...small, extensionData: wrapped(bytes - used) };
}

watchedOnEveryDatabase("the fields of a request", (given, watch) => {
  const stored = (body: Body) => given.core.store.findByAnyId(idOf(body), "*");
  const accepted = async (overrides: Body): Promise<Body> => {
    const reply = await given.activate(overrides);
    expect(codeOf(reply)).toEqual([201, "OK"]);
    return reply.body as Body;
  };
  const refused = async (field: string, act: () => Promise<Response>): Promise<void> => {
    const reply = await unchangedBy(given, act);
    expect(codeOf(reply)).toEqual([400, "BAD_REQUEST"]);
    const faults = reply.body.parameters.faults as { field: string }[];
    expect(faults.map((fault) => fault.field)).toEqual([field]);
    expect(reply.body.responseMessage).toContain(field);
  };
  const refusedActivation = (field: string, overrides: Body): Promise<void> =>
    refused(field, () => given.activate(overrides));

  /** Without the request id, where that is no field: a header holds text of printable characters alone. */
  const inBody = (fields: readonly string[]): string[] =>
    fields.filter((field) => field !== "requestId" || given.shape.requestIdIn === "body");

  describe("of activate", () => {
    it.each(["entitlementId", "resellerId", "productKey"])("needs %s", async (field) => {
      await refusedActivation(field, { [field]: undefined });
      await refusedActivation(field, { [field]: null });
      await refusedActivation(field, { [field]: "" });
    });

    it("needs one customer id", async () => {
      await refusedActivation("sharedCustomerId", { sharedCustomerId: undefined });
      await refusedActivation("sharedCustomerId", {
        sharedCustomerId: "",
        bangoUserId: null,
        customerIdentifier: "",
      });
    });

    it.each(["sharedCustomerId", "bangoUserId", "customerIdentifier"])(
      "is content with %s alone",
      async (field) => {
        await accepted({ sharedCustomerId: undefined, [field]: `alone-${randomUUID()}` });
      },
    );

    it.each([
      "offerKey",
      "dateExpiry",
      "entitlementDisplayName",
      "merchantExtensionData",
      "extensionData",
      "requestId",
      "bangoUserId",
    ])("takes null and the empty string in %s for absent", async (field) => {
      const nothing = await accepted({ [field]: null });
      const empty = await accepted({ [field]: "" });
      for (const body of [nothing, empty]) {
        expect(body).not.toHaveProperty(field);
        expect(await stored(body)).toMatchObject(
          field === "requestId" ? { activationRequestId: null } : { [field]: null },
        );
      }
    });

    it.each(["x", "0000-not-a-uuid", "01234567-89ab-cdef-0123-456789abcde", 5, true, {}])(
      "refuses %j for entitlementId",
      async (entitlementId) => {
        await refusedActivation("entitlementId", { entitlementId });
      },
    );

    it.each([
      "2090-01-01",
      "2090-01-01T00:00:00",
      "2090-13-01T00:00:00Z",
      "2090-02-30T00:00:00Z",
      "tomorrow",
      3_786_912_000_000,
    ])("refuses %j for dateExpiry: it has to have an offset", async (dateExpiry) => {
      await refusedActivation("dateExpiry", { dateExpiry });
    });

    it.each([
      ["2090-01-01T00:00:00Z", "2090-01-01T00:00:00.000Z"],
      ["2090-01-01T00:00:00.5+02:00", "2089-12-31T22:00:00.500Z"],
    ])("takes %s for dateExpiry", async (dateExpiry, told) => {
      expect((await accepted({ dateExpiry })).dateExpiry).toBe(told);
    });
  });

  describe("that are customer ids", () => {
    it.each([
      [42, "42"],
      [0, "0"],
      [-7, "-7"],
      [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    ])("take the whole number %s, and keep its decimal text", async (sharedCustomerId, text) => {
      const body = await accepted({ sharedCustomerId });
      expect(body.sharedCustomerId).toBe(text);
      expect(codeOf(await given.activate({ sharedCustomerId: text }))).toEqual([409, "ALREADY_EXISTS"]);
    });

    it.each([1.5, Number.MAX_SAFE_INTEGER + 1, true, false, {}, [], ["a"]])(
      "refuse %j",
      async (sharedCustomerId) => {
        await refusedActivation("sharedCustomerId", { sharedCustomerId });
      },
    );

    it("take a number in an update too", async () => {
      const body = await accepted({});
      const update = { merchantEntitlementId: idOf(body), customerIdentifier: 7 };
      expect((await given.call("update", null, { body: update })).status).toBe(200);
      expect((await stored(body))?.customerIdentifier).toBe("7");
    });
  });

  describe("that are strings", () => {
    const TEXTS = ["requestId", "resellerId", "productKey", "offerKey", "entitlementDisplayName"];

    it.each(inBody(TEXTS))("refuse a number, a boolean, a list and an object in %s", async (field) => {
      for (const value of [1, 0, true, false, ["a"], { a: 1 }])
        await refusedActivation(field, { [field]: value });
    });

    it.each(inBody(["requestId", "offerKey", "entitlementDisplayName", "sharedCustomerId", "bangoUserId"]))(
      "have at most 255 characters in %s, counted as they are read",
      async (field) => {
        const own = (text: string): string => `${randomUUID()}${text}`;
        const rest = 255 - randomUUID().length;
        await accepted({ [field]: own("x".repeat(rest)) });
        await accepted({ [field]: own(EMOJI.repeat(rest)) });
        await refusedActivation(field, { [field]: own("x".repeat(rest + 1)) });
        await refusedActivation(field, { [field]: own(EMOJI.repeat(rest + 1)) });
      },
    );

    it.each(inBody(["requestId", "offerKey", "entitlementDisplayName", "sharedCustomerId"]))(
      "refuse NUL and half of a surrogate pair in %s",
      async (field) => {
        for (const text of ["a\0b", "\ud83d", "a\ude00b"]) await refusedActivation(field, { [field]: text });
      },
    );

    it.each([
      " spaced ",
      "  ",
      "tab\t",
      "line\nbreak",
      "ünï 你好 😀",
      "'; DROP TABLE entitlement; --",
      '{"a":1}',
    ])("are kept as they are, never trimmed: %j", async (text) => {
      const body = await accepted({ entitlementDisplayName: text, offerKey: text });
      expect(body).toMatchObject({ entitlementDisplayName: text, offerKey: text });
      expect(await stored(body)).toMatchObject({ entitlementDisplayName: text, offerKey: text });
    });

    it("are compared exactly: space, letter case and accent make another customer", async () => {
      const customer = `Zoe-${randomUUID()}`;
      for (const sharedCustomerId of [
        customer,
        `${customer} `,
        customer.toUpperCase(),
        customer.replace("e", "ë"),
      ])
        await accepted({ sharedCustomerId });
      expect(codeOf(await given.activate({ sharedCustomerId: customer }))).toEqual([409, "ALREADY_EXISTS"]);
    });
  });

  describe("that are extension data", () => {
    it.each(["merchantBangoExtensionData", "merchantExtensionData", "extensionData", "extraInformation"])(
      "have to be an object: %s",
      async (field) => {
        for (const value of ["text", 1, true, [1]]) await refusedActivation(field, { [field]: value });
      },
    );

    it("are kept whole, in the order of their keys", async () => {
      const data = { z: [1, { y: null }], a: { "": "empty", "ä.b": true }, "10": 1.5, "9": EMOJI };
      const body = await accepted({ merchantExtensionData: data, extensionData: data });
      expect(JSON.stringify(body.merchantExtensionData)).toBe(JSON.stringify(data));
      expect(JSON.stringify((await stored(body))?.extensionData)).toBe(JSON.stringify(data));
      expect(
        watch.askedFor({ entitlementId: String(body.entitlementId) })[0]?.call.entitlement,
      ).toMatchObject({
        merchantExtensionData: data,
        extensionData: data,
      });
    });

    it("may have 64 KiB together, and not one byte more", async () => {
      await accepted(extensionsOf(KIB_64));
      await refusedActivation("extensionData", extensionsOf(KIB_64 + 1));
    });

    it("may have 64 KiB together in an update, and not one byte more", async () => {
      const id = idOf(await accepted({}));
      const update = (bytes: number): Promise<Response> => {
        const { extensionData } = extensionsOf(bytes + Buffer.byteLength('{"b":"😀"}{}{}'));
        return given.call("update", null, { body: { merchantEntitlementId: id, extensionData } });
      };
      expect((await update(KIB_64)).status).toBe(200);
      await refused("extensionData", () => update(KIB_64 + 1));
    });
  });

  describe("that may come under other names", () => {
    it("take resellerKey for resellerId", async () => {
      const body = await accepted({ resellerId: undefined, resellerKey: "BANGOTEL" });
      expect(body.resellerId).toBe("BANGOTEL");
    });

    it("may come under both names with one value, and not with two", async () => {
      await accepted({ resellerKey: "BANGOTEL" });
      await refusedActivation("resellerId", { resellerKey: "OTHERTEL" });
    });

    it.each([
      ["suspend", "suspendReason"],
      ["suspend", "cancelReason"],
      ["cancel", "cancelReason"],
      ["revoke", "revokeReason"],
      ["terminate", "reason"],
    ] as const)("keep the reason of %s under %s…", async (operation, prefix) => {
      const id = idOf(await accepted({}));
      const named = {
        [`${prefix}Category`]: "CAT",
        [`${prefix}Code`]: "CODE",
        [`${prefix}Description`]: "why",
      };
      expect((await given.call(operation, id, { body: named })).status).toBe(200);
      expect((await given.core.store.listHistory(id)).at(-1)?.reason).toEqual({
        category: "CAT",
        code: "CODE",
        description: "why",
      });
    });

    it("refuse two reasons that differ", async () => {
      const id = idOf(await accepted({}));
      await refused("reasonCode", () => given.call("cancel", id, { body: { reasonCode: "A", code: "B" } }));
    });
  });

  describe("that nobody knows", () => {
    const unknown = { financeData: { vat: [20] }, newFlag: false, nothing: null, ID: "" };

    it("are never refused; an activate keeps them, and sends them on", async () => {
      const body = await accepted(unknown);
      expect(body).not.toHaveProperty("financeData");
      expect(await stored(body)).toMatchObject({ unknownFields: unknown });
      expect(
        watch.askedFor({ entitlementId: String(body.entitlementId) })[0]?.call.command.unknownFields,
      ).toEqual(unknown);
    });

    it.each<OperationName>(["suspend", "cancel", "revoke", "terminate"])(
      "are sent on by %s",
      async (operation) => {
        const body = await accepted({});
        expect((await given.call(operation, idOf(body), { body: unknown })).status).toBe(200);
        const last = watch.askedFor({ entitlementId: String(body.entitlementId) }).at(-1);
        expect(last?.call.command.unknownFields).toEqual(unknown);
      },
    );

    it("take nothing from the names that every object has", async () => {
      const text = JSON.stringify(given.newActivation()).replace(
        "{",
        '{"__proto__":{"status":"X"},"constructor":1,',
      );
      const reply = await given.call("activate", null, {
        body: text,
        headers: { "Content-Type": "application/json" },
      });
      expect(codeOf(reply)).toEqual([201, "OK"]);
      expect(reply.body.status).toBe("ACTIVE");
    });
  });

  describe("that are the request id", () => {
    if (given.shape.requestIdIn === "body") inBodyOrHeader();
    else inHeaderAlone();

    it("has at most 255 characters in the header too", async () => {
      const id = idOf(await accepted({}));
      const suspend = (header: string): Promise<Response> =>
        given.call("suspend", id, { headers: { "X-RequestIdentifier": header } });
      await refused("X-RequestIdentifier", () => suspend("x".repeat(256)));
      expect((await suspend("x".repeat(255))).status).toBe(200);
    });
  });

  function inHeaderAlone(): void {
    it("is taken from the header", async () => {
      const id = randomUUID();
      const content = given.newActivation();
      const send = (): Promise<Response> =>
        given.call("activate", null, {
          body: content,
          headers: { "X-RequestIdentifier": id },
        });
      const first = await send();
      expect(first.status).toBe(201);
      expect((await send()).text).toBe(first.text);
      expect((await stored(first.body))?.activationRequestId).toBe(id);
    });
  }

  function inBodyOrHeader(): void {
    it("may be in the body, in the header, or in both", async () => {
      const id = randomUUID();
      const content = given.newActivation();
      const send = (body: Body, header?: string): Promise<Response> =>
        given.call("activate", null, {
          body: { ...content, ...body },
          headers: header === undefined ? {} : { "X-RequestIdentifier": header },
        });
      const first = await send({ requestId: id });
      expect(first.status).toBe(201);
      for (const reply of [
        await send({}, id),
        await send({ requestId: id }, id),
        await send({ requestId: id }, ""),
      ])
        expect(reply.text).toBe(first.text);
      expect((await stored(first.body))?.activationRequestId).toBe(id);
    });

    it("must not differ between body and header", async () => {
      await refused("requestId", () =>
        given.call("activate", null, {
          body: given.newActivation({ requestId: "a" }),
          headers: { "X-RequestIdentifier": "A" },
        }),
      );
    });
  }

  describe("that are not there at all", () => {
    const rows: [OperationName, "ACTIVE" | "ACTIVE-ENDING" | "SUSPENDED"][] = [
      ["suspend", "ACTIVE"],
      ["resume", "SUSPENDED"],
      ["cancel", "ACTIVE"],
      ["revoke", "ACTIVE"],
      ["terminate", "ACTIVE"],
      ["reinstate", "ACTIVE-ENDING"],
    ];
    const bodiless = offered(given, rows).filter(
      ([operation]) => given.shape.toWire(operation, "id", { query: {}, headers: {} }).body === undefined,
    );
    it.each(bodiless)("are {}: %s needs no body", async (operation, place) => {
      const bare = await given.entitlementAt(place);
      expect((await given.call(operation, idOf(bare))).status).toBe(200);
      const typed = await given.entitlementAt(place);
      const headers = { "Content-Type": "application/json", "Content-Length": "0" };
      expect((await given.call(operation, idOf(typed), { headers })).status).toBe(200);
    });
  });

  itLeavesTheBooksInAgreement(given);
});

watchedOnEveryDatabase("finding the entitlement that a call names", (given) => {
  const newOne = async (): Promise<{ id: string; requestId: string; entitlementId: string }> => {
    const requestId = `activate-${randomUUID()}`;
    const { body } = await given.activate({ requestId });
    return { id: idOf(body), requestId, entitlementId: String(body.entitlementId) };
  };
  const BAD = [400, "BAD_REQUEST"];
  const MISSING = [404, "NOT_FOUND"];
  const read = (id: string, query: Record<string, string> = {}): Promise<Response> =>
    given.call("read", id, { query });
  const suspend = (id: string, body: Body = {}): Promise<Response> => given.call("suspend", id, { body });
  const update = (body: Body): Promise<Response> =>
    given.call("update", null, { body: { entitlementDisplayName: "X", ...body } });

  it("goes by our id, in the path and in the body", async () => {
    const { id } = await newOne();
    expect(idOf((await read(id)).body)).toBe(id);
    expect(idOf((await update({ merchantEntitlementId: id })).body)).toBe(id);
  });

  it("goes by the request id of the activating call, in the path and in the body", async () => {
    const { id, requestId } = await newOne();
    expect(idOf((await read(requestId)).body)).toBe(id);
    expect(idOf((await update({ merchantEntitlementId: requestId })).body)).toBe(id);
    expect(idOf((await suspend(requestId)).body)).toBe(id);
  });

  it("goes by entitlementId in a field of that name, in any letter case", async () => {
    const { id, entitlementId } = await newOne();
    expect(idOf((await update({ entitlementId })).body)).toBe(id);
    expect(idOf((await update({ entitlementId: entitlementId.toUpperCase() })).body)).toBe(id);
  });

  it("does not go by entitlementId in the path, nor as merchantEntitlementId", async () => {
    const { entitlementId } = await newOne();
    expect(codeOf(await read(entitlementId))).toEqual(MISSING);
    expect(codeOf(await suspend(entitlementId))).toEqual(MISSING);
    expect(codeOf(await update({ merchantEntitlementId: entitlementId }))).toEqual(MISSING);
  });

  it("goes by our id exactly: neither letter case nor spaces are forgiven", async () => {
    const { id, requestId } = await newOne();
    for (const other of [id.toUpperCase(), `${id} `, ` ${id}`, id.slice(0, -1), requestId.toUpperCase()])
      expect(codeOf(await read(other))).toEqual(MISSING);
  });

  it("never goes by the field requestId, nor by the request id of a later call", async () => {
    const { id, requestId } = await newOne();
    await suspend(id, { requestId: "later-1" });
    expect(codeOf(await read("later-1"))).toEqual(MISSING);
    expect(codeOf(await update({ requestId }))).toEqual(BAD);
  });

  it("takes ids that agree, in path, query and body", async () => {
    const { id, requestId, entitlementId } = await newOne();
    expect((await read(id, { entitlementId })).status).toBe(200);
    expect((await read(requestId, { entitlementId: entitlementId.toUpperCase() })).status).toBe(200);
    expect((await suspend(id, { merchantEntitlementId: id, entitlementId })).status).toBe(200);
    expect((await update({ merchantEntitlementId: requestId, entitlementId })).status).toBe(200);
  });

  it("refuses ids that disagree, and changes neither", async () => {
    const [one, other] = [await newOne(), await newOne()];
    const calls: (() => Promise<Response>)[] = [
      () => read(one.id, { entitlementId: other.entitlementId }),
      () => suspend(one.id, { entitlementId: other.entitlementId }),
      () => suspend(one.id, { merchantEntitlementId: other.id }),
      () => update({ merchantEntitlementId: one.id, entitlementId: other.entitlementId }),
      () => update({ merchantEntitlementId: one.requestId, entitlementId: other.entitlementId }),
    ];
    for (const call of calls) expect(codeOf(await unchangedBy(given, call))).toEqual(BAD);
  });

  it("refuses one that finds nothing beside one that finds something", async () => {
    const { id, entitlementId } = await newOne();
    expect(codeOf(await read(id, { entitlementId: randomUUID() }))).toEqual(BAD);
    expect(codeOf(await read(randomUUID(), { entitlementId }))).toEqual(BAD);
    expect(codeOf(await update({ merchantEntitlementId: "nobody's", entitlementId }))).toEqual(BAD);
  });

  it("finds nothing where neither finds anything", async () => {
    expect(codeOf(await read(randomUUID(), { entitlementId: randomUUID() }))).toEqual(MISSING);
  });

  it("refuses an entitlementId that is no UUID, in query and body", async () => {
    const { id } = await newOne();
    expect(codeOf(await read(id, { entitlementId: "x" }))).toEqual(BAD);
    expect(codeOf(await suspend(id, { entitlementId: 5 }))).toEqual(BAD);
  });

  it("refuses two different ones in query and body", async () => {
    const { id, entitlementId } = await newOne();
    const both = (query: string, field: string): Promise<Response> =>
      given.call("suspend", id, { query: { entitlementId: query }, body: { entitlementId: field } });
    expect(codeOf(await both(entitlementId, randomUUID()))).toEqual(BAD);
    expect((await both(entitlementId, entitlementId.toUpperCase())).status).toBe(200);
  });

  it("takes an id with odd characters for what it is", async () => {
    // A header is sure to hold ASCII alone.
    const requestId = `a/b?c=1&d#e%20 ${randomUUID()}${given.shape.requestIdIn === "body" ? " ü😀" : ""}`;
    const { body } = await given.activate({ requestId });
    expect(idOf((await read(requestId)).body)).toBe(idOf(body));
  });

  itLeavesTheBooksInAgreement(given);
});
