import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { DAY_MS } from "./support/scenario.js";
import type { Body } from "./support/scenario.js";
import {
  ENDED_PLACES,
  PLACES,
  STATE_AT,
  alreadySo,
  codeOf,
  forcing,
  idOf,
  itKeepsTheTable,
  itLeavesTheBooksInAgreement,
  momentOf,
  recordIn,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { Cell, EntitlementRecord } from "./support/watched.js";

const contentOf = ({ entitlementId, resellerId, productKey, sharedCustomerId }: EntitlementRecord): Body => ({
  entitlementId,
  resellerId,
  productKey,
  sharedCustomerId,
});

const exists = (place: Cell["place"]): Cell => ({
  place,
  promise: "is refused with ALREADY_EXISTS",
  answer: [409, "ALREADY_EXISTS"],
  state: STATE_AT[place],
  asked: [],
  events: 0,
});

const EVERYTHING = {
  offerKey: "SUMMER",
  dateExpiry: "2090-01-01T01:00:00+01:00",
  entitlementDisplayName: "Music for Anna",
  bangoUserId: "bango-user-1",
  customerIdentifier: "anna-1",
  merchantBangoExtensionData: { route: "a" },
  merchantExtensionData: { tier: ["gold"] },
  extensionData: { campaign: 7 },
  extraInformation: { clientDevice: { os: "tv" } },
};

watchedOnEveryDatabase(
  "activating an entitlement",
  (given, watch) => {
    const nothingIsKnownOf = async (content: Body): Promise<void> => {
      const reply = await given.call("update", null, { body: { entitlementId: content.entitlementId } });
      expect(codeOf(reply)).toEqual([404, "NOT_FOUND"]);
    };

    describe("that is sold at once", () => {
      it("is ACTIVE with 201, and the account system is asked once for full access", async () => {
        const content = given.newActivation();
        const reply = await given.activate(content);
        expect(codeOf(reply)).toEqual([201, "OK"]);
        expect(reply.body).toMatchObject({ ...content, status: "ACTIVE" });
        expect(reply.body).not.toHaveProperty("activationUrl");
        expect(watch.askedFor(reply.body)).toMatchObject([
          { operation: "activate", call: { access: "full", entitlement: { ...content, plan: "basic" } } },
        ]);
        const history = await given.core.store.listHistory(idOf(reply.body));
        expect(history).toMatchObject([{ version: 1, operation: "activate", before: null, after: "ACTIVE" }]);
      });

      it("has the dates of that moment and no others", async () => {
        const { result, expectWithin } = await momentOf(given, () => given.activate());
        const { dateCreated, dateActivated, dateLastUpdated } = result.body;
        expectWithin(dateCreated);
        expect([dateActivated, dateLastUpdated]).toEqual([dateCreated, dateCreated]);
        for (const field of ["dateSuspended", "dateResumed", "dateExpiry", "dateEnded", "terminationDate"])
          expect(result.body).not.toHaveProperty(field);
      });
    });

    describe("that the customer has to sign up for", () => {
      it("is PENDING with 202 and a URL; the account system is asked for eligibility at most", async () => {
        const content = given.newActivation({ productKey: "MUSIC" });
        const { result, expectWithin } = await momentOf(given, () => given.activate(content));
        const { activationUrl, urlExpiry, parameters } = result.body;
        expect(codeOf(result)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
        expect(result.body).toMatchObject({ ...content, status: "PENDING" });
        expect(activationUrl).toMatch(/^http:\/\/localhost:3000\/activate\/[\w-]{43}$/);
        expect(parameters).toEqual({ action: "NAVIGATE_TO_URL", url: activationUrl, urlExpiry });
        expectWithin(new Date(Date.parse(urlExpiry) - DAY_MS).toISOString());
        expect(result.body).not.toHaveProperty("dateActivated");
        expect(watch.askedFor(result.body)).toMatchObject([
          { operation: "eligibility", call: { access: "none" } },
        ]);
        const history = await given.core.store.listHistory(idOf(result.body));
        expect(history).toMatchObject([
          { version: 1, operation: "activate", before: null, after: "PENDING" },
        ]);
      });

      it("gets a fresh URL at every repeat; entitlement and history stay", async () => {
        const content = given.newActivation({ productKey: "MUSIC" });
        const first = await given.activate(content);
        await given.advance(60_000);
        const seen = await watch.during(first.body, () => given.activate(content));
        expect(codeOf(seen.reply)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
        expect(seen.reply.body.activationUrl).not.toBe(first.body.activationUrl);
        expect(Date.parse(seen.reply.body.urlExpiry)).toBeGreaterThan(Date.parse(first.body.urlExpiry));
        expect(recordIn(seen.reply.body)).toEqual(recordIn(first.body));
        expect([seen.asked, seen.events]).toEqual([[], []]);
      });
    });

    it("keeps every field, and tells those of the record", async () => {
      const reply = await given.activate(EVERYTHING);
      const { customerIdentifier, merchantBangoExtensionData, extensionData, extraInformation, ...told } =
        EVERYTHING;
      expect(reply.body).toMatchObject({ ...told, dateExpiry: "2090-01-01T00:00:00.000Z" });
      for (const field of [
        "customerIdentifier",
        "merchantBangoExtensionData",
        "extensionData",
        "extraInformation",
      ])
        expect(reply.body).not.toHaveProperty(field);
      expect(await given.core.store.findByAnyId(idOf(reply.body), "*")).toMatchObject({
        ...EVERYTHING,
        dateExpiry: Date.parse(EVERYTHING.dateExpiry),
      });
      expect(watch.askedFor(reply.body)).toMatchObject([
        {
          call: {
            entitlement: { customerIdentifier, merchantBangoExtensionData, extensionData, extraInformation },
          },
        },
      ]);
    });

    it("gets an id of ours that is opaque, safe in a URL, and later than those before it", async () => {
      const { body: first } = await given.activate();
      const { body: second } = await given.activate();
      expect(idOf(first)).toMatch(/^[\w.~-]{1,64}$/);
      expect([idOf(first), idOf(second)]).not.toContain(first.entitlementId);
      expect(idOf(second) > idOf(first)).toBe(true);
    });

    describe("once more, with the same content, in every state", () => {
      itKeepsTheTable(
        given,
        watch,
        "activate",
        [
          {
            place: "PENDING",
            promise: "gets a fresh URL",
            answer: [202, "CLIENT_ACTION_REQUIRED"],
            state: "PENDING",
            asked: [],
            events: 0,
          },
          {
            place: "PENDING for the account",
            promise: "waits still, without a URL",
            answer: [202, "OK"],
            state: "PENDING",
            asked: [],
            events: 0,
          },
          ...alreadySo("ACTIVE", "ACTIVE-ENDING", "SUSPENDED", "SUSPENDED-ENDING"),
          ...ENDED_PLACES.map(exists),
        ],
        (record) => ({ body: contentOf(record) }),
      );
    });

    describe("once more, with other content, in every state", () => {
      itKeepsTheTable(given, watch, "activate", PLACES.map(exists), (record) => ({
        body: { ...contentOf(record), offerKey: "ANOTHER" },
      }));
    });

    it.each([
      ["productKey", { productKey: "MUSIC_PREMIUM" }],
      ["offerKey", { offerKey: "WINTER" }],
      ["no offerKey", { offerKey: null }],
      ["sharedCustomerId", { sharedCustomerId: "somebody else" }],
      ["bangoUserId", { bangoUserId: "somebody else" }],
      ["customerIdentifier", { customerIdentifier: "somebody else" }],
      ["resellerId", { resellerId: "OTHERTEL" }],
    ])("is other content with another %s", async (_field, other) => {
      const content = given.newActivation(EVERYTHING);
      await given.activate(content);
      const reply = await watch.unchangedBy(() => given.activate({ ...content, ...other }));
      expect(codeOf(reply)).toEqual([409, "ALREADY_EXISTS"]);
    });

    it.each([
      ["dateExpiry", { dateExpiry: "2091-01-01T00:00:00Z" }],
      ["entitlementDisplayName", { entitlementDisplayName: "Other" }],
      ["merchantExtensionData", { merchantExtensionData: { tier: "tin" } }],
      ["extensionData", { extensionData: null }],
      ["unknown fields", { financeData: { vat: 20 } }],
      ["letter case of entitlementId", {}],
    ])("is the same content with other %s, of which the first is kept", async (_field, other) => {
      const content = given.newActivation(EVERYTHING);
      const first = await given.activate(content);
      const entitlementId = String(content.entitlementId).toUpperCase();
      const reply = await watch.unchangedBy(
        () => given.activate({ ...content, ...other, entitlementId }),
        ["journal"],
      );
      expect(codeOf(reply)).toEqual([200, "OK"]);
      expect(recordIn(reply.body)).toEqual(recordIn(first.body));
    });

    describe("as the account system answers", () => {
      it.each(["MUSIC_DIRECT", "MUSIC"])(
        "is NOT_AVAILABLE with the reason where it declines %s, and no entitlement comes to be",
        async (productKey) => {
          const content = given.newActivation({ productKey, ...forcing("activate", "decline") });
          const reply = await watch.unchangedBy(() => given.activate(content), ["journal"]);
          expect(codeOf(reply)).toEqual([403, "NOT_AVAILABLE"]);
          expect(reply.body).toMatchObject({ parameters: { reason: "NOT_ELIGIBLE" } });
          await nothingIsKnownOf(content);
        },
      );

      it.each(["MUSIC_DIRECT", "MUSIC"])(
        "is SERVICE_UNAVAILABLE where it is down for %s, and nothing is kept",
        async (productKey) => {
          const content = given.newActivation({ productKey, ...forcing("activate", "down") });
          const reply = await watch.unchangedBy(() => given.activate(content));
          expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
          await nothingIsKnownOf(content);
        },
      );

      it("is PENDING with 202 OK and no URL where it will do it later", async () => {
        const reply = await given.activate(forcing("activate", "accepted"));
        expect(codeOf(reply)).toEqual([202, "OK"]);
        expect(reply.body.status).toBe("PENDING");
        for (const field of ["activationUrl", "urlExpiry", "parameters", "dateActivated"])
          expect(reply.body).not.toHaveProperty(field);
      });

      it("does not take the customer id of somebody else for a wish", async () => {
        const reply = await given.activate({ sharedCustomerId: `x-decline-${randomUUID()}` });
        expect(codeOf(reply)).toEqual([201, "OK"]);
      });
    });

    itLeavesTheBooksInAgreement(given);
  },
  {
    file: {
      resellers: [
        {
          resellerId: "BANGOTEL",
          products: [
            { productKey: "MUSIC", plan: "premium", activation: "sign-up" },
            { productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" },
            { productKey: "MUSIC_PREMIUM", plan: "premium", activation: "immediate" },
          ],
          maxLivePerCustomer: 1000,
        },
        {
          resellerId: "OTHERTEL",
          products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
        },
      ],
    },
  },
);

watchedOnEveryDatabase(
  "activating where the account system has no word on who is eligible",
  (given, watch) => {
    it("is PENDING for the customer, and the account system hears nothing at all", async () => {
      const { body } = await given.activate({ productKey: "MUSIC" });
      expect(body.status).toBe("PENDING");
      expect(watch.askedFor(body)).toEqual([]);
    });
  },
  { without: ["eligibility"] },
);

const SIGN_UP_STEPS = ["register", "authenticate"] as const;
for (const missing of SIGN_UP_STEPS)
  watchedOnEveryDatabase(
    `activating where the account system has no ${missing}`,
    (given, watch) => {
      it("is NOT_AVAILABLE for what has to be signed up for, and a person is told at start", async () => {
        const content = given.newActivation({ productKey: "MUSIC" });
        const reply = await watch.unchangedBy(() => given.activate(content));
        expect(codeOf(reply)).toEqual([403, "NOT_AVAILABLE"]);
        expect((await given.activate()).status).toBe(201);
        const told = given.logged().filter(({ msg }) => msg === "product.not_sellable");
        expect(told.length).toBeGreaterThan(0);
      });
    },
    {
      without: [missing],
      defaultShapeBecause: "it is about the account system, which stands behind every shape",
    },
  );
