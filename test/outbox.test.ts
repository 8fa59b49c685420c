import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { RETRY_PAUSES_SECONDS } from "../src/core/retry.js";
import { BANGO_BASIC, BANGO_PASSWORD } from "./support/fake-bango.js";
import type { BangoAnswer } from "./support/fake-bango.js";
import { mia, requireBuilt } from "./support/mia.js";
import { bangoIdOf, idOf, withBango } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { environmentOf } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
const conflict = (status: string | null, responseCode = "CONFLICT"): BangoAnswer => ({
  status: 409,
  body: { responseCode, ...(status === null ? {} : { status }) },
});
const operationsOf = async (given: Scenario, sold: Sold): Promise<string[]> =>
  (await given.ledger(bangoIdOf(sold))).map(({ operation }) => operation);

withBango("telling Bango of a sign-up", (given, telling) => {
  it("is done before the page is answered, in the words of 4.1, once", async () => {
    const { sold, link } = await telling.pending({ merchantExtensionData: { seats: 2 } });
    expect(telling.toldOf(sold)).toEqual([]);
    const page = await telling.signUp(link);
    expect(page.status).toBe(303);
    const [told] = telling.bango.toldOf(bangoIdOf(sold));
    const read = (await given.call("read", idOf(sold))).body as Sold;
    expect(told).toEqual({
      kind: "activate",
      method: "POST",
      entitlementId: bangoIdOf(sold),
      requestId: (await telling.message(sold, "activate")).messageId,
      authorization: `Basic ${BANGO_BASIC}`,
      body: {
        requestId: told?.requestId,
        entitlementId: bangoIdOf(sold),
        merchantEntitlementId: idOf(sold),
        dateActivated: read.dateActivated,
        merchantExtensionData: { seats: 2 },
      },
    });
    expect(await telling.messages(sold)).toEqual(["activate delivered"]);
    expect(await telling.known(sold)).toMatchObject({ status: "ACTIVE", productKey: "MUSIC" });
    await telling.signUp(link);
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["activate"]);
    expect(await telling.pauseMs(sold)).toBeNull();
  });

  it("does not keep the customer waiting for a Bango that is slow; it is told later", async () => {
    const { sold, link } = await telling.pending();
    telling.bango.next(bangoIdOf(sold), "hangs");
    expect((await telling.signUp(link)).status).toBe(303);
    expect(await telling.statusOf(sold)).toBe("ACTIVE");
    expect(await telling.messages(sold)).toEqual(["activate pending"]);
    await telling.deliver();
    expect(telling.bango.states.get(bangoIdOf(sold))).toBe("ACTIVE");
    expect(telling.toldOf(sold)).toEqual(["activate", "activate"]);
  });

  it("that Bango answers by having ended it takes access away again, and the link says so from then on", async () => {
    const { sold, link } = await telling.pending();
    telling.bango.next(bangoIdOf(sold), { status: 410 });
    expect((await telling.signUp(link)).status).toBe(410);
    expect((await given.http.get(link)).status).toBe(410);
    expect((await telling.signUp(link)).status).toBe(410);
    expect(await telling.statusOf(sold)).toBe("REVOKED");
    expect((await operationsOf(given, sold)).sort()).toEqual(["activate", "link", "revoke"]);
    expect(await telling.messages(sold)).toEqual(["activate ended"]);
    await given.expectBooksToAgree();
  });
});

