import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { ownTrace } from "../src/ports/trace.js";
import { renewableFake } from "./support/fake-accounts.js";
import type { FakeAccounts, FakeOptions } from "./support/fake-accounts.js";
import { onEveryDatabase } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const statusesOf = (replies: readonly Response[]): number[] => replies.map(({ status }) => status).sort();
const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

/** What the table of moves (2.4) lets each operation change, written out. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  activate: ["none → ACTIVE"],
  suspend: ["ACTIVE → SUSPENDED", "ACTIVE-ENDING → SUSPENDED"],
  resume: ["SUSPENDED → ACTIVE", "SUSPENDED → ACTIVE-ENDING"],
  cancel: ["ACTIVE → ACTIVE-ENDING", "SUSPENDED → CANCELLED"],
  reinstate: ["ACTIVE-ENDING → ACTIVE", "SUSPENDED → SUSPENDED"],
  revoke: ["ACTIVE → REVOKED", "ACTIVE-ENDING → REVOKED", "SUSPENDED → REVOKED"],
};

onEveryDatabase("many calls at once", (given) => {
  it("50 equal activates give one account, one event and 50 equal bodies", async () => {
    const body = given.newActivation({ requestId: randomUUID() });
    const replies = await Promise.all(times(50, () => given.call("activate", null, { body })));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    only([...new Set(replies.map((reply) => reply.text))]);
    const { merchantEntitlementId } = replies[0]?.body as { merchantEntitlementId: string };
    expect(await given.core.store.listHistory(merchantEntitlementId)).toHaveLength(1);
    expect(await given.ledger(String(body.entitlementId))).toHaveLength(1);
    const accounts = await given.core.database
      .knex("demo_account")
      .where({ customer: String(body.sharedCustomerId) });
    expect(accounts).toHaveLength(1);
  });

  it("20 different activates of one customer give one success, and the account system is called once", async () => {
    const sharedCustomerId = `customer-${randomUUID()}`;
    const bodies = times(20, () => given.newActivation({ sharedCustomerId, requestId: randomUUID() }));
    const replies = await Promise.all(bodies.map((body) => given.call("activate", null, { body })));
    expect(statusesOf(replies)).toEqual([201, ...times(19, () => 409)]);
    const books = await Promise.all(bodies.map((body) => given.ledger(String(body.entitlementId))));
    expect(books.flat()).toHaveLength(1);
  });

  it.each(times(8, (round) => round + 1))(
    "six racing operations on one entitlement end in a state that the table allows, round %i",
    async () => {
      const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE");
      const replies = await Promise.all(
        (["suspend", "resume", "cancel", "reinstate", "suspend", "revoke"] as const).map((operation) =>
          given.call(operation, id, { body: { requestId: randomUUID() } }),
        ),
      );
      const refusals = given.offers("reinstate") ? [409] : [409, 403];
      for (const { status } of replies) expect([200, ...refusals]).toContain(status);
      const history = await given.core.store.listHistory(id);
      expect(history.map(({ version }) => version)).toEqual(times(history.length, (index) => index + 1));
      for (const [index, { operation, before, after }] of history.entries()) {
        expect(before).toBe(history[index - 1]?.after ?? null);
        expect(ALLOWED[operation]).toContain(`${before ?? "none"} → ${after}`);
      }
      const { body } = await given.call("read", id);
      expect(body).toMatchObject({ status: history.at(-1)?.after });
      expect(["REVOKED", "CANCELLED"]).toContain((body as { status: string }).status);
      await given.expectBooksToAgree();
    },
  );

  it("leaves no turn and no reserved slot behind", async () => {
    const { turn, slot = [] } = await given.tables();
    expect(turn).toEqual([]);
    expect(slot.filter((row) => !String(row).includes('"reservedBy":null'))).toEqual([]);
  });
});

const SHORT = { accountDeadlineMs: 150, leaseMs: 400, turnWaitMs: 400 };

/** Runs the tests with an account system of their own, whose answers they decide. */
function withFake(
  title: string,
  fakeOptions: FakeOptions,
  limits: Readonly<Record<string, number>>,
  tests: (given: Scenario, fake: () => FakeAccounts) => void,
): void {
  const { system, fake, renew } = renewableFake(fakeOptions);
  onEveryDatabase(
    title,
    (given) => {
      beforeEach(renew);
      tests(given, fake);
    },
    {
      accounts: () => system,
      limits,
      defaultShapeBecause: "it is about the journal, which stands behind every shape",
    },
  );
}

