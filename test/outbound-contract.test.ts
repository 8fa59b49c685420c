import { describe, expect, it } from "@jest/globals";
import { outboundContract } from "../src/contract/outbound-contract.js";
import { BANGO_PASSWORD, BANGO_USER } from "./support/fake-bango.js";
import type { BangoDialect, Raw } from "./support/fake-bango.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold, Telling } from "./support/outbox-scenario.js";
import { BANGOTEL } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

/** Every path, method, name and status otherwise than the default has it. */
const ODD = {
  requestIdHeader: "Idempotency-Key",
  statusNames: { SUSPENDED: "PAUSED", CANCELLED: "GONE", REVOKED: "GONE" },
  operations: {
    activate: {
      method: "PUT",
      path: "/v2/calls/{activationRequestId}/started",
      request: {
        requestId: null,
        entitlementId: "/subscription/id",
        merchantEntitlementId: "/subscription/links/ours~1theirs",
        dateActivated: "since",
      },
      reply: { responseCode: "/result/code", status: "/subscription/state" },
    },
    suspend: {
      path: "/v2/ours/{merchantEntitlementId}/pause?bango={entitlementId}",
      request: { merchantEntitlementId: null, requestId: "/meta/id" },
      reply: { responseCode: "/result/code", status: "/subscription/state" },
    },
    resume: { enabled: false },
    terminate: {
      method: "DELETE",
      path: "/v2/theirs/{entitlementId}",
      request: Object.fromEntries(
        [
          "requestId",
          "entitlementId",
          "merchantEntitlementId",
          "immediate",
          "terminationDate",
          "reasonCategory",
          "reasonCode",
          "reasonDescription",
        ].map((name) => [name, null]),
      ),
    },
    update: { method: "POST", request: { productKey: "/plan/code", merchantExtensionData: "/plan/extra" } },
  },
  outcomes: [
    { message: "activate", httpStatus: 409, status: "present", outcome: "delivered" },
    { httpStatus: "4xx", responseCode: "LATER", outcome: "retry" },
    { httpStatus: [200, 201], responseCode: "NOT_REALLY", outcome: "dead" },
    { message: "suspend", httpStatus: 422, status: ["PAUSED", "STOPPED"], outcome: "delivered" },
  ],
};

const parsed = (text: string): Readonly<Record<string, unknown>> =>
  text === "" ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);

/** Written out here: what Bango makes of such a request, and its answer in the same manner. */
const dialect: BangoDialect = {
  read: ({ method, url, headers, text }) => {
    const body = parsed(text);
    const subscription = (body.subscription ?? {}) as Readonly<Record<string, string>>;
    const kind = url.endsWith("/started")
      ? "activate"
      : url.includes("/pause")
        ? "suspend"
        : method === "DELETE"
          ? "terminate"
          : "update";
    const entitlementId = subscription.id ?? /[\w-]{36}$/.exec(url)?.[0] ?? "";
    return { kind, entitlementId, requestId: String(headers["idempotency-key"]), body };
  },
  write: ({ responseCode, status }) => odd(responseCode, status === "SUSPENDED" ? "PAUSED" : status),
};
const odd = (code: string, state?: string) => ({
  result: { code },
  ...(state === undefined ? {} : { subscription: { state } }),
});

const lastRaw = (telling: Telling): Raw => telling.bango.raw.at(-1)!;