withBango("an attempt to tell Bango", (given, telling) => {
  const suspended = async (...answers: readonly BangoAnswer[]): Promise<Sold> => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), ...answers);
    await telling.deliver();
    return sold;
  };

  it.each<[string, BangoAnswer, number | null]>([
    ["500", { status: 500 }, 500],
    ["503", { status: 503 }, 503],
    ["599", { status: 599 }, 599],
    ["408", { status: 408 }, 408],
    ["425", { status: 425 }, 425],
    ["429", { status: 429 }, 429],
    ["cut off", "cut before any effect", null],
    ["left without an answer", "hangs", null],
  ])(
    "that is %s is repeated with the same request id, until it is delivered",
    async (_name, answer, status) => {
      const sold = await suspended(answer);
      expect(await telling.messages(sold)).toEqual(["suspend pending"]);
      // It may have been heard: what Bango takes for the status now, nobody knows.
      expect(await telling.known(sold)).not.toHaveProperty("status");
      expect(await telling.attempts(sold, "suspend")).toMatchObject([
        { attempt: 1, status, outcome: "retry" },
      ]);
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
      expect(await telling.known(sold)).toMatchObject({ status: "SUSPENDED" });
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
      const [first, second, ...more] = telling.bango.toldOf(bangoIdOf(sold));
      expect(second).toEqual(first);
      expect(first?.requestId).toMatch(/^[\w-]{36}$/);
      expect(more).toEqual([]);
      expect(await telling.attempts(sold, "suspend")).toMatchObject([{ status }, { status: 200 }]);
    },
  );

  it.each<[string, BangoAnswer]>([
    ["cut off", "cut after its effect"],
    ["not answered in time", "hangs after its effect"],
  ])(
    "that took effect and was %s counts as delivered when the next is answered 409",
    async (_name, answer) => {
      const sold = await suspended(answer);
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe("SUSPENDED");
      expect(await telling.messages(sold)).toEqual(["suspend pending"]);
      await telling.deliver();
      expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
      expect(await telling.attempts(sold, "suspend")).toMatchObject([
        { status: null, outcome: "retry" },
        { status: 409, outcome: "delivered" },
      ]);
      expect(await telling.statusOf(sold)).toBe("SUSPENDED");
    },
  );

  it("is repeated where nobody listens at Bango's address", async () => {
    const sold = await given.entitlementAt("ACTIVE", { resellerId: "DOWNTEL" });
    await telling.merchant("suspend", sold);
    await telling.deliver();
    const [attempt] = await telling.attempts(sold, "suspend");
    expect(attempt).toMatchObject({ status: null, outcome: "retry" });
    expect(attempt?.excerpt).toMatch(/ECONNREFUSED/);
    expect(await telling.messages(sold)).toEqual(["suspend pending"]);
    expect(telling.toldOf(sold)).toEqual([]);
    expect(await given.core.store.dropMessage((await telling.message(sold, "suspend")).messageId)).toBe(true);
  });

  it.each<[string, BangoAnswer]>([
    ["409 ALREADY_EXISTS", conflict(null, "ALREADY_EXISTS")],
    ["409 with the state that it wanted", conflict("SUSPENDED")],
    ["204", { status: 204 }],
  ])("that is answered %s is delivered", async (_name, answer) => {
    const sold = await suspended(answer);
    expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
    expect(await telling.known(sold)).toMatchObject({ status: "SUSPENDED" });
    expect(await telling.pauseMs(sold)).toBeNull();
  });

  it.each<[string, BangoAnswer, string]>([
    ["409 CANCELLED", conflict("CANCELLED"), "CANCELLED"],
    ["409 REVOKED", conflict("REVOKED"), "REVOKED"],
    ["410", { status: 410 }, "REVOKED"],
  ])(
    "that is answered %s ends the entitlement and its access, and tells nothing more",
    async (_n, answer, end) => {
      const sold = await suspended(answer);
      expect(await telling.messages(sold)).toEqual(["suspend ended"]);
      expect(await telling.statusOf(sold)).toBe(end);
      expect(await telling.known(sold)).toMatchObject({ status: end });
      expect(await operationsOf(given, sold)).toEqual(["activate", "suspend", "revoke"]);
      const [event] = (await given.core.store.listHistory(idOf(sold))).slice(-1);
      expect(event).toMatchObject({ owner: "outbox", actor: "bango", after: end });
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual(["suspend"]);
      await given.expectBooksToAgree();
    },
  );

  it.each<[string, BangoAnswer]>([
    ["400", { status: 400 }],
    ["403", { status: 403 }],
    ["404", { status: 404 }],
    ["422", { status: 422 }],
    ["302", { status: 302, headers: { location: "/elsewhere" } }],
    ["409 without a state", conflict(null)],
    ["409 with another state", conflict("PENDING")],
  ])(
    "that is answered %s is dead and flagged; nothing here changes, and nothing repeats it",
    async (_n, answer) => {
      const sold = await suspended(answer);
      expect(await telling.messages(sold)).toEqual(["suspend dead"]);
      expect(await telling.statusOf(sold)).toBe("SUSPENDED");
      expect(await operationsOf(given, sold)).toEqual(["activate", "suspend"]);
      expect(await telling.known(sold)).toMatchObject({ status: "ACTIVE" });
      const { messageId } = await telling.message(sold, "suspend");
      expect(given.logged()).toContainEqual(
        expect.objectContaining({ msg: "bango.message_dead", messageId }),
      );
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual(["suspend"]);
    },
  );

  it("of a sign-up that is dead leaves the customer their access", async () => {
    const { sold, link } = await telling.pending();
    telling.bango.next(bangoIdOf(sold), { status: 404 });
    expect((await telling.signUp(link)).status).toBe(303);
    expect(await telling.messages(sold)).toEqual(["activate dead"]);
    expect(await telling.statusOf(sold)).toBe("ACTIVE");
    await given.expectBooksToAgree();
  });

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    const inSeconds = await suspended({ status: 429, headers: { "retry-after": "120" } });
    expect(await telling.pauseMs(inSeconds)).toBeGreaterThan(110_000);
    expect(await telling.pauseMs(inSeconds)).toBeLessThanOrEqual(120_000);
    await given.core.deliverDue();
    expect(telling.toldOf(inSeconds)).toHaveLength(1);
    const date = new Date(Date.now() + 300_000).toUTCString();
    const byDate = await suspended({ status: 503, headers: { "retry-after": date } });
    expect(await telling.pauseMs(byDate)).toBeGreaterThan(290_000);
    expect(await telling.pauseMs(byDate)).toBeLessThanOrEqual(300_000);
    const atOnce = await suspended({ status: 429, headers: { "retry-after": "0" } });
    expect(await telling.pauseMs(atOnce)).toBeGreaterThan(500);
    await telling.deliver();
  });

  it("that fails until the schedule is over is the last, not sooner; then it is dead", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    const failures = RETRY_PAUSES_SECONDS.length + 1;
    telling.bango.next(bangoIdOf(sold), ...Array.from({ length: failures }, () => ({ status: 500 })));
    for (const seconds of RETRY_PAUSES_SECONDS) {
      await telling.deliver();
      const pauseMs = (await telling.pauseMs(sold)) ?? 0;
      expect(pauseMs).toBeGreaterThan(seconds * 900 - 900);
      expect(pauseMs).toBeLessThan(seconds * 1100 + 1);
      expect(await telling.messages(sold)).toEqual(["suspend pending"]);
    }
    await telling.deliver();
    expect(await telling.messages(sold)).toEqual(["suspend dead"]);
    expect(telling.toldOf(sold)).toHaveLength(failures);
    expect(new Set(telling.bango.toldOf(bangoIdOf(sold)).map(({ requestId }) => requestId)).size).toBe(1);
  });

  it("is kept: status, time taken, the first 2 KiB of the answer without our secrets", async () => {
    const planted = `{"echo":"${BANGO_PASSWORD}","header":"Basic ${BANGO_BASIC}","filler":"`;
    const atTheCut =
      2040 - planted.length - "[secret]".length * 2 + BANGO_PASSWORD.length + BANGO_BASIC.length;
    const body = `${planted}${"é".repeat(10)}${"x".repeat(atTheCut - 20)}${BANGO_PASSWORD}${"y".repeat(4000)}"}`;
    const sold = await suspended({ status: 500, body });
    const [attempt] = await telling.attempts(sold, "suspend");
    const excerpt = attempt?.excerpt ?? "";
    expect(attempt).toMatchObject({ attempt: 1, status: 500, outcome: "retry" });
    expect(attempt?.durationMs).toBeGreaterThanOrEqual(0);
    expect(Math.abs((attempt?.at ?? 0) - (await given.core.store.now()).database)).toBeLessThan(10_000);
    expect(Buffer.byteLength(excerpt)).toBe(2048);
    expect(excerpt).toContain('{"echo":"[secret]","header":"Basic [secret]"');
    expect(excerpt).not.toContain(BANGO_PASSWORD.slice(0, 6));
    expect(JSON.stringify(await given.tables())).not.toContain(BANGO_PASSWORD);
    expect(JSON.stringify(given.logged())).not.toContain(BANGO_PASSWORD);
    expect(JSON.stringify(given.logged())).not.toContain(BANGO_BASIC);
    await telling.deliver();
  });

  it("leaves out a character that the 2 KiB would divide", async () => {
    const sold = await suspended({ status: 403, body: `x${"é".repeat(3000)}` });
    const [attempt] = await telling.attempts(sold, "suspend");
    expect(attempt?.excerpt).toBe(`x${"é".repeat(1023)}`);
  });
});

