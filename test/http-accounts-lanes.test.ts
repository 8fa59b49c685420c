import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { AccountSystem } from "../src/ports/account-system.js";
import { fakeAccounts } from "./support/fake-accounts.js";
import { accountCall, httpAccountsOf } from "./support/http-accounts.js";
import type { Observed } from "./support/http-accounts.js";
import { inDefaultShape } from "./support/scenario.js";
import { says, scriptedServer } from "./support/scripted-server.js";
import type { ScriptedServer } from "./support/scripted-server.js";

let server: ScriptedServer;
const opened: Observed[] = [];

beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(async () => {
  for (const { accounts } of opened.splice(0)) await accounts.close();
  await server.stop();
});

const DONE = [{ status: 200, kind: "done" }];
/** Nobody here waits for as long as this. */
const TIMEOUT_MS = 60_000;

function open(more: object = {}): Observed {
  const observed = httpAccountsOf({
    type: "http",
    baseUrl: server.baseUrl,
    lagMs: 0,
    timeoutMs: TIMEOUT_MS,
    connections: 1,
    retries: { max: 0 },
    headers: { "X-Partner": "=entitlement.resellerId" },
    operations: {
      activate: { method: "POST", path: "/activate", results: DONE },
      revoke: { method: "POST", path: "/revoke", results: DONE },
      lookup: { method: "GET", path: "/effects/{=call.idempotencyKey}", results: DONE },
      list: { method: "GET", path: "/list", results: [{ status: 200, kind: "page" }] },
      health: { method: "GET", path: "/health" },
    },
    ...more,
  });
  opened.push(observed);
  return observed;
}

const times = () => ({ signal: AbortSignal.timeout(TIMEOUT_MS), deadlineAt: Date.now() + TIMEOUT_MS });
const lasting = <T>(promise: Promise<T>): { readonly promise: Promise<T>; isOver: boolean } => {
  const one = { promise, isOver: false };
  void promise.finally(() => (one.isOver = true));
  return one;
};
function asking({ accounts }: Observed) {
  const call = accountCall();
  return {
    activateFor: (resellerId: string) =>
      accounts.activate({ ...call, ...times(), entitlement: { ...call.entitlement, resellerId } }),
    lookUpFor: (resellerId: string) => accounts.lookup!("key-1", { ...times(), resellerId }),
    list: () => accounts.list!({ cursor: null, limit: 10, ...times() }),
  };
}
/** An answer that waits until it is told to go. */
function held() {
  const go: { now: () => void } = { now: () => undefined };
  server.next((res, received) => {
    go.now = () => {
      says(200, {})(res, received);
    };
  });
  return go;
}
const arrived = async (count: number): Promise<void> => {
  while (server.received.length < count) await new Promise((resolve) => setImmediate(resolve));
};
const LOOKED_UP = { kind: "present", result: { kind: "done" } };

describe("connections that one reseller's calls have taken up", () => {
  it("are missed by no other reseller, by no look-up and by no list", async () => {
    const { activateFor, lookUpFor, list } = asking(open());
    const answer = held();
    const stalled = lasting(activateFor("A"));
    await arrived(1);
    const behind = lasting(activateFor("A"));
    expect(await activateFor("B")).toEqual({ kind: "done" });
    expect(await lookUpFor("A")).toEqual(LOOKED_UP);
    expect(await list()).toEqual({ items: [], next: null });
    expect([stalled.isOver, behind.isOver]).toEqual([false, false]);
    answer.now();
    expect([await stalled.promise, await behind.promise]).toEqual([{ kind: "done" }, { kind: "done" }]);
  });

  it("are missed by no other reseller's look-ups where it is look-ups that took them", async () => {
    const { lookUpFor } = asking(open());
    const answer = held();
    const stalled = lasting(lookUpFor("A"));
    await arrived(1);
    expect(await lookUpFor("B")).toEqual(LOOKED_UP);
    expect(stalled.isOver).toBe(false);
    answer.now();
    expect(await stalled.promise).toEqual(LOOKED_UP);
  });

  it("keep nobody from a token", async () => {
    const tokens = {
      type: "oauth2",
      tokenUrl: `${server.baseUrl}/token`,
      clientId: "mia",
      clientSecret: "s",
    };
    const observed = open({ auth: tokens });
    const { activateFor } = asking(observed);
    server.next(says(200, { access_token: "t-1" }));
    const answer = held();
    const stalled = lasting(activateFor("A"));
    await arrived(2);
    observed.clock.now += 3_600_000;
    server.next(says(200, { access_token: "t-2" }));
    expect(await activateFor("B")).toEqual({ kind: "done" });
    expect(stalled.isOver).toBe(false);
    answer.now();
    expect(await stalled.promise).toEqual({ kind: "done" });
  });
});

