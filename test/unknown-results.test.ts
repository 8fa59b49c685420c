import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { OperationName } from "../src/contract/operations.js";
import type { Body, Place } from "./support/scenario.js";
import {
  codeOf,
  forcing,
  idOf,
  itLeavesTheBooksInAgreement,
  offered,
  recordIn,
  watchedOnEveryDatabase,
} from "./support/watched.js";
import type { EntitlementRecord } from "./support/watched.js";

const UPDATE = { productKey: "MUSIC_PREMIUM" };

watchedOnEveryDatabase(
  "a call of which nobody knows what the account system made",
  (given, watch) => {
    const send = (operation: OperationName, record: EntitlementRecord, body: Body): Promise<Response> =>
      operation === "update"
        ? given.call("update", null, { body: { merchantEntitlementId: idOf(record), ...UPDATE, ...body } })
        : given.call(operation, idOf(record), { body });

    const rows = [
      ["suspend", "suspend", "ACTIVE", "SUSPENDED"],
      ["resume", "resume", "SUSPENDED", "ACTIVE"],
      ["update", "update", "ACTIVE", "ACTIVE"],
      ["cancel", "cancel", "ACTIVE", "ACTIVE-ENDING"],
      ["reinstate", "reinstate", "ACTIVE-ENDING", "ACTIVE"],
      ["revoke", "revoke", "ACTIVE", "REVOKED"],
      ["terminate", "cancel", "ACTIVE", "ACTIVE-ENDING"],
    ] as const;
    it.each(offered(given, rows))(
      "%s: 503 and nothing written; the repeat finds what was done, and does not ask for it again",
      async (operation, word, place: Place, state) => {
        const record = await given.entitlementAt(place, forcing(word, "unknown"));
        const body = { requestId: `${operation}-${idOf(record)}` };
        const first = await watch.during(record, () => send(operation, record, body));
        expect(codeOf(first.reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
        expect(first.reply.headers["retry-after"]).toBe("2");
        expect(first.record).toEqual(recordIn(record));
        expect(first.events).toEqual([]);
        const second = await watch.during(record, () => send(operation, record, body));
        expect(codeOf(second.reply)).toEqual([200, "OK"]);
        expect(second.record.status).toBe(state);
        expect(second.events).toHaveLength(1);
        expect([first.asked.length, second.asked]).toEqual([1, []]);
        expect((await send(operation, record, body)).text).toBe(second.reply.text);
      },
    );

    describe("that was an activate", () => {
      const unknownActivation = async (): Promise<Body> => {
        const content = given.newActivation(forcing("activate", "unknown"));
        const body = { ...content, requestId: `activate-${String(content.entitlementId)}` };
        expect(codeOf(await given.activate(body))).toEqual([503, "SERVICE_UNAVAILABLE"]);
        return body;
      };
      const asked = (content: Body): string[] =>
        watch.askedFor({ entitlementId: String(content.entitlementId) }).map(({ operation }) => operation);

      it("is 503; the repeat finds what was done, and does not ask for it again", async () => {
        const content = await unknownActivation();
        const second = await given.activate(content);
        expect(codeOf(second)).toEqual([201, "OK"]);
        expect((await given.activate(content)).text).toBe(second.text);
        expect(asked(content)).toEqual(["activate"]);
      });

      it("is applied for whoever names its entitlement", async () => {
        const content = await unknownActivation();
        const reply = await given.call("read", String(content.requestId));
        expect(reply.body).toMatchObject({ status: "ACTIVE", entitlementId: content.entitlementId });
        expect(asked(content)).toEqual(["activate"]);
      });

      it("holds the customer's slot meanwhile", async () => {
        const content = await unknownActivation();
        const reply = await given.activate({ sharedCustomerId: content.sharedCustomerId });
        expect(codeOf(reply)).toEqual([409, "ALREADY_EXISTS"]);
        expect(codeOf(await given.activate(content))).toEqual([201, "OK"]);
      });
    });

    it("is settled before another call on the entitlement gets its turn", async () => {
      const record = await given.entitlementAt("ACTIVE", forcing("suspend", "unknown"));
      await given.call("suspend", idOf(record), { body: { requestId: "behind" } });
      const seen = await watch.during(record, () => given.call("resume", idOf(record)));
      expect(codeOf(seen.reply)).toEqual([200, "OK"]);
      expect(seen.record.status).toBe("ACTIVE");
      expect(seen.events.map(({ operation }) => operation)).toEqual(["suspend", "resume"]);
      expect(seen.asked).toEqual(["resume"]);
    });

    it("of eligibility is 503 and forgotten: a question has no effect", async () => {
      const content = given.newActivation({ productKey: "MUSIC", ...forcing("activate", "unknown") });
      const reply = await watch.unchangedBy(() => given.activate(content));
      expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
    });

    it("leaves no turn taken in the end", async () => {
      expect(await given.core.database.knex("turn").select("*")).toEqual([]);
    });

    itLeavesTheBooksInAgreement(given);
  },
  { limits: { accountDeadlineMs: 300 } },
);