withBango("the messages of one entitlement", (given, telling) => {
  const updated = (seats: number) => ({ merchantExtensionData: { seats } });

  it("arrive in order, one after the other, while those of others go past them", async () => {
    const [held, free] = [await telling.active(), await telling.active()];
    let release = (): void => undefined;
    telling.bango.next(bangoIdOf(held), { waits: new Promise<void>((resolve) => (release = resolve)) });
    await telling.merchant("update", held, updated(3));
    await telling.merchant("suspend", held);
    await telling.merchant("suspend", free);
    const pass = telling.deliver();
    await until(() => telling.toldOf(held).length === 1 && telling.toldOf(free).length === 1);
    await wait(50);
    expect(telling.toldOf(held)).toEqual(["update"]);
    expect(await telling.messages(free)).toEqual(["suspend delivered"]);
    release();
    await pass;
    expect(telling.toldOf(held)).toEqual(["update", "suspend"]);
    expect(await telling.messages(held)).toEqual(["update delivered", "suspend delivered"]);
  });

  it("wait behind one that is to be repeated", async () => {
    const sold = await telling.active();
    await telling.merchant("update", sold, updated(3));
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), { status: 500 }, { status: 500 });
    await telling.deliver();
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["update", "update"]);
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["update", "update", "update", "suspend"]);
  });

  it("do not wait behind a dead one", async () => {
    const sold = await telling.active();
    await telling.merchant("update", sold, updated(3));
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), { status: 403 });
    await telling.deliver();
    expect(await telling.messages(sold)).toEqual(["update dead", "suspend delivered"]);
  });

  it("do not make the one in front be sent before its pause is over", async () => {
    const sold = await telling.active();
    await telling.merchant("update", sold, updated(3));
    telling.bango.next(bangoIdOf(sold), { status: 429, headers: { "retry-after": "3600" } });
    await telling.deliver();
    await telling.merchant("suspend", sold);
    await given.core.deliverDue();
    expect(telling.toldOf(sold)).toEqual(["update"]);
    expect(await telling.pauseMs(sold)).toBeGreaterThan(3_500_000);
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["update", "update", "suspend"]);
  });

  it("go on at once when the one in front is given up", async () => {
    const sold = await telling.active();
    await telling.merchant("update", sold, updated(3));
    await telling.merchant("suspend", sold);
    telling.bango.next(bangoIdOf(sold), { status: 429, headers: { "retry-after": "3600" } });
    await telling.deliver();
    await given.core.store.dropMessage((await telling.message(sold, "update")).messageId);
    await given.core.deliverDue();
    expect(await telling.messages(sold)).toEqual(["update dropped", "suspend delivered"]);
  });

  it("are not sent once they are no longer so", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    await telling.merchant("resume", sold);
    await telling.merchant("suspend", sold);
    await telling.merchant("resume", sold);
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual([]);
    expect(new Set(await telling.messages(sold))).toEqual(
      new Set(["suspend superseded", "resume superseded"]),
    );
    expect(await telling.pauseMs(sold)).toBeNull();
  });

  it("tell the rest of an update of which one field has changed again", async () => {
    const sold = await telling.active();
    await telling.merchant("update", sold, { productKey: "MUSIC_PREMIUM", ...updated(3) });
    await telling.merchant("update", sold, updated(4));
    await telling.deliver();
    const fields = telling.bango.toldOf(bangoIdOf(sold)).map(({ body }) => body);
    expect(Object.assign({}, ...fields)).toMatchObject({ productKey: "MUSIC_PREMIUM", ...updated(4) });
    expect(fields).not.toContainEqual(expect.objectContaining(updated(3)));
    expect(await telling.known(sold)).toMatchObject({ productKey: "MUSIC_PREMIUM", ...updated(4) });
  });

  it("are followed by the present state where Bango's own call overtook one on its way", async () => {
    const sold = await telling.active();
    await telling.merchant("suspend", sold);
    let release = (): void => undefined;
    telling.bango.next(bangoIdOf(sold), { waits: new Promise<void>((resolve) => (release = resolve)) });
    const pass = telling.deliver();
    await until(() => telling.toldOf(sold).length === 1);
    expect((await telling.bangoCalls("resume", sold)).status).toBe(200);
    release();
    await pass;
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["suspend", "resume"]);
    expect(telling.bango.states.get(bangoIdOf(sold))).toBe("ACTIVE");
    expect(await telling.known(sold)).toMatchObject({ status: "ACTIVE" });
  });

  it("say activate first to a Bango that has not heard of it, whatever has happened since", async () => {
    const { sold, link } = await telling.pending();
    telling.bango.next(bangoIdOf(sold), { status: 500 });
    await telling.signUp(link);
    await telling.merchant("suspend", sold);
    await telling.deliver();
    expect(telling.toldOf(sold)).toEqual(["activate", "activate", "suspend"]);
    expect(await telling.messages(sold)).toEqual(["activate delivered", "suspend delivered"]);
    await telling.merchant("revoke", sold);
    await telling.deliver();
    const [last] = telling.bango.toldOf(bangoIdOf(sold)).slice(-1);
    expect(last?.body).toMatchObject({ immediate: true, reasonCategory: "REVOKED", reasonCode: "OTHER" });
    expect(telling.bango.states.get(bangoIdOf(sold))).toBe("REVOKED");
  });

  it("name the date where access ends later", async () => {
    const sold = await telling.active();
    await telling.merchant("cancel", sold);
    await telling.deliver();
    const [told] = telling.bango.toldOf(bangoIdOf(sold));
    const { endsAt } = (await given.core.store.findByAnyId(idOf(sold), "*"))!;
    expect(told?.body).toMatchObject({ immediate: false, terminationDate: new Date(endsAt!).toISOString() });
    expect(await telling.known(sold)).toMatchObject({ status: "ACTIVE-ENDING" });
  });
});