const openRows = async (given: Scenario): Promise<string[]> =>
  (
    (await given.core.database.knex("journal").whereIn("state", ["begun", "unknown", "found"])) as {
      state: string;
    }[]
  ).map(({ state }) => state);
/** Makes every open row due now, as if its pause were over. */
const passTime = async (given: Scenario, ms = 0): Promise<void> => {
  await given.core.database
    .knex("journal")
    .whereIn("state", ["begun", "unknown", "found"])
    .update({
      dueAt: 0,
      ...(ms === 0 ? {} : { askedAt: given.core.database.knex.raw("askedAt - ?", [ms]) }),
    });
};

withFake("an equal call in flight", {}, {}, (given, fake) => {
  it("is joined, without a request id too, and all get the same bytes", async () => {
    let release = (): void => undefined;
    fake().next("activate", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
    const body = given.newActivation();
    const calls = times(10, () => given.call("activate", null, { body }));
    const settled = Promise.all(calls);
    while (fake().calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    release();
    const replies = await settled;
    expect(new Set(replies.map(({ status }) => status))).toContain(201);
    expect(fake().calls).toHaveLength(1);
  });

  it("does not join a call of the same request id with another content", async () => {
    let release = (): void => undefined;
    fake().next("activate", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
    const requestId = randomUUID();
    const first = given.activate({ requestId });
    void first.then();
    const early = Promise.resolve(first);
    while (fake().calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const other = await given.activate({ requestId });
    release();
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ responseCode: "CONFLICT" });
    expect((await early).status).toBe(201);
  });

  it("makes another operation on the same entitlement wait for its turn, and answers 503 when that is in vain", async () => {
    const active = await given.activate();
    const id = (active.body as { merchantEntitlementId: string }).merchantEntitlementId;
    let release = (): void => undefined;
    fake().next("suspend", { kind: "waits", until: new Promise((resolve) => (release = resolve)) });
    const suspending = Promise.resolve(given.call("suspend", id, { body: { requestId: "s" } }));
    while (!fake().calls.some(({ operation }) => operation === "suspend"))
      await new Promise((resolve) => setImmediate(resolve));
    const before = await given.tables();
    const revoke = await given.call("revoke", id, { body: { requestId: "r" } });
    expect(revoke.status).toBe(503);
    expect(revoke.headers["retry-after"]).toBe("2");
    expect(await given.tables()).toEqual(before);
    release();
    expect((await suspending).status).toBe(200);
    expect((await given.call("revoke", id, { body: { requestId: "r" } })).status).toBe(200);
  });
});

withFake("an unknown outcome", {}, SHORT, (given, fake) => {
  async function activeId(): Promise<string> {
    const { body } = await given.activate();
    return (body as { merchantEntitlementId: string }).merchantEntitlementId;
  }

  it.each([
    ["silent after its effect", "account_call.late"],
    ["nonsense", "account_call.answered_nonsense"],
    ["throws", "account_call.failed"],
  ] as const)(
    "of a suspend (%s) is answered 503 and said in the log, and settles by itself",
    async (behaviour, event) => {
      const id = await activeId();
      fake().next("suspend", behaviour);
      const already = given.logged().length;
      const reply = await given.call("suspend", id, { body: { requestId: randomUUID() } });
      expect(reply.status).toBe(503);
      expect(given.logged().slice(already)).toContainEqual(
        expect.objectContaining({ level: "warn", msg: event, operation: "suspend" }),
      );
      expect(await openRows(given)).toEqual(["unknown"]);
      await passTime(given);
      expect(await given.core.settleDue()).toBe(1);
      const status = behaviour === "silent after its effect" ? "SUSPENDED" : "ACTIVE";
      expect((await given.call("read", id)).body).toMatchObject({ status });
      expect(await openRows(given)).toEqual([]);
    },
  );

  it("is settled by the repeat of the call, under the same idempotency key", async () => {
    const id = await activeId();
    fake().next("suspend", "silent after its effect");
    const body = { requestId: randomUUID() };
    expect((await given.call("suspend", id, { body })).status).toBe(503);
    const repeat = await given.call("suspend", id, { body });
    expect(repeat.status).toBe(200);
    expect(repeat.body).toMatchObject({ status: "SUSPENDED" });
    expect((await given.call("suspend", id, { body })).text).toBe(repeat.text);
    expect(only(fake().calls.filter(({ operation }) => operation === "suspend")).idempotencyKey).toBe(
      fake().lookups[0],
    );
  });

  it("is settled by another call on the same entitlement, before that one begins", async () => {
    const id = await activeId();
    fake().next("suspend", "silent after its effect");
    expect((await given.call("suspend", id)).status).toBe(503);
    const revoke = await given.call("revoke", id);
    expect(revoke.status).toBe(200);
    const history = await given.core.store.listHistory(id);
    expect(history.map(({ operation }) => operation)).toEqual(["activate", "suspend", "revoke"]);
  });

  it("that was absent is begun anew by the repeat, under the same idempotency key", async () => {
    const id = await activeId();
    fake().next("suspend", "silent before any effect");
    const body = { requestId: randomUUID() };
    expect((await given.call("suspend", id, { body })).status).toBe(503);
    expect((await given.call("suspend", id, { body })).status).toBe(200);
    const keys = fake()
      .calls.filter(({ operation }) => operation === "suspend")
      .map((call) => call.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  /** Several looks of the background, of which none settles anything: after growing pauses, and with an alarm. */
  const lookInVain = async (): Promise<void> => {
    const already = given.logged().length;
    const pauses: number[] = [];
    for (let looks = 0; looks < 6; looks += 1) {
      await passTime(given);
      expect(await given.core.settleDue()).toBe(0);
      const row = (await given.core.database.knex("journal").where({ state: "unknown" }).first()) as {
        dueAt: number;
      };
      pauses.push(row.dueAt - (await given.core.store.now()).database);
    }
    expect([...pauses].sort((left, right) => left - right)).toEqual(pauses);
    expect(pauses.at(-1)).toBeGreaterThan(5000);
    const alarms = given
      .logged()
      .slice(already)
      .filter(({ msg }) => msg === "outcome.still_unknown");
    expect(alarms.map(({ level }) => level)).toEqual(["error"]);
  };

  it.each([
    ["unsure", { kind: "unsure" }],
    ["present, but as unknown as before", { kind: "present", result: { kind: "unknown" } }],
    [
      "present as nothing that a suspend can come to",
      { kind: "present", result: { kind: "signUpRequired" } },
    ],
  ] as const)(
    "that is %s keeps the turn, is asked for again after growing pauses, and raises an alarm",
    async (_, lookup) => {
      const id = await activeId();
      fake().next("suspend", "silent before any effect");
      expect((await given.call("suspend", id, { body: { requestId: randomUUID() } })).status).toBe(503);
      fake().answerLookup = () => lookup;
      await lookInVain();
      expect((await given.call("revoke", id)).status).toBe(503);
      fake().answerLookup = null;
      await passTime(given);
      expect(await given.core.settleDue()).toBe(1);
      expect((await given.call("revoke", id)).status).toBe(200);
    },
  );

  it.each([
    { kind: "done", periodEndsAt: Number.MAX_SAFE_INTEGER },
    { kind: "done", accountReference: "x".repeat(256) },
    { kind: "done", activationCode: "x".repeat(256) },
  ] as const)("is that of an answer which could not be kept: %j", async (answer) => {
    const id = await activeId();
    fake().next("endAtPeriod", answer);
    expect((await given.call("cancel", id)).status).toBe(503);
    expect(await openRows(given)).toEqual(["unknown"]);
    fake().answerLookup = () => ({ kind: "absent" });
    await passTime(given);
    expect(await given.core.settleDue()).toBe(1);
    expect((await given.call("cancel", id)).status).toBe(200);
  });

  it("of an activation that is undone raises an alarm too, and asks again only where that is safe", async () => {
    fake().next("activate", "silent after its effect");
    expect((await given.activate({ requestId: randomUUID() })).status).toBe(503);
    fake().next("revoke", "silent before any effect");
    await passTime(given, 61_000);
    await given.core.settleDue();
    const revokes = () => fake().calls.filter(({ operation }) => operation === "revoke").length;
    expect(revokes()).toBe(1);
    fake().answerLookup = () => ({ kind: "unsure" });
    await lookInVain();
    expect(revokes()).toBe(1);
    const { journalKey } = only(await given.core.store.listUnknownRows(10));
    const settlement = { journalKey, as: "done", reason: "ended there", by: "operator ann" } as const;
    expect(await given.core.settleByHand(settlement)).toBe("settled");
    const row = (await given.core.database.knex("journal").where({ journalKey }).first()) as { note: string };
    expect(row.note).toContain("ended there");
    expect((await given.tables()).turn).toEqual([]);
  });

  it.each([
    [undefined, "account-1"],
    ["account-of-ann", "account-of-ann"],
  ])("that a look-up has found keeps what it found, though a person decides (%j)", async (said, kept) => {
    fake().next("activate", "silent after its effect");
    const body = given.newActivation({ requestId: randomUUID() });
    expect((await given.call("activate", null, { body })).status).toBe(503);
    await passTime(given);
    await given.core.settleDue();
    const { journalKey, state } = only(await given.core.store.listUnknownRows(10));
    expect(state).toBe("found");
    const settlement = { journalKey, as: "done", reason: "x", by: "ann", accountReference: said } as const;
    expect(await given.core.settleByHand(settlement)).toBe("settled");
    const entitlement = await given.core.store.findByIdentity(String(body.entitlementId), "*");
    expect(entitlement).toMatchObject({ status: "ACTIVE", accountReference: kept });
  });

  it("of its activation takes of the time that the call which names it has for the account system", async () => {
    fake().next("activate", "silent after its effect");
    const body = given.newActivation({ requestId: randomUUID() });
    expect((await given.call("activate", null, { body })).status).toBe(503);
    const LOOK_MS = 100;
    fake().answerLookup = async (key) => {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      return { kind: "present", result: fake().effects.get(key)?.result ?? { kind: "unknown" } };
    };
    expect((await given.call("suspend", String(body.requestId))).status).toBe(200);
    const { leftMs } = only(fake().calls.filter(({ operation }) => operation === "suspend"));
    expect(leftMs).toBeLessThan(SHORT.accountDeadlineMs - LOOK_MS + 5);
  });

  it("can be decided by a person, who is noted with the call", async () => {
    const id = await activeId();
    fake().next("suspend", "silent before any effect");
    expect((await given.call("suspend", id, { body: { requestId: "by-hand" } })).status).toBe(503);
    const { journalKey } = only(await given.core.store.listUnknownRows(10));
    const settlement = {
      journalKey,
      as: "done",
      reason: "seen in the account system",
      by: "operator ann",
    } as const;
    expect(await given.core.settleByHand(settlement)).toBe("settled");
    expect(await given.core.settleByHand(settlement)).toBe("notOpen");
    expect((await given.call("read", id)).body).toMatchObject({ status: "SUSPENDED" });
    const row = (await given.core.database.knex("journal").where({ journalKey }).first()) as { note: string };
    expect(row.note).toContain("operator ann: seen in the account system");
  });

  describe("of an activate", () => {
    it("is never applied by the background; the repeat applies it and is answered", async () => {
      fake().next("activate", "silent after its effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      await passTime(given);
      expect(await given.core.settleDue()).toBe(0);
      expect(await openRows(given)).toEqual(["found"]);
      expect(await given.core.store.findByIdentity(String(body.entitlementId), "*")).toBeNull();
      const repeat = await given.call("activate", null, { body });
      expect(repeat.status).toBe(201);
      expect(repeat.body).toMatchObject({ status: "ACTIVE" });
      expect(fake().effects.size).toBe(1);
    });

    it.each([
      ["read, by the request id of the activation", (requestId: string) => given.call("read", requestId)],
      ["revoke, by the request id of the activation", (requestId: string) => given.call("revoke", requestId)],
    ])("is applied for any call that names the entitlement: %s", async (_name, naming) => {
      fake().next("activate", "silent after its effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      const reply = await naming(String(body.requestId));
      expect(reply.status).toBe(200);
      expect(await openRows(given)).toEqual([]);
    });

    it("is applied for an update that names it by Bango's entitlementId", async () => {
      fake().next("activate", "silent after its effect");
      const body = given.newActivation();
      expect((await given.call("activate", null, { body })).status).toBe(503);
      const update = { entitlementId: body.entitlementId, entitlementDisplayName: "Music" };
      const reply = await given.call("update", null, { body: update });
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ status: "ACTIVE", entitlementDisplayName: "Music" });
    });

    it("is not found while its activation is open under a reseller that the credential may not see", async () => {
      fake().next("activate", "silent after its effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      const request = {
        anyId: String(body.requestId),
        entitlementId: null,
        owner: "bango",
        trace: ownTrace("t"),
        budget: given.core.newBudget(),
      };
      await expect(given.core.locate({ ...request, scope: ["OTHER"] })).rejects.toThrow(
        "no such entitlement",
      );
      await given.call("activate", null, { body });
    });

    it("that nobody comes back for is undone, and a later repeat begins anew under another key", async () => {
      fake().next("activate", "silent after its effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      await passTime(given, 61_000);
      await given.core.settleDue();
      expect(fake().calls.map(({ operation }) => operation)).toEqual(["activate", "revoke"]);
      const { turn, slot = [] } = await given.tables();
      expect(turn).toEqual([]);
      expect(slot.filter((row) => String(row).includes(String(body.entitlementId)))).toEqual([]);
      expect(await given.core.store.findByIdentity(String(body.entitlementId), "*")).toBeNull();
      const repeat = await given.call("activate", null, { body });
      expect(repeat.status).toBe(201);
      const [first, , second] = fake().calls;
      expect(second?.operation).toBe("activate");
      expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
    });

    it("whose undoing is unknown too is undone until that is known", async () => {
      fake().next("activate", "silent after its effect");
      fake().next("revoke", "silent before any effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      await passTime(given, 61_000);
      await given.core.settleDue();
      expect(await openRows(given)).toEqual(["unknown"]);
      await passTime(given);
      expect(await given.core.settleDue()).toBe(1);
      expect([...fake().effects.values()].map(({ operation }) => operation)).toEqual(["activate", "revoke"]);
      expect(await openRows(given)).toEqual([]);
      expect((await given.tables()).turn).toEqual([]);
    });

    it("that took no effect leaves nothing, and frees the customer's slot", async () => {
      fake().next("activate", "silent before any effect");
      const body = given.newActivation({ requestId: randomUUID() });
      expect((await given.call("activate", null, { body })).status).toBe(503);
      await passTime(given);
      expect(await given.core.settleDue()).toBe(1);
      expect(await openRows(given)).toEqual([]);
      const other = await given.activate({ sharedCustomerId: body.sharedCustomerId });
      expect(other.status).toBe(201);
    });
  });
});

withFake("an account system whose lookup lags", { lagMs: 60_000 }, SHORT, (given, fake) => {
  it("is not believed that nothing is there before its lag has passed", async () => {
    const { body: active } = await given.activate();
    const id = (active as { merchantEntitlementId: string }).merchantEntitlementId;
    fake().next("suspend", "silent before any effect");
    expect((await given.call("suspend", id)).status).toBe(503);
    await passTime(given);
    expect(await given.core.settleDue()).toBe(0);
    expect(await openRows(given)).toEqual(["unknown"]);
    await passTime(given, 61_000);
    expect(await given.core.settleDue()).toBe(1);
    expect(await openRows(given)).toEqual([]);
  });

  it("is not believed either where a process that is gone may have asked again since", async () => {
    const { body: active } = await given.activate();
    const id = (active as { merchantEntitlementId: string }).merchantEntitlementId;
    fake().next("suspend", "silent before any effect");
    expect((await given.call("suspend", id)).status).toBe(503);
    await passTime(given, 61_000);
    const { store } = given.core;
    const journalKey = (await store.listUnknownRows(1))[0]?.journalKey ?? "";
    const dying = { journalKey, attemptToken: "a process that dies", leaseMs: 1, onlyIfDue: true };
    expect(await store.claimRow(dying)).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await given.core.settleDue()).toBe(0);
    expect(await openRows(given)).toEqual(["unknown"]);
  });
});

withFake("an account system without lookup", { lookup: false, idempotent: true }, SHORT, (given, fake) => {
  it("is asked again under the same key, and the effect is there once", async () => {
    const { body: active } = await given.activate();
    const id = (active as { merchantEntitlementId: string }).merchantEntitlementId;
    fake().next("suspend", "silent after its effect");
    expect((await given.call("suspend", id)).status).toBe(503);
    await passTime(given);
    expect(await given.core.settleDue()).toBe(1);
    expect((await given.call("read", id)).body).toMatchObject({ status: "SUSPENDED" });
    const keys = fake()
      .calls.filter(({ operation }) => operation === "suspend")
      .map((call) => call.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("keeps an unknown activation waiting for somebody, and asks again for the repeat alone", async () => {
    fake().next("activate", "silent after its effect");
    const body = given.newActivation({ requestId: randomUUID() });
    expect((await given.call("activate", null, { body })).status).toBe(503);
    await passTime(given);
    expect(await given.core.settleDue()).toBe(0);
    expect(fake().calls).toHaveLength(1);
    expect((await given.call("activate", null, { body })).status).toBe(201);
    expect(fake().effects.size).toBe(1);
  });

  it("is asked again for the repeat, though the background has looked, where the first call had no effect", async () => {
    fake().next("activate", "silent before any effect");
    const body = given.newActivation({ requestId: randomUUID() });
    expect((await given.call("activate", null, { body })).status).toBe(503);
    await passTime(given);
    await given.core.settleDue();
    expect((await given.call("activate", null, { body })).status).toBe(201);
    expect(fake().calls.map(({ operation }) => operation)).toEqual(["activate", "activate"]);
    expect(fake().effects.size).toBe(1);
  });

  it("undoes an unknown activation that nobody came back for", async () => {
    fake().next("activate", "silent before any effect");
    const body = given.newActivation({ requestId: randomUUID() });
    expect((await given.call("activate", null, { body })).status).toBe(503);
    await passTime(given, 61_000);
    await given.core.settleDue();
    expect(fake().calls.map(({ operation }) => operation)).toEqual(["activate", "revoke"]);
    expect((await given.tables()).turn).toEqual([]);
  });
});
