import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { BANGOTEL } from "./support/scenario.js";
import type { Body, Place } from "./support/scenario.js";
import {
  codeOf,
  forcing,
  idOf,
  itLeavesTheBooksInAgreement,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const HOLDING: readonly Place[] = ["ACTIVE", "SUSPENDED", "PENDING for the account"];
const FREE: readonly Place[] = [
  "PENDING",
  "ACTIVE-ENDING",
  "SUSPENDED-ENDING",
  "CANCELLED",
  "REVOKED",
  "ended by our clock",
];

const VIDEO = { productKey: "VIDEO", plan: "video", activation: "immediate", maxLivePerCustomer: 2 };
const RESELLERS = [
  { ...BANGOTEL, products: [...BANGOTEL.products, VIDEO] },
  {
    resellerId: "OTHERTEL",
    products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
  },
];

watchedOnEveryDatabase(
  "a customer's slots",
  (given, watch) => {
    const created = [201, "OK"];
    const noSlot = [409, "ALREADY_EXISTS"];
    const sameCustomer = ({ sharedCustomerId }: EntitlementRecord): Body => ({ sharedCustomerId });
    const activations = async (...bodies: readonly Body[]): Promise<unknown[]> => {
      const codes: unknown[] = [];
      for (const body of bodies) codes.push(codeOf(await given.activate(body)));
      return codes;
    };
    const slotsOf = async (record: Body): Promise<number> =>
      (await given.core.database.knex("slot").where({ merchantEntitlementId: idOf(record) })).length;

    describe("within the limit of the reseller", () => {
      it.each(HOLDING)("%s holds one: another is refused, with nothing called or written", async (place) => {
        const record = await given.entitlementAt(place);
        const content = given.newActivation({ productKey: "MUSIC_PREMIUM", ...sameCustomer(record) });
        const reply = await watch.unchangedBy(() => given.activate(content));
        expect(codeOf(reply)).toEqual(noSlot);
        expect(watch.askedFor({ entitlementId: String(content.entitlementId) })).toEqual([]);
        expect(await slotsOf(record)).toBe(1);
      });

      it.each(FREE)("%s holds none: another may be activated", async (place) => {
        const record = await given.entitlementAt(place);
        expect(await slotsOf(record)).toBe(0);
        expect(await activations(sameCustomer(record))).toEqual([created]);
      });

      it("a sign-up may begin all the same: that page will tell", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const reply = await given.activate({ productKey: "MUSIC", ...sameCustomer(record) });
        expect(codeOf(reply)).toEqual([202, "CLIENT_ACTION_REQUIRED"]);
        expect(await slotsOf(reply.body)).toBe(0);
      });

      it("a repeat of the first is not refused for the slot that it holds itself", async () => {
        const content = given.newActivation();
        expect(await activations(content, content)).toEqual([created, [200, "OK"]]);
      });

      it("another customer has slots of its own", async () => {
        await given.entitlementAt("ACTIVE");
        expect(await activations({})).toEqual([created]);
      });

      it("the same customer id at another reseller is another customer", async () => {
        const record = await given.entitlementAt("ACTIVE");
        expect(await activations({ ...sameCustomer(record), resellerId: "OTHERTEL" })).toEqual([created]);
      });
    });

    describe("that were reserved for nothing", () => {
      it.each([
        ["decline", [403, "NOT_AVAILABLE"]],
        ["down", [503, "SERVICE_UNAVAILABLE"]],
      ])("are free again where the account system says %s", async (result, code) => {
        const customer = forcing("activate", result);
        expect(await activations(customer, customer)).toEqual([code, code]);
        const reserved = await given.core.database.knex("slot").whereNotNull("reservedBy");
        expect(reserved).toEqual([]);
      });
    });

    describe("of whom", () => {
      const somebody = (): string => `somebody-${randomUUID()}`;
      const direct = (ids: Body): Body => ({ sharedCustomerId: undefined, ...ids });

      it.each(["sharedCustomerId", "bangoUserId", "customerIdentifier"])(
        "%s names the customer where it is the only id",
        async (field) => {
          const customer = direct({ [field]: somebody() });
          expect(await activations(customer, customer)).toEqual([created, noSlot]);
        },
      );

      it("the first id that is present names the customer; the others do not count", async () => {
        const bangoUserId = somebody();
        const sharedCustomerId = somebody();
        expect(
          await activations(
            { sharedCustomerId, bangoUserId },
            { sharedCustomerId: somebody(), bangoUserId },
            direct({ bangoUserId }),
            { sharedCustomerId },
          ),
        ).toEqual([created, created, created, noSlot]);
      });

      it("equal ids in different fields are different customers", async () => {
        const id = somebody();
        expect(
          await activations(
            direct({ sharedCustomerId: id }),
            direct({ bangoUserId: id }),
            direct({ customerIdentifier: id }),
          ),
        ).toEqual([created, created, created]);
      });

      it("the customer stays who it was at activate, whatever an update says", async () => {
        const [before, after] = [somebody(), somebody()];
        const { body } = await given.activate(direct({ customerIdentifier: before }));
        await given.call("update", null, {
          body: { merchantEntitlementId: idOf(body), customerIdentifier: after },
        });
        expect(
          await activations(direct({ customerIdentifier: before }), direct({ customerIdentifier: after })),
        ).toEqual([noSlot, created]);
      });
    });

    describe("of a product with its own limit", () => {
      const newCustomer = (): Body => ({ sharedCustomerId: `viewer-${randomUUID()}` });

      it("are counted alone: two of it, and one of all the others", async () => {
        const customer = newCustomer();
        const video = { ...customer, productKey: "VIDEO" };
        const music = { ...customer, productKey: "MUSIC_DIRECT" };
        const premium = { ...customer, productKey: "MUSIC_PREMIUM" };
        expect(await activations(video, music, video, video, premium)).toEqual([
          created,
          created,
          created,
          noSlot,
          noSlot,
        ]);
      });

      it("are freed one by one", async () => {
        const video = { ...newCustomer(), productKey: "VIDEO" };
        const { body } = await given.activate(video);
        await activations(video);
        await given.call("revoke", idOf(body));
        expect(await activations(video, video)).toEqual([created, noSlot]);
      });

      it("change with the product of an update: the old one is free, the new one taken", async () => {
        const customer = newCustomer();
        const { body } = await given.activate(customer);
        await given.call("update", null, {
          body: { merchantEntitlementId: idOf(body), productKey: "VIDEO" },
        });
        expect(
          await activations(
            customer,
            { ...customer, productKey: "VIDEO" },
            { ...customer, productKey: "VIDEO" },
          ),
        ).toEqual([created, created, noSlot]);
      });
    });

    describe("at a reinstate", () => {
      const reinstate = (record: EntitlementRecord): Promise<Response> =>
        given.call("reinstate", idOf(record));

      const ending = given.offers("reinstate") ? (["ACTIVE-ENDING", "SUSPENDED-ENDING"] as const) : [];
      for (const place of ending)
        it(`${place} needs one again: without it CONFLICT, with nothing called or written`, async () => {
          const record = await given.entitlementAt(place);
          const { body: other } = await given.activate(sameCustomer(record));
          const seen = await watch.during(record, () => watch.unchangedBy(() => reinstate(record)));
          expect(codeOf(seen.reply)).toEqual([409, "CONFLICT"]);
          expect(seen.asked).toEqual([]);
          await given.call("revoke", idOf(other));
          expect(codeOf(await reinstate(record))).toEqual([200, "OK"]);
          expect(await activations(sameCustomer(record))).toEqual([noSlot]);
        });

      it("is free again where the account system declines", async () => {
        const record = await given.entitlementAt("ACTIVE-ENDING", forcing("reinstate", "decline"));
        expect(codeOf(await reinstate(record))).toEqual([403, "NOT_AVAILABLE"]);
        expect(await activations(sameCustomer(record))).toEqual([created]);
      });

      it("no resume, suspend or cancel needs one: another may be active meanwhile", async () => {
        const record = await given.entitlementAt("ACTIVE-ENDING");
        await given.activate(sameCustomer(record));
        const codes: number[] = [];
        for (const operation of ["suspend", "resume", "cancel"] as const)
          codes.push((await given.call(operation, idOf(record))).status);
        expect(codes).toEqual([200, 200, 200]);
      });
    });

    it("are held by exactly those that hold one, each once", async () => {
      const live = (await given.core.store.listEntitlements({ limit: 1000 })).filter(
        ({ status, endsAt, waitingFor }) =>
          status === "ACTIVE" ||
          (status === "SUSPENDED" && endsAt === null) ||
          (status === "PENDING" && waitingFor === "account"),
      );
      const slots = (await given.core.database.knex("slot").select("*")) as {
        merchantEntitlementId: string;
        reservedBy: string | null;
      }[];
      expect(slots.map(({ merchantEntitlementId }) => merchantEntitlementId).sort()).toEqual(
        live.map(idOf as (record: object) => string).sort(),
      );
      expect(slots.filter(({ reservedBy }) => reservedBy !== null)).toEqual([]);
    });

    itLeavesTheBooksInAgreement(given);
  },
  { file: { resellers: RESELLERS } },
);