const PROBE_MS = 60_000;
/** The time that probes go by. */
let clock = 0;

withBango(
  "a credential that Bango refuses",
  (given, telling) => {
    it("stops everything but one probe, wears out no message, and is used again by itself when it is accepted", async () => {
      const sold = await telling.several(3);
      const heard = (): number => telling.bango.told.length;
      telling.bango.always = { status: 401, body: { responseCode: "UNAUTHORIZED" } };
      const before = heard();
      await telling.merchant("suspend", sold[0]!);
      await telling.deliver();
      expect(heard() - before).toBe(1);
      for (const one of sold.slice(1)) await telling.merchant("suspend", one);
      for (let pass = 0; pass < 5; pass += 1) await telling.deliver();
      expect(heard() - before).toBe(1);
      clock += PROBE_MS;
      for (let pass = 0; pass < 5; pass += 1) await telling.deliver();
      expect(heard() - before).toBe(2);
      for (const one of sold) {
        expect(await telling.message(one, "suspend")).toMatchObject({ state: "pending", attempts: 0 });
        expect(await telling.statusOf(one)).toBe("SUSPENDED");
      }
      const alarms = given.logged().filter(({ msg }) => msg === "bango.credential_refused");
      expect(alarms).toHaveLength(1);

      telling.bango.always = null;
      clock += PROBE_MS;
      await telling.deliver();
      await telling.deliver();
      for (const one of sold) {
        expect(await telling.message(one, "suspend")).toMatchObject({ state: "delivered" });
        expect(telling.bango.states.get(bangoIdOf(one))).toBe("SUSPENDED");
      }
      const outcomes = (await telling.attempts(sold[0]!, "suspend")).map(({ outcome }) => outcome);
      expect(outcomes).toContain("stop");
    });
  },
  { delivery: { probeEveryMs: PROBE_MS, now: () => clock } },
);