describe("failures in a row", () => {
  it("of one reseller's calls keep no other reseller and no look-up away", async () => {
    const observed = open({ breaker: { failures: 2, restMs: 5000 } });
    const { activateFor, lookUpFor } = asking(observed);
    server.next(says(500, {}), says(500, {}));
    for (let time = 0; time < 2; time += 1) expect(await activateFor("A")).toEqual({ kind: "unknown" });
    expect(await activateFor("A")).toEqual({ kind: "retryLater", afterMs: 5000 });
    expect(await activateFor("B")).toEqual({ kind: "done" });
    expect(await lookUpFor("A")).toEqual(LOOKED_UP);
    // Nor do others' successes send more to where one reseller's calls fail.
    expect((await activateFor("A")).kind).toBe("retryLater");
    expect(server.received).toHaveLength(4);
  });

  it("of one reseller's look-ups keep away its look-ups alone", async () => {
    const { activateFor, lookUpFor } = asking(open({ breaker: { failures: 1, restMs: 5000 } }));
    server.next(says(500, {}));
    await lookUpFor("A");
    expect(await lookUpFor("A")).toEqual({ kind: "unsure" });
    expect(server.received).toHaveLength(1);
    expect(await lookUpFor("B")).toEqual(LOOKED_UP);
    expect(await activateFor("A")).toEqual({ kind: "done" });
  });
});

describe("resellers that are gone", () => {
  it("keep no connection, once another one comes; whoever is still waiting keeps its own", async () => {
    const observed = open();
    const { activateFor } = asking(observed);
    for (const name of ["A", "B", "C", "D"]) await activateFor(name);
    const answer = held();
    const waiting = activateFor("B");
    await arrived(5);
    observed.clock.now += 9_999;
    await activateFor("E");
    expect(await server.connections()).toBe(5);
    observed.clock.now += 1;
    await activateFor("F");
    // Those of B, E and F.
    const until = Date.now() + 2000;
    while ((await server.connections()) > 3 && Date.now() < until)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await server.connections()).toBe(3);
    answer.now();
    expect(await waiting).toEqual({ kind: "done" });
  });

  it("and those that come after the end find everything closed", async () => {
    const observed = open();
    await observed.accounts.close();
    expect(await asking(observed).activateFor("A")).toEqual({ kind: "retryLater" });
    expect(server.received).toEqual([]);
  });
});

const asked: (string | undefined)[] = [];
const fake = fakeAccounts();
const accounts: AccountSystem = {
  ...fake.system,
  lookup: (key, context) => {
    asked.push(context.resellerId);
    return fake.system.lookup!(key, context);
  },
};

inDefaultShape("what the account system is asked is the same in every shape")(
  "a look-up",
  (given) => {
    it("is told whose effect it is for: a repeated call's, and that of an activation that is undone", async () => {
      asked.splice(0);
      fake.calls.splice(0);
      fake.next("activate", "silent after its effect");
      const content = given.newActivation({ requestId: "look-up-1" });
      expect((await given.activate(content)).status).toBe(503);
      expect((await given.activate(content)).status).toBe(201);
      expect(asked.splice(0)).toEqual(["BANGOTEL"]);

      fake.next("activate", "silent after its effect");
      expect((await given.activate(given.newActivation())).status).toBe(503);
      const dueNow = () =>
        given.core.database.knex("journal").whereNot({ state: "done" }).update({ dueAt: 0 });
      fake.next("revoke", "throws");
      for (let passes = 0; passes < 2; passes += 1) {
        await dueNow();
        await given.core.settleDue();
      }
      expect(fake.calls.map(({ operation }) => operation)).toEqual([
        "activate",
        "activate",
        "revoke",
        "revoke",
      ]);
      expect(asked).toEqual(["BANGOTEL", "BANGOTEL"]);
    });
  },
  { accounts: () => accounts, limits: { accountDeadlineMs: 300, orphanGraceMs: 1 } },
);
