import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { HttpExchange } from "../src/accounts/http/options.js";
import type { OperationName } from "../src/contract/operations.js";
import { signUpThrough } from "./support/browser.js";
import { httpAccountsOf, ottSection, signUpCall } from "./support/http-accounts.js";
import type { Observed } from "./support/http-accounts.js";
import { ottForTests } from "./support/ott.js";
import type { Ott } from "./support/ott.js";
import { BANGOTEL, inDefaultShape } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";

const LAG_MS = 60;
/** Long enough for a password to be hashed, short enough to meet silence often. */
const TIMEOUT_MS = 600;

let ott: Ott;
let adapter: Observed;

beforeAll(async () => {
  ott = await ottForTests({ now: Date.now });
  adapter = httpAccountsOf({
    ...ottSection(ott.baseUrl),
    lagMs: LAG_MS,
    timeoutMs: TIMEOUT_MS,
    breaker: { failures: 5, restMs: 1000 },
    retries: { pauseMs: 1 },
  });
});
beforeEach(async () => {
  await ott.operator("post", "/mode", { mode: "normal" });
  adapter.clock.now += 60_000;
});
afterAll(async () => {
  await adapter.accounts.close();
  await ott.stop();
});

const onEveryDatabase = inDefaultShape("what the account system is asked is the same in every shape");
const OPTIONS = {
  accounts: () => adapter.accounts,
  file: {
    resellers: [
      {
        ...BANGOTEL,
        products: [
          ...BANGOTEL.products,
          { productKey: "CINEMA", plan: "cinema", activation: "immediate" },
          { productKey: "BOX", plan: "set-top", activation: "immediate" },
          { productKey: "GONE", plan: "no-such-plan", activation: "immediate" },
        ],
      },
    ],
  },
  limits: { accountDeadlineMs: 2000, leaseMs: 8000, turnWaitMs: 1000 },
};

const membershipOf = async (reference: string): Promise<Body> =>
  (await ott.api("get", `/memberships/${reference}`)).body.membership as Body;
const idOf = ({ body }: { readonly body: unknown }): string => String((body as Body).merchantEntitlementId);