withBango(
  "the circuit breaker",
  (given, telling) => {
    it("opens after failures in a row; then one probe at a time, which wears nothing out, closes it", async () => {
      const sold = await telling.several(5);
      const before = telling.bango.told.length;
      const heard = (): number => telling.bango.told.length - before;
      telling.bango.always = { status: 503 };
      for (const one of sold.slice(0, 3)) {
        await telling.merchant("suspend", one);
        await given.core.deliverNow(idOf(one));
      }
      expect(heard()).toBe(3);
      expect(given.logged().filter(({ msg }) => msg === "bango.breaker_opened")).toHaveLength(1);
      for (const one of sold.slice(3)) await telling.merchant("suspend", one);
      await telling.deliver();
      await telling.deliver();
      expect(heard()).toBe(3);
      clock += PROBE_MS;
      await telling.deliver();
      await telling.deliver();
      expect(heard()).toBe(4);
      const counted = await Promise.all(sold.map((one) => telling.message(one, "suspend")));
      expect(counted.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(3);

      telling.bango.always = null;
      clock += PROBE_MS;
      await telling.deliver();
      await telling.deliver();
      for (const one of sold) expect(await telling.messages(one)).toEqual(["suspend delivered"]);
      expect(given.logged().filter(({ msg }) => msg === "bango.reachable_again")).toHaveLength(1);
    });

    it("stays closed where failures are not in a row, and where Bango answers no", async () => {
      const one = await telling.active();
      const other = await telling.active();
      await telling.merchant("suspend", one);
      telling.bango.next(bangoIdOf(one), ...Array.from({ length: 4 }, () => ({ status: 500 })));
      for (let pass = 0; pass < 4; pass += 1) {
        await telling.deliver();
        await telling.merchant(pass % 2 === 0 ? "suspend" : "resume", other);
        telling.bango.next(bangoIdOf(other), { status: 403 });
        await given.core.deliverNow(idOf(other));
      }
      expect(telling.toldOf(one)).toHaveLength(4);
      await telling.deliver();
      expect(await telling.messages(one)).toEqual(["suspend delivered"]);
    });
  },
  { delivery: { probeEveryMs: PROBE_MS, failuresMax: 3, now: () => clock } },
);

withBango(
  "without a Bango in the configuration",
  (given, telling) => {
    it("what has to be told waits, and is not lost", async () => {
      const { sold, link } = await telling.pending();
      expect((await telling.signUp(link)).status).toBe(303);
      await telling.deliver();
      await telling.deliver();
      expect(await telling.message(sold, "activate")).toMatchObject({ state: "pending", attempts: 0 });
      expect(await telling.attempts(sold, "activate")).toEqual([]);
      expect(await telling.pauseMs(sold)).toBeGreaterThan(0);
      expect(await telling.statusOf(sold)).toBe("ACTIVE");
      expect(telling.toldOf(sold)).toEqual([]);
      await given.expectBooksToAgree();
    });
  },
  { file: { bango: undefined } },
);

describe("mia outbox", () => {
  requireBuilt();

  withBango("from the command line", (given, telling) => {
    const outbox = async (...args: readonly string[]) => {
      const env = environmentOf(given.folder, given.databaseUrl, {
        file: { bango: { baseUrl: telling.bango.baseUrl, username: "merchant", password: BANGO_PASSWORD } },
      });
      const ended = await mia(["outbox", ...args], given.folder, env);
      return { ...ended, json: (): unknown => JSON.parse(ended.out) };
    };
    const dead = async (): Promise<{ sold: Sold; messageId: string }> => {
      const sold = await telling.active();
      await telling.merchant("suspend", sold);
      telling.bango.next(bangoIdOf(sold), { status: 403, body: { responseCode: "NOT_AVAILABLE" } });
      await telling.deliver();
      return { sold, messageId: (await telling.message(sold, "suspend")).messageId };
    };

    it("shows a message with every attempt, and lists by state", async () => {
      const { sold, messageId } = await dead();
      const shown = (await outbox("show", messageId, "--json")).json();
      expect(shown).toMatchObject({
        messageId,
        merchantEntitlementId: idOf(sold),
        kind: "suspend",
        state: "dead",
        attempts: [{ attempt: 1, status: 403, outcome: "dead", excerpt: '{"responseCode":"NOT_AVAILABLE"}' }],
      });
      const listed = (await outbox("list", "--state", "dead", "--json")).json();
      expect(listed).toContainEqual(expect.objectContaining({ messageId, state: "dead" }));
      expect((await outbox("list", "--state", "ended", "--json")).json()).toEqual([]);
      const none = await outbox("show", randomUUID());
      expect(none.code).not.toBe(0);
    });

    it("replays a dead message: it is sent under its old request id", async () => {
      const { sold, messageId } = await dead();
      expect((await outbox("replay", messageId, "--json")).json()).toEqual({ replayed: [messageId] });
      await given.core.deliverDue();
      expect(await telling.messages(sold)).toEqual(["suspend delivered"]);
      expect(telling.bango.toldOf(bangoIdOf(sold)).map(({ requestId }) => requestId)).toEqual([
        messageId,
        messageId,
      ]);
      expect((await telling.attempts(sold, "suspend")).map(({ status }) => status)).toEqual([403, 200]);
      expect((await outbox("replay", messageId)).code).not.toBe(0);
    });

    it("replays what a filter finds, and nothing without one", async () => {
      const first = await dead();
      const second = await dead();
      const other = await dead();
      expect((await outbox("replay")).code).not.toBe(0);
      expect(await telling.messages(first.sold)).toEqual(["suspend dead"]);
      for (const { sold } of [first, second])
        expect((await outbox("replay", "--entitlement", idOf(sold), "--state", "dead")).code).toBe(0);
      await given.core.deliverDue();
      expect(await telling.messages(first.sold)).toEqual(["suspend delivered"]);
      expect(await telling.messages(second.sold)).toEqual(["suspend delivered"]);
      expect(await telling.messages(other.sold)).toEqual(["suspend dead"]);
    });

    it("gives a pending message up: Bango is not told", async () => {
      const sold = await telling.active();
      await telling.merchant("suspend", sold);
      const { messageId } = await telling.message(sold, "suspend");
      expect((await outbox("drop", messageId, "--json")).json()).toEqual({ dropped: [messageId] });
      await telling.deliver();
      expect(telling.toldOf(sold)).toEqual([]);
      expect(await telling.messages(sold)).toEqual(["suspend dropped"]);
    });

    it("replays a dead activate of what has ended since without sending it", async () => {
      const { sold, link } = await telling.pending();
      telling.bango.next(bangoIdOf(sold), { status: 404 });
      await telling.signUp(link);
      expect(await telling.messages(sold)).toEqual(["activate dead"]);
      expect((await telling.bangoCalls("revoke", sold)).status).toBe(200);
      const { messageId } = await telling.message(sold, "activate");
      expect((await outbox("replay", messageId)).code).toBe(0);
      await given.core.deliverDue();
      expect(await telling.messages(sold)).toEqual(["activate superseded"]);
      expect(telling.toldOf(sold)).toEqual(["activate"]);
      expect(telling.bango.states.get(bangoIdOf(sold))).toBe("REVOKED");
    });
  });
});
