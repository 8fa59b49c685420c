import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { OperationName } from "../src/contract/operations.js";
import { DAY_MS } from "./support/scenario.js";
import type { Body, Place } from "./support/scenario.js";
import {
  codeOf,
  forcing,
  idOf,
  itLeavesTheBooksInAgreement,
  offered,
  rowsThatDiffer,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const HOUR_MS = DAY_MS / 24;
const CONFLICT = [409, "CONFLICT"];
const OFF = [403, "NOT_AVAILABLE"];

watchedOnEveryDatabase("a call that is repeated", (given, watch) => {
  const withId = (content: Body = {}): Body => ({
    ...given.newActivation(),
    requestId: randomUUID(),
    ...content,
  });
  const journalOf = (requestId: unknown): Promise<unknown[]> =>
    given.core.database.knex("journal").where({ requestId });

  /** Sends it twice, with something in between; the second must be the first once more, and do nothing at all. */
  const expectReplay = async (
    send: () => Promise<Response>,
    between: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Response> => {
    const first = await send();
    await between();
    const asked = watch.asked.length;
    const before = await given.tables();
    const second = await send();
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(rowsThatDiffer(before, await given.tables())).toEqual([]);
    expect(watch.asked).toHaveLength(asked);
    return first;
  };

  describe("with its request id", () => {
    it("gets the stored 201, though the entitlement is another by now", async () => {
      const content = withId();
      const first = await expectReplay(
        () => given.activate(content),
        () => given.call("suspend", String(content.requestId)),
      );
      expect(codeOf(first)).toEqual([201, "OK"]);
    });

    it("gets the stored 201 even when it has ended", async () => {
      const content = withId();
      await expectReplay(
        () => given.activate(content),
        () => given.call("revoke", String(content.requestId)),
      );
    });

    it("gets the stored 202 with the same URL, though others were given out since", async () => {
      const content = withId({ productKey: "MUSIC" });
      const first = await expectReplay(
        () => given.activate(content),
        async () => {
          await given.advance(HOUR_MS);
          await given.call("activationInfo", String(content.requestId));
        },
      );
      expect(codeOf(first)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
      expect(first.body.activationUrl).toMatch(/^http/);
    });

    it("gets the stored 200 of a repeat that was already so", async () => {
      const content = withId();
      await given.activate(content);
      const again = { ...content, requestId: randomUUID() };
      const first = await expectReplay(
        () => given.activate(again),
        () => given.call("suspend", String(content.requestId)),
      );
      expect(codeOf(first)).toEqual([200, "OK"]);
      expect(first.body.status).toBe("ACTIVE");
    });

    it("gets the stored 202 of what the account system does later", async () => {
      const content = withId(forcing("activate", "accepted"));
      const first = await expectReplay(() => given.activate(content));
      expect(codeOf(first)).toEqual([202, "OK"]);
    });

    it("gets the stored refusal of the account system, which is not asked again", async () => {
      const content = withId(forcing("activate", "decline"));
      const first = await expectReplay(() => given.activate(content));
      expect(codeOf(first)).toEqual([403, "NOT_AVAILABLE"]);
      expect(await journalOf(content.requestId)).toHaveLength(1);
    });

    const rows: [OperationName, Place, Body][] = [
      ["suspend", "ACTIVE", {}],
      ["suspend", "SUSPENDED", {}],
      ["resume", "SUSPENDED", {}],
      ["resume", "ACTIVE", {}],
      ["cancel", "ACTIVE", {}],
      ["cancel", "ACTIVE-ENDING", {}],
      ["cancel", "PENDING", {}],
      ["revoke", "SUSPENDED", {}],
      ["revoke", "ended by our clock", {}],
      ["terminate", "ACTIVE", { immediate: true }],
      ["reinstate", "ACTIVE-ENDING", {}],
      ["reinstate", "ACTIVE", {}],
      ["update", "ACTIVE", { entitlementDisplayName: "X" }],
      ["update", "PENDING", { entitlementDisplayName: "X" }],
    ];
    it.each(offered(given, rows))(
      "gets the same bytes: %s of %s, as long as the journal is kept",
      async (operation, place, body) => {
        const record = await given.entitlementAt(place);
        const named = operation === "update" ? { merchantEntitlementId: idOf(record) } : {};
        const call = { body: { requestId: randomUUID(), ...named, ...body } };
        const first = await expectReplay(
          () => given.call(operation, operation === "update" ? null : idOf(record), call),
          () => given.advance(3 * DAY_MS),
        );
        expect(first.status).toBe(200);
      },
    );
  });

  describe("that had been refused", () => {
    it.each([
      ["a bad request", 400, () => withId({ productKey: "" })],
      ["an unknown reseller", 403, () => withId({ resellerId: "NOBODYTEL" })],
      ["a product that is not sold", 403, () => withId({ productKey: "NOTHING" })],
      ["an account system that is down", 503, () => withId(forcing("activate", "down"))],
    ])("has left no row and is decided anew: %s", async (_why, status, content) => {
      const body = content();
      for (let count = 0; count < 2; count += 1) expect((await given.activate(body)).status).toBe(status);
      expect(await journalOf(body.requestId)).toEqual([]);
    });

    it("is done where it has become possible: after NOT_FOUND", async () => {
      const content = withId();
      const suspend = (): Promise<Response> =>
        given.call("suspend", String(content.requestId), {
          body: { requestId: `s-${String(content.requestId)}` },
        });
      expect((await suspend()).status).toBe(404);
      await given.activate(content);
      expect((await suspend()).body).toMatchObject({ responseCode: "OK", status: "SUSPENDED" });
    });

    it("is done where it has become possible: after ALREADY_EXISTS for want of a slot", async () => {
      const first = await given.entitlementAt("ACTIVE");
      const content = withId({ sharedCustomerId: first.sharedCustomerId });
      expect((await given.activate(content)).status).toBe(409);
      expect(await journalOf(content.requestId)).toEqual([]);
      await given.call("revoke", idOf(first));
      expect((await given.activate(content)).status).toBe(201);
    });

    // Nothing but a reinstate can become possible again; where it is off, it stays refused and leaves no row either.
    it("is done where it has become possible: after CONFLICT", async () => {
      const isOffered = given.offers("reinstate");
      const record = await given.entitlementAt("SUSPENDED");
      const reinstate = (): Promise<Response> =>
        given.call("reinstate", idOf(record), { body: { requestId: `r-${idOf(record)}` } });
      expect(codeOf(await reinstate())).toEqual(isOffered ? CONFLICT : OFF);
      expect(await journalOf(`r-${idOf(record)}`)).toEqual([]);
      await given.call("resume", idOf(record));
      expect(codeOf(await reinstate())).toEqual(isOffered ? [200, "OK"] : OFF);
    });
  });

  describe("with its request id and another content", () => {
    it.each([
      ["productKey", { productKey: "MUSIC_PREMIUM" }],
      ["customer", { sharedCustomerId: "another" }],
      ["entitlementId", { entitlementId: randomUUID() }],
      ["display name", { entitlementDisplayName: "Other" }],
      ["extension data", { extensionData: { a: 2 } }],
    ])("is CONFLICT for another %s, and nothing is done", async (_what, other) => {
      const content = withId({ extensionData: { a: 1 } });
      const first = await given.activate(content);
      const seen = await watch.during(first.body, () =>
        watch.unchangedBy(() => given.activate({ ...content, ...other })),
      );
      expect(codeOf(seen.reply)).toEqual(CONFLICT);
      expect(seen.asked).toEqual([]);
      expect((await given.activate(content)).text).toBe(first.text);
    });

    it("is CONFLICT for another entitlement", async () => {
      const [one, other] = [await given.entitlementAt("ACTIVE"), await given.entitlementAt("ACTIVE")];
      const body = { requestId: randomUUID() };
      await given.call("suspend", idOf(one), { body });
      const reply = await watch.unchangedBy(() => given.call("suspend", idOf(other), { body }));
      expect(codeOf(reply)).toEqual(CONFLICT);
    });

    it("is CONFLICT for another reason, and for another end", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const requestId = randomUUID();
      await given.call("terminate", idOf(record), { body: { requestId, immediate: false } });
      for (const other of [{ immediate: true }, { immediate: false, reasonCode: "OTHER" }]) {
        const call = { body: { requestId, ...other } };
        expect(codeOf(await given.call("terminate", idOf(record), call))).toEqual(CONFLICT);
      }
    });

    it("is CONFLICT after a refusal of the account system too", async () => {
      const content = withId(forcing("activate", "decline"));
      await given.activate(content);
      expect(codeOf(await given.activate({ ...content, offerKey: "X" }))).toEqual(CONFLICT);
    });
  });

  describe("in other words", () => {
    it.each<[string, (content: Body) => Body]>([
      ["with unknown fields", (content) => ({ ...content, newField: 1 })],
      ["with its keys in another order", (content) => Object.fromEntries(Object.entries(content).reverse())],
      [
        "with the keys of its data in another order",
        (content) => ({ ...content, extensionData: { b: [2], a: { d: 4, c: 3 } } }),
      ],
      ["with null for what was absent", (content) => ({ ...content, offerKey: null, bangoUserId: "" })],
      ["with an alias", ({ resellerId, ...content }) => ({ ...content, resellerKey: resellerId })],
      [
        "with its entitlementId in another letter case",
        (content) => ({ ...content, entitlementId: String(content.entitlementId).toUpperCase() }),
      ],
    ])("is the same call: %s", async (_how, reword) => {
      const content = withId({ extensionData: { a: { c: 3, d: 4 }, b: [2] } });
      let sent = content;
      await expectReplay(
        () => given.activate(sent),
        () => {
          sent = reword(content);
          return Promise.resolve();
        },
      );
    });

    it("is the same call with a number for a customer that was text", async () => {
      const content = withId({ sharedCustomerId: "4711" });
      const first = await given.activate(content);
      expect((await given.activate({ ...content, sharedCustomerId: 4711 })).text).toBe(first.text);
    });

    it("is the same call by the other names of its entitlement", async () => {
      const requestId = randomUUID();
      const { body } = await given.activate({ requestId });
      const call = { body: { requestId: `suspend-${requestId}` } };
      const first = await given.call("suspend", idOf(body), call);
      expect((await given.call("suspend", requestId, call)).text).toBe(first.text);
    });

    it("is the same call with its reason under another name", async () => {
      const record = await given.entitlementAt("ACTIVE");
      const requestId = randomUUID();
      const first = await given.call("cancel", idOf(record), {
        body: { requestId, cancelReasonCode: "OTHER" },
      });
      const second = await given.call("cancel", idOf(record), { body: { requestId, reasonCode: "OTHER" } });
      expect(second.text).toBe(first.text);
    });
  });

  it("may share its request id with other operations", async () => {
    const requestId = randomUUID();
    const { body } = await given.activate({ requestId });
    const each = offered(given, [
      ["suspend", "SUSPENDED"],
      ["resume", "ACTIVE"],
      ["cancel", "ACTIVE-ENDING"],
      ["reinstate", "ACTIVE"],
      ["terminate", "ACTIVE-ENDING"],
      ["revoke", "REVOKED"],
    ] as const).filter(([operation]) => given.shape.sentAs(operation) === operation);
    const states: unknown[] = [];
    for (const [operation] of each)
      states.push((await given.call(operation, idOf(body), { body: { requestId } })).body.status);
    expect(states).toEqual(each.map(([, state]) => state));
  });

  it("is no repeat where the request id differs in letter case or by a space", async () => {
    const record = await given.entitlementAt("ACTIVE");
    const id = `Key-${randomUUID()}`;
    await given.call("suspend", idOf(record), { body: { requestId: id } });
    await given.call("resume", idOf(record));
    for (const requestId of [id.toLowerCase(), `${id} `]) {
      const reply = await given.call("suspend", idOf(record), { body: { requestId } });
      expect(reply.body.status).toBe("SUSPENDED");
      await given.call("resume", idOf(record));
    }
  });

  describe("without a request id", () => {
    it("is done once more: nothing is replayed", async () => {
      const record = await given.entitlementAt("ACTIVE");
      for (let count = 0; count < 2; count += 1) {
        const seen = await watch.during(record, () => given.call("suspend", idOf(record)));
        expect(seen.asked).toEqual(["suspend"]);
        expect(seen.events).toHaveLength(1);
        await given.call("resume", idOf(record));
      }
    });

    it("is asked for anew where the account system declined", async () => {
      const content = given.newActivation(forcing("activate", "decline"));
      await given.activate(content);
      await given.activate(content);
      expect(watch.askedFor({ entitlementId: String(content.entitlementId) })).toHaveLength(2);
    });

    it("has another idempotency key each time; one with a request id has not", async () => {
      const record = await given.entitlementAt("ACTIVE");
      for (let count = 0; count < 2; count += 1) {
        await given.call("suspend", idOf(record));
        await given.call("resume", idOf(record));
      }
      const keys = watch.askedFor(record).map(({ call }) => call.idempotencyKey);
      expect(new Set(keys).size).toBe(5);
      for (const key of keys) expect(key).toMatch(/^[\w-]{20,64}$/);
    });

    it("keeps one row however often it comes", async () => {
      const record = await given.entitlementAt("SUSPENDED");
      const rows = async (): Promise<number> =>
        (await given.core.database.knex("journal").where({ merchantEntitlementId: idOf(record) })).length;
      await given.call("suspend", idOf(record));
      const before = await rows();
      await given.call("suspend", idOf(record));
      expect(await rows()).toBe(before);
    });
  });

  describe("when the URL of its 202 has expired", () => {
    const pending = async (): Promise<{ content: Body; first: Response }> => {
      const content = withId({ productKey: "MUSIC" });
      return { content, first: await given.activate(content) };
    };

    it("gets a fresh one while it is PENDING; that one is then repeated", async () => {
      const { content, first } = await pending();
      await given.advance(25 * HOUR_MS);
      const seen = await watch.during(first.body, () => given.activate(content));
      expect(codeOf(seen.reply)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
      expect(seen.reply.body.activationUrl).not.toBe(first.body.activationUrl);
      const { business } = await given.core.store.now();
      expect(Date.parse(seen.reply.body.urlExpiry)).toBeGreaterThan(business + 23 * HOUR_MS);
      expect([seen.asked, seen.events]).toEqual([[], []]);
      expect((await given.activate(content)).text).toBe(seen.reply.text);
    });

    it("gets the old one as long as it lives", async () => {
      const { content, first } = await pending();
      await given.advance(23 * HOUR_MS);
      expect((await given.activate(content)).text).toBe(first.text);
    });

    it.each(["cancel", "revoke"] as const)(
      "gets the old one once it is PENDING no more: after %s",
      async (end) => {
        const { content, first } = await pending();
        await given.call(end, idOf(first.body));
        await given.advance(25 * HOUR_MS);
        await expectReplay(() => given.activate(content));
        expect((await given.activate(content)).text).toBe(first.text);
      },
    );

    it("is CONFLICT all the same with another content", async () => {
      const { content } = await pending();
      await given.advance(25 * HOUR_MS);
      const reply = await watch.unchangedBy(() => given.activate({ ...content, offerKey: "X" }));
      expect(codeOf(reply)).toEqual(CONFLICT);
    });
  });

  it("has its URL and its token nowhere in the database", async () => {
    const content = withId({ productKey: "MUSIC" });
    const urls = [
      (await given.activate(content)).body.activationUrl,
      (await given.call("activationInfo", String(content.requestId))).body.activationUrl,
    ] as string[];
    const everything = JSON.stringify(await given.tables());
    expect(everything).toContain(String(content.requestId));
    expect(everything).not.toContain("activationUrl");
    for (const url of urls) {
      const token = url.slice(url.lastIndexOf("/") + 1);
      expect(token).toHaveLength(43);
      expect(everything).not.toContain(token);
    }
    expect(JSON.stringify(given.logged())).not.toContain(urls[0]!.slice(-43));
  });

  itLeavesTheBooksInAgreement(given);
});