onEveryDatabase(
  "the example streaming service, by configuration alone",
  (given) => {
    it("opens, pauses, resumes, changes, ends and ends at once a membership, each step once", async () => {
      const activated = await given.activate({ entitlementDisplayName: "Größe 3" });
      expect(activated.status).toBe(201);
      const id = idOf(activated);
      expect(await membershipOf(id)).toMatchObject({
        state: "on",
        access: "open",
        plan_code: "basic",
        display_name: "Größe 3",
      });
      const entitlement = await given.core.store.findByAnyId(id, "*");
      expect(entitlement?.accountReference).toBe((await membershipOf(id)).account_number);
      expect((await given.call("suspend", id)).status).toBe(200);
      expect(await membershipOf(id)).toMatchObject({ state: "paused", access: "closed" });
      expect((await given.call("suspend", id)).status).toBe(200);
      expect((await given.call("resume", id)).status).toBe(200);
      const body = { merchantEntitlementId: id, productKey: "MUSIC_PREMIUM" };
      expect((await given.call("update", null, { body })).status).toBe(200);
      expect(await membershipOf(id)).toMatchObject({ state: "on", access: "open", plan_code: "premium" });
      const cancelled = await given.call("cancel", id);
      const { ends_at: endsAt } = await membershipOf(id);
      expect(Date.parse(String((cancelled.body as Body).terminationDate))).toBe(Date.parse(String(endsAt)));
      expect((await given.call("reinstate", id)).status).toBe(200);
      expect((await given.call("revoke", id)).status).toBe(200);
      expect(await membershipOf(id)).toMatchObject({ state: "ended", access: "closed" });
      expect(await ott.ledger(id)).toEqual([
        "membership.create",
        "membership.pause",
        "membership.unpause",
        "membership.change",
        "membership.end_at_period",
        "membership.undo_end",
        "membership.end",
      ]);
    });

    it("sets up later what it only accepts, and gives the code that a box wants", async () => {
      const accepted = await given.activate({ productKey: "CINEMA" });
      expect([accepted.status, (accepted.body as Body).status]).toEqual([202, "PENDING"]);
      const box = await given.activate({ productKey: "BOX" });
      expect(box.status).toBe(201);
      const { activation_code: code } = await membershipOf(idOf(box));
      expect(code).toMatch(/./);
      expect((await given.core.store.findByAnyId(idOf(box), "*"))?.activationCode).toBe(code);
    });

    it("refuses in the merchant's words, and nothing is kept", async () => {
      const content = given.newActivation({ productKey: "GONE" });
      expect((await given.activate(content)).status).toBe(403);
      expect(await given.core.store.findByIdentity(String(content.entitlementId), "*")).toBeNull();
    });

    it("signs customers up and in: a new account, the same again, and a wrong password", async () => {
      const typed = { email: `${randomUUID()}@example.com`, password: `right-${randomUUID()}` };
      const first = await given.activate({ productKey: "MUSIC" });
      const signedUp = await signUpThrough(given.http, String((first.body as Body).activationUrl), typed);
      expect([signedUp.status, signedUp.headers.location]).toEqual([303, "/welcome"]);
      expect(await membershipOf(idOf(first))).toMatchObject({ state: "on", plan_code: "premium" });
      expect(await ott.ledger(idOf(first))).toEqual(["link.set", "membership.create"]);
      const second = await given.activate({ productKey: "MUSIC" });
      const url = String((second.body as Body).activationUrl);
      const wrong = { ...typed, choice: "existing" as const, password: "wrong-password" };
      expect((await signUpThrough(given.http, url, wrong)).status).not.toBe(303);
      expect((await signUpThrough(given.http, url, { ...wrong, password: typed.password })).status).toBe(303);
      expect((await membershipOf(idOf(second))).account_number).toBe(
        (await membershipOf(idOf(first))).account_number,
      );
    });

    it("makes one account though its answer is lost", async () => {
      const typed = { email: `${randomUUID()}@example.com`, password: `right-${randomUUID()}` };
      const invited = await given.activate({ productKey: "MUSIC" });
      const url = String((invited.body as Body).activationUrl);
      await ott.operator("post", "/mode", {
        mode: "timeout-after-commit",
        only: ["account.register"],
        times: 1,
      });
      expect((await signUpThrough(given.http, url, typed)).status).not.toBe(303);
      expect((await signUpThrough(given.http, url, typed)).status).toBe(303);
      expect(await membershipOf(idOf(invited))).toMatchObject({ state: "on" });
    });
  },
  OPTIONS,
);

describe("a sign-up at the example", () => {
  it.each([
    ["EMAIL_INVALID", { email: "ada@example" }],
    ["PASSWORD_TOO_WEAK", { password: "short" }],
    ["PASSWORD_TOO_LONG", { password: "x".repeat(1025) }],
  ])("is refused as %s to a customer who typed that", async (reason, typed) => {
    const call = { ...signUpCall("a good long password"), email: `${randomUUID()}@example.com`, ...typed };
    expect(await adapter.accounts.register?.(call)).toMatchObject({ kind: "refused", reason });
  });
});

describe("the list of the example", () => {
  it("comes page by page, and whole", async () => {
    await ott.api("post", "/memberships", {
      reference: "listed",
      plan_code: "basic",
      partner: "P",
      customer: "c",
      access: "closed",
    });
    await ott.operator("post", "/mode", { mode: "normal", pageMax: 1 });
    const pageAfter = (cursor: string | null) =>
      adapter.accounts.list?.({
        cursor,
        limit: 10,
        signal: AbortSignal.timeout(5000),
        deadlineAt: Date.now() + 5000,
      });
    const found: unknown[] = [];
    let page = await pageAfter(null);
    while (page) {
      found.push(...page.items);
      page = page.next === null ? undefined : await pageAfter(page.next);
    }
    expect(new Set(found.map((item) => JSON.stringify(item))).size).toBe(found.length);
    expect(found).toContainEqual({
      merchantEntitlementId: "listed",
      accountReference: expect.stringMatching(/^LN-/),
      access: "none",
    });
    const { body } = await ott.api("get", "/memberships?limit=200");
    expect(body.memberships.length).toBeLessThanOrEqual(found.length);
  });
});

const TRIES_MAX = 40;
const CUSTOMERS = 6;