withBango(
  "a Bango that wants everything otherwise",
  (given, telling) => {
    it("is told of a sign-up by its own method, path, header and nested fields", async () => {
      const { sold, link } = await telling.pending({ requestId: "call/1", merchantExtensionData: { a: 1 } });
      expect((await telling.signUp(link)).status).toBe(303);
      expect(await telling.messages(sold)).toEqual(["activate delivered"]);
      const { messageId, body } = await telling.message(sold, "activate");
      const raw = lastRaw(telling);
      expect(raw).toMatchObject({ method: "PUT", url: "/v2/calls/call%2F1/started" });
      expect(raw.headers).toMatchObject({
        "idempotency-key": messageId,
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`${BANGO_USER}:${BANGO_PASSWORD}`).toString("base64")}`,
      });
      expect(raw.headers).not.toHaveProperty("x-requestidentifier");
      expect(parsed(raw.text)).toEqual({
        subscription: { id: bangoIdOf(sold), links: { "ours/theirs": idOf(sold) } },
        since: body.dateActivated,
        merchantExtensionData: { a: 1 },
      });
    });

    it("is told of each other change so too", async () => {
      const sold = await telling.active();
      await telling.merchant("update", sold, { productKey: "MUSIC_PREMIUM" });
      await telling.deliver();
      expect(lastRaw(telling).method).toBe("POST");
      expect(parsed(lastRaw(telling).text)).toMatchObject({
        entitlementId: bangoIdOf(sold),
        plan: { code: "MUSIC_PREMIUM" },
      });
      await telling.merchant("suspend", sold);
      await telling.deliver();
      const { messageId } = await telling.message(sold, "suspend");
      expect(lastRaw(telling)).toMatchObject({
        method: "POST",
        url: `/v2/ours/${idOf(sold)}/pause?bango=${bangoIdOf(sold)}`,
        text: JSON.stringify({ meta: { id: messageId }, entitlementId: bangoIdOf(sold) }),
      });
      await telling.merchant("revoke", sold);
      await telling.deliver();
      const raw = lastRaw(telling);
      expect(raw).toMatchObject({ method: "DELETE", url: `/v2/theirs/${bangoIdOf(sold)}`, text: "" });
      expect(raw.headers).not.toHaveProperty("content-type");
      expect(await telling.messages(sold)).toEqual([
        "update delivered",
        "suspend delivered",
        "terminate delivered",
      ]);
    });

    it("is not told what it has no call for: that message is disabled, and none waits behind it", async () => {
      const sold = await telling.active();
      await telling.merchant("suspend", sold);
      await telling.deliver();
      await telling.merchant("resume", sold);
      await telling.merchant("update", sold, { merchantExtensionData: { seats: 3 } });
      const before = telling.bango.raw.length;
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual([
        "suspend delivered",
        "resume disabled",
        "update delivered",
      ]);
      expect(telling.bango.raw.length).toBe(before + 1);
      expect(await telling.attempts(sold, "resume")).toEqual([]);
      expect(await telling.known(sold)).toMatchObject({ status: "SUSPENDED" });
      expect(await telling.pauseMs(sold)).toBeNull();
      const { messageId, finishedAt } = await telling.message(sold, "resume");
      expect(finishedAt).not.toBeNull();
      expect(await given.core.store.replayMessage(messageId)).toBe(true);
      await telling.deliver();
      expect((await telling.message(sold, "resume")).state).toBe("disabled");
      expect(telling.bango.raw.length).toBe(before + 1);
    });

    it.each<[string, number, object, string]>([
      ["409 with its own name of the goal", 409, odd("CONFLICT", "PAUSED"), "delivered"],
      ["409 with our name of the goal, which is none of its own", 409, odd("CONFLICT", "SUSPENDED"), "dead"],
      ["409 with the goal where another message would have it", 409, { status: "PAUSED" }, "dead"],
      ["409 with ALREADY_EXISTS in its own place", 409, odd("ALREADY_EXISTS"), "delivered"],
      ["404 with a code that asks for patience", 404, odd("LATER"), "pending"],
      ["404 without it", 404, odd("NOT_FOUND"), "dead"],
      ["201 that means no", 201, odd("NOT_REALLY"), "dead"],
      ["202 with the same code, which its rule is not about", 202, odd("NOT_REALLY"), "delivered"],
      ["422 with one of the states that mean yes", 422, odd("NO", "STOPPED"), "delivered"],
      ["422 with another", 422, odd("NO", "ACTIVE"), "dead"],
    ])("that answers %s", async (_name, status, body, state) => {
      const sold = await telling.active();
      await telling.merchant("suspend", sold);
      telling.bango.next(idOf(sold), { status, body });
      telling.bango.next(bangoIdOf(sold), { status, body });
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual([`suspend ${state}`]);
    });

    it("that has ended it, says so by its own name: access goes here too", async () => {
      const sold = await telling.active();
      await telling.merchant("suspend", sold);
      telling.bango.next(bangoIdOf(sold), { status: 409, body: odd("CONFLICT", "GONE") });
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual(["suspend ended"]);
      expect(await telling.statusOf(sold)).toBe("CANCELLED");
    });

    it("that knows the present state from its own call takes a late activate as told, where a rule says so", async () => {
      const { sold, link } = await telling.pending();
      telling.bango.next(bangoIdOf(sold), { status: 503 }, { status: 409, body: odd("CONFLICT", "PAUSED") });
      expect((await telling.signUp(link)).status).toBe(303);
      expect((await telling.bangoCalls("suspend", sold)).status).toBe(200);
      await telling.deliver();
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual(["activate delivered", "suspend delivered"]);
      expect(await telling.known(sold)).toMatchObject({ status: "SUSPENDED" });
      expect(given.logged().filter(({ msg }) => msg === "bango.message_dead")).not.toContainEqual(
        expect.objectContaining({ merchantEntitlementId: idOf(sold) }),
      );
    });
  },
  { bango: ODD, dialect },
);

withBango(
  "a reseller's own route",
  (given, telling) => {
    it("changes what it names, and leaves the rest as all have it", async () => {
      const suspended = async (resellerId: string): Promise<Raw> => {
        const sold = await given.entitlementAt("ACTIVE", { resellerId });
        await telling.merchant("suspend", sold);
        await telling.deliver();
        expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
        return lastRaw(telling);
      };
      const [shared, own] = [await suspended("BANGOTEL"), await suspended("OWNTEL")];
      expect(shared.method).toBe("PUT");
      expect(shared.url).toMatch(/^\/merchant-api-v1\/entitlement\/[\w-]{36}\/suspend$/);
      expect(parsed(shared.text)).toHaveProperty("rid");
      expect(own.method).toBe("PUT");
      expect(own.url).toMatch(/^\/asia\/[\w-]{36}\/suspend$/);
      expect(parsed(own.text)).toHaveProperty("rid");
      expect(parsed(own.text)).toHaveProperty("ours");
      expect(parsed(shared.text)).not.toHaveProperty("ours");
      expect(own.headers.authorization).toBe(shared.headers.authorization);
    });
  },
  {
    bango: { operations: { suspend: { method: "PUT", request: { requestId: "rid" } } } },
    file: {
      resellers: [
        BANGOTEL,
        {
          ...BANGOTEL,
          resellerId: "OWNTEL",
          bango: {
            operations: {
              suspend: { path: "/asia/{entitlementId}/suspend", request: { merchantEntitlementId: "ours" } },
            },
          },
        },
      ],
    },
  },
);

const OLD = "the-old-outbound-secret-0123";
const NEW = "the-new-outbound-secret-0123";
const DRILL = 120;

describe.each([
  ["at Bango first", [OLD, NEW]],
  ["here first", [NEW, OLD]],
])("changing the outbound secret %s", (_order, password) => {
  withBango(
    "under load",
    (given, telling) => {
      it("loses no message, stops nothing, and wears out no attempt", async () => {
        telling.bango.accepts = (secret) => secret === OLD;
        const sold = await telling.several(DRILL);
        for (const one of sold) {
          await telling.merchant("update", one, { merchantExtensionData: { seats: 2 } });
          await telling.merchant("suspend", one);
        }
        const { told: toldBefore, raw: rawBefore } = countsOf(telling);
        let told = 0;
        telling.bango.accepts = (secret) => {
          if (secret === (told < DRILL ? OLD : NEW)) told += 1;
          else return false;
          return true;
        };
        expect(await telling.deliver()).toBe(2 * DRILL);
        expect(await statesOf(given, sold)).toEqual({ delivered: 2 * DRILL });
        const rows = (await given.core.database.knex("outbox_attempt").select()) as { status: number }[];
        expect(rows).toHaveLength(2 * DRILL);
        expect(new Set(rows.map(({ status }) => status))).toEqual(new Set([200]));
        const { told: toldNow, raw: rawNow } = countsOf(telling);
        expect(toldNow - toldBefore).toBe(2 * DRILL);
        const events = given.logged().map(({ msg }) => msg);
        expect(events).not.toContain("bango.credential_refused");
        // Each message on its way at one of the two moments asks twice: those side by side, not all of them.
        expect(rawNow - rawBefore - 2 * DRILL).toBeLessThanOrEqual(2 * 16);
        expect(events).toContain("bango.secret_changed");
        expect(JSON.stringify(given.logged())).not.toContain("outbound-secret");
      }, 120_000);
    },
    // No message of the drill may fail because the machine is busy.
    { bango: { password }, delivery: { timeoutMs: 20_000 } },
  );
});

const countsOf = ({ bango }: Telling) => ({ told: bango.told.length, raw: bango.raw.length });

const statesOf = async (given: Scenario, sold: readonly Sold[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const one of sold)
    for (const { state } of await given.core.store.listMessages({
      merchantEntitlementId: idOf(one),
      limit: 10,
    }))
      counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

withBango(
  "two outbound secrets of which Bango takes neither",
  (given, telling) => {
    it("stop the target after one message has tried both", async () => {
      telling.bango.accepts = () => false;
      const start = telling.bango.raw.length;
      const sold = await telling.several(3);
      for (const one of sold) await telling.merchant("suspend", one);
      await telling.deliver();
      const before = telling.bango.raw.length;
      expect(before - start).toBeLessThanOrEqual(2 * 3);
      await telling.deliver();
      expect(telling.bango.raw.length).toBe(before);
      expect(await statesOf(given, sold)).toEqual({ pending: 3 });
      expect(given.logged().filter(({ msg }) => msg === "bango.credential_refused")).toHaveLength(1);
    });
  },
  { bango: { password: [OLD, NEW] } },
);

describe("the words of an answer", () => {
  const heard = (text: string) => outboundContract({}).heard("suspend", 409, text);

  it.each(["", "null", "[]", '"text"', "{", "7"])("%j say nothing", (text) => {
    expect(heard(text)).toEqual({ httpStatus: 409, responseCode: null, status: null });
  });

  it("may be numbers, and are nothing where they are neither text nor number", () => {
    expect(heard('{"responseCode":17,"status":{"name":"ACTIVE"}}')).toMatchObject({
      responseCode: "17",
      status: null,
    });
  });
});