/** As Bango does: the same call, with the same request id, until it is not 503; our own passes go on meanwhile. */
async function insist(
  given: Scenario,
  operation: OperationName,
  id: string | null,
  body: Body,
): Promise<Awaited<ReturnType<Scenario["call"]>>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const reply = await given.call(operation, id, { body });
    if (reply.status !== 503) return reply;
    await settle(given);
  }
  throw new Error(`${operation} was answered 503 ${String(TRIES_MAX)} times`);
}

/** Lets what is open fall due, and one pass look at it; a rest of the breaker is over by then. */
async function settle(given: Scenario): Promise<void> {
  adapter.clock.now += 2000;
  // One row at a time: a statement over all of them would lock them in another order than the calls beside it do.
  for (const { journalKey } of await openRows(given))
    await given.core.database.knex("journal").where({ journalKey }).update({ dueAt: 0 });
  await given.core.settleDue();
}

const openRows = ({ core }: Scenario): Promise<{ readonly journalKey: string }[]> =>
  core.database.knex("journal").select("journalKey").whereIn("state", ["unknown", "found"]);

const isInVain = ({ reply }: HttpExchange): boolean =>
  reply === null || reply.status === 429 || reply.status >= 500 || !reply.body.startsWith("{");

async function life(given: Scenario): Promise<string> {
  const content = given.newActivation({ requestId: randomUUID() });
  const activated = await insist(given, "activate", null, content);
  expect([activated.status, activated.text]).toEqual([201, expect.any(String)]);
  const id = idOf(activated);
  for (const operation of ["suspend", "resume", "cancel", "reinstate", "revoke"] as const) {
    const reply = await insist(given, operation, id, { requestId: randomUUID() });
    expect([operation, reply.status]).toEqual([operation, 200]);
  }
  return id;
}

onEveryDatabase(
  "an account system that misbehaves",
  (given) => {
    it("is asked what became of a call that nobody repeats", async () => {
      const id = idOf(await given.activate());
      await ott.operator("post", "/mode", { mode: "timeout-after-commit", only: ["membership.pause"] });
      expect((await given.call("suspend", id)).status).toBe(503);
      expect(((await given.call("read", id)).body as Body).status).toBe("ACTIVE");
      await settle(given);
      expect(((await given.call("read", id)).body as Body).status).toBe("SUSPENDED");
      expect(await ott.ledger(id)).toEqual(["membership.create", "membership.pause"]);
    });

    it.each([
      ["times out after it has taken effect", { mode: "timeout-after-commit", failureRate: 0.25 }],
      ["answers garbage", { mode: "garbage", failureRate: 0.25 }],
      ["breaks before or after its effect", { mode: "flaky", failureRate: 0.1 }],
      ["resets connections", { mode: "down", downAs: "reset", failureRate: 0.2 }],
      ["is too busy", { mode: "down", downAs: "busy", failureRate: 0.2 }],
      ["shows what it did late, and is flaky", { mode: "flaky", failureRate: 0.2, lagMs: LAG_MS - 20 }],
    ])(
      "%s: every call ends well, and its own books show each effect once",
      async (_, mode) => {
        await ott.operator("post", "/mode", { ...mode, seed: 7 });
        const before = adapter.exchanges.length;
        const lives = await Promise.all(Array.from({ length: CUSTOMERS }, () => life(given)));
        const inVain = adapter.exchanges.slice(before).filter(isInVain);
        expect(inVain.length).toBeGreaterThan(CUSTOMERS / 2);
        await ott.operator("post", "/mode", { mode: "normal" });
        for (let passes = 0; passes < 5 && (await openRows(given)).length > 0; passes += 1)
          await settle(given);
        expect(await openRows(given)).toEqual([]);
        for (const id of lives) {
          expect(await ott.ledger(id)).toEqual([
            "membership.create",
            "membership.pause",
            "membership.unpause",
            "membership.end_at_period",
            "membership.undo_end",
            "membership.end",
          ]);
          expect(await membershipOf(id)).toMatchObject({ state: "ended" });
          expect((await given.core.store.findByAnyId(id, "*"))?.status).toBe("REVOKED");
        }
      },
      60_000,
    );
  },
  OPTIONS,
);
