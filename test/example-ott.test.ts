import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { AWKWARD } from "../examples/awkward/awkward.js";
import { openDatabase } from "../examples/ott/database.js";
import { makeLimit } from "../examples/ott/limit.js";
import { SIGN_INS_WRONG, signIn } from "../examples/ott/sign-in.js";
import { EMAIL, PASSWORD, bought, ottForTests } from "./support/ott.js";
import type { Ott } from "./support/ott.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let ott: Ott;

beforeAll(async () => {
  ott = await ottForTests();
});

afterEach(() => ott.operator("post", "/mode", { mode: "normal" }));

afterAll(() => ott.stop());

async function start(reference: string, more: object = {}): Promise<void> {
  expect((await ott.api("post", "/memberships", bought(reference, more))).status).toBe(201);
}
const stateOf = async (reference: string): Promise<unknown> => {
  const { body } = await ott.api("get", `/memberships/${reference}`);
  return [body.membership.state, body.membership.access];
};

describe("the example's memberships", () => {
  it("begin open, on the plan asked for, for a customer who needs no account", async () => {
    const created = await ott.api("post", "/memberships", bought("begin", { extra: { seat: "Größe 3" } }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      changed: true,
      membership: {
        reference: "begin",
        state: "on",
        access: "open",
        plan_code: "basic",
        account_number: expect.stringMatching(/^LN-[0-9A-F]{12}$/),
        started_at: "2026-01-31T10:00:00.000Z",
        period_ends_at: "2026-02-28T10:00:00.000Z",
        extra: { seat: "Größe 3" },
      },
    });
    const again = await ott.api("post", "/memberships", bought("begin"));
    expect([again.status, again.body.changed]).toEqual([200, false]);
    expect(await ott.ledger("begin")).toEqual(["membership.create", "membership.create, already so"]);
  });

  it("pause, go on, end at the period, stay after all, and end", async () => {
    await start("walk");
    const step = async (path: string): Promise<unknown> => {
      const { status, body } = await ott.api("post", `/memberships/walk${path}`, {});
      const { state, access, ends_at } = body.membership;
      return [status, body.changed, state, access, ends_at];
    };
    const end = "2026-02-28T10:00:00.000Z";
    expect(await step("/pause")).toEqual([200, true, "paused", "closed", null]);
    expect(await step("/pause")).toEqual([200, false, "paused", "closed", null]);
    expect(await step("/unpause")).toEqual([200, true, "on", "open", null]);
    expect(await step("/end-at-period")).toEqual([200, true, "on", "open", end]);
    expect(await step("/end-at-period")).toEqual([200, false, "on", "open", end]);
    expect(await step("/undo-end")).toEqual([200, true, "on", "open", null]);
    const ended = await ott.api("delete", "/memberships/walk");
    expect(ended.body).toMatchObject({ changed: true, membership: { state: "ended", access: "closed" } });
    const twice = await ott.api("delete", "/memberships/walk");
    expect([twice.status, twice.body.changed]).toEqual([200, false]);
    await start("walk");
  });

  it("stay closed where that is wanted in the end, though the pause ends", async () => {
    await start("held");
    await ott.api("post", "/memberships/held/pause", {});
    const unpaused = await ott.api("post", "/memberships/held/unpause", { access: "closed" });
    expect(unpaused.body.membership).toMatchObject({ state: "on", access: "closed" });
    const opened = await ott.api("post", "/memberships/held/unpause", { access: "open" });
    expect(opened.body).toMatchObject({ changed: true, membership: { state: "on", access: "open" } });
  });

  it("change plan and details; what is not named stays, null takes away", async () => {
    await start("change", { display_name: "Music", valid_until: "2027-01-01T00:00:00+02:00" });
    const changed = await ott.api("patch", "/memberships/change", {
      plan_code: "premium",
      display_name: null,
    });
    expect(changed.body.membership).toMatchObject({
      plan_code: "premium",
      display_name: null,
      valid_until: "2026-12-31T22:00:00.000Z",
      access: "open",
    });
    const unknown = await ott.api("patch", "/memberships/change", { plan_code: "gold" });
    expect([unknown.status, unknown.body.error.code]).toEqual([422, "plan_unknown"]);
  });

  it("end by themselves at the end date, by the caller's calendar where one is sent", async () => {
    const own = await ottForTests();
    await own.api("post", "/memberships", bought("clock"));
    const as_of = "2026-05-02T00:00:00Z";
    const ending = await own.api("post", "/memberships/clock/end-at-period", { as_of });
    expect(ending.body.membership.ends_at).toBe("2026-05-31T10:00:00.000Z");
    own.pass(121 * DAY_MS);
    const ended = await own.api("get", "/memberships/clock");
    expect(ended.body.membership).toMatchObject({ state: "ended", ended_at: "2026-05-31T10:00:00.000Z" });
    const late = await own.api("post", "/memberships/clock/pause", {});
    expect([late.status, late.body.error.code]).toEqual([409, "membership_ended"]);
    await own.stop();
  });

  it("of a plan that takes time are accepted first and set up later", async () => {
    const accepted = await ott.api("post", "/memberships", bought("cinema", { plan_code: "cinema" }), {
      key: "cinema-key",
    });
    expect([accepted.status, accepted.body.membership.state]).toEqual([202, "setting_up"]);
    const before = await ott.api("get", "/operations/cinema-key");
    expect([before.body.operation.state, before.body.answered.status]).toEqual(["accepted", 202]);
    ott.pass(5000);
    const after = await ott.api("get", "/operations/cinema-key");
    expect(after.body).toMatchObject({
      operation: { state: "completed" },
      answered: { status: 201, body: { membership: { state: "on", access: "open" } } },
    });
    expect(await stateOf("cinema")).toEqual(["on", "open"]);
  });

  it("of the set-top plan come with an activation code", async () => {
    const created = await ott.api("post", "/memberships", bought("box", { plan_code: "set-top" }));
    expect(created.body.membership.activation_code).toMatch(/^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  });

  it.each([
    ["post", "/memberships/nowhere/pause", {}, 404, "membership_unknown"],
    ["delete", "/memberships/nowhere", {}, 404, "membership_unknown"],
    ["get", "/memberships/nowhere", {}, 404, "membership_unknown"],
    ["post", "/memberships", bought("r1", { plan_code: "gold" }), 422, "plan_unknown"],
    ["post", "/memberships", bought("r2", { account_number: "LN-0" }), 422, "account_unknown"],
    ["post", "/memberships", bought("r3", { colour: "red" }), 400, "request_invalid"],
    ["post", "/memberships", bought("r\u0000"), 400, "request_invalid"],
    ["put", "/links/r4", { account_number: "LN-0" }, 422, "account_unknown"],
    ["get", "/memberships?cursor=guessed", undefined, 400, "request_invalid"],
    ["get", "/nowhere", undefined, 404, "route_unknown"],
  ] as const)("%s %s is refused, and does nothing (%#)", async (method, path, body, status, code) => {
    const refused = await ott.api(method, path, body, { key: `refused-${path}` });
    expect([refused.status, refused.body.error.code]).toEqual([status, code]);
    const lookup = await ott.api("get", `/operations/${encodeURIComponent(`refused-${path}`)}`);
    expect([lookup.status, lookup.body.error.code]).toEqual([404, "operation_unknown"]);
  });

  it("refuse a live reference under another plan", async () => {
    await start("taken");
    const other = await ott.api("post", "/memberships", bought("taken", { plan_code: "premium" }));
    expect([other.status, other.body.error.code]).toEqual([409, "membership_exists"]);
  });

  it("are listed in pages, each once, with the cursor of the next", async () => {
    const own = await ottForTests();
    const references = ["p1", "p2", "p3", "p4", "p5"];
    for (const reference of references) await own.api("post", "/memberships", bought(reference));
    await own.api("post", "/memberships/p2/pause", {});
    const pages: string[][] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await own.api("get", `/memberships?limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(body.memberships.map((row: { reference: string }) => row.reference));
      cursor = body.next_cursor;
    }
    expect(pages).toEqual([["p1", "p2"], ["p3", "p4"], ["p5"]]);
    await own.stop();
  });
});

describe("the example's token and keys", () => {
  it("asks every path for the token", async () => {
    for (const path of ["/health", "/memberships", "/nowhere"]) {
      const refused = await ott.api("get", path, undefined, { token: "guess" });
      expect([refused.status, refused.body.error.code]).toEqual([401, "token_invalid"]);
    }
  });

  it("answers the same call with one key as the first, even after more has happened", async () => {
    const first = await ott.api("post", "/memberships", bought("once"), { key: "once" });
    await ott.api("delete", "/memberships/once");
    const again = await ott.api("post", "/memberships", bought("once"), { key: "once" });
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(await ott.ledger("once")).toEqual(["membership.create", "membership.end"]);
  });

  it("takes the date of the call for no part of what it is", async () => {
    await start("dated");
    const ask = (as_of: string) =>
      ott.api("post", "/memberships/dated/end-at-period", { as_of }, { key: "dated" });
    const first = await ask("2026-02-01T00:00:00Z");
    expect((await ask("2026-09-01T00:00:00Z")).text).toBe(first.text);
  });

  it("refuses one key for another request, and a call without any", async () => {
    await start("keyed");
    await ott.api("post", "/memberships/keyed/pause", {}, { key: "keyed" });
    for (const [path, body] of [
      ["/memberships/keyed/unpause", {}],
      ["/memberships/keyed/pause", { access: "open" }],
    ] as const) {
      const other = await ott.api("post", path, body, { key: "keyed" });
      expect([other.status, other.body.error.code]).toEqual([422, "idempotency_key_reused"]);
    }
    const without = await ott.api("post", "/memberships/keyed/unpause", {}, { key: "" });
    expect([without.status, without.body.error.code]).toEqual([400, "idempotency_key_missing"]);
    expect(await stateOf("keyed")).toEqual(["paused", "closed"]);
  });

  it("takes fifty equal calls at once for one", async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => ott.api("post", "/memberships", bought("crowd"), { key: "crowd" })),
    );
    expect(new Set(replies.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(await ott.ledger("crowd")).toEqual(["membership.create"]);
  });

  it("keeps its books in the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mia-ott-"));
    const databaseFile = join(folder, "books", "ott.db");
    const first = await ottForTests({ databaseFile });
    const created = await first.api("post", "/memberships", bought("kept"), { key: "kept" });
    await first.stop();
    const second = await ottForTests({ databaseFile });
    const again = await second.api("post", "/memberships", bought("kept"), { key: "kept" });
    expect([again.status, again.text]).toEqual([201, created.text]);
    expect(await second.ledger("kept")).toEqual(["membership.create"]);
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});

describe("the example's accounts", () => {
  const person = { email: "Grace@Example.com", password: PASSWORD };
  let number: string;

  beforeAll(async () => {
    const registered = await ott.api("post", "/accounts", person, { key: "grace" });
    expect(registered.status).toBe(201);
    number = registered.body.account.account_number;
  });

  it.each([
    ["email_invalid", { email: "grace@example" }],
    ["email_invalid", { email: `${"a".repeat(250)}@example.com` }],
    ["password_too_weak", { password: "" }],
    ["password_too_weak", { password: "🔑".repeat(7) }],
    ["password_too_long", { password: "x".repeat(1025) }],
  ])("are refused as %s to a customer who typed that (%#)", async (code, typed) => {
    const refused = await ott.api("post", "/accounts", { ...person, email: "new@example.com", ...typed });
    expect([refused.status, refused.body.error.code]).toEqual([422, code]);
    const signIn = await ott.api("post", "/sign-ins", { ...person, email: "new@example.com", ...typed });
    expect([signIn.status, signIn.body.error.code]).toEqual([422, "credentials_wrong"]);
  });

  it("take a password as long as a password manager makes it", async () => {
    const long = { email: "long@example.com", password: "🔑".repeat(1024) };
    expect((await ott.api("post", "/accounts", long)).status).toBe(201);
    expect((await ott.api("post", "/sign-ins", long)).status).toBe(200);
  });

  it("are found by the key that made them, whatever password is typed this time", async () => {
    const again = await ott.api(
      "post",
      "/accounts",
      { ...person, password: "another one" },
      { key: "grace" },
    );
    expect([again.status, again.body.account.account_number]).toEqual([201, number]);
    const other = await ott.api("post", "/accounts", { ...person, email: "GRACE@example.com" });
    expect([other.status, other.body.error.code]).toEqual([409, "email_taken"]);
    const weak = await ott.api("post", "/accounts", { email: "weak@example.com", password: "short" });
    expect([weak.status, weak.body.error.code]).toEqual([422, "password_too_weak"]);
  });

  it("let in who knows the password, and nobody after ten wrong ones", async () => {
    const right = await ott.api("post", "/sign-ins", person, { key: "" });
    expect(right.body.account).toMatchObject({ account_number: number, email: "grace@example.com" });
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const wrong = await ott.api("post", "/sign-ins", { email: "nobody@example.com", password: "guess" });
      expect([wrong.status, wrong.body.error.code]).toEqual([422, "credentials_wrong"]);
    }
    const limited = await ott.api("post", "/sign-ins", { email: "Nobody@example.com", password: "guess" });
    expect([limited.status, limited.headers["retry-after"]]).toEqual([429, "60"]);
    expect((await ott.api("post", "/sign-ins", person)).status).toBe(200);
  });

  it("let nobody try more than ten passwords by sending them all at once", async () => {
    const books = await openDatabase(":memory:");
    const world = { books, signInLimit: makeLimit(Date.now, SIGN_INS_WRONG) };
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, guess) => signIn(world, "rushed@example.com", `guess ${String(guess)}`)),
    );
    await books.destroy();
    const wrong = Array.from({ length: 10 }, () => ({ refused: "wrong" }));
    const tooMany = Array.from({ length: 15 }, () => ({ refused: "tooMany" }));
    expect(guesses).toEqual([...wrong, ...tooMany]);
  });

  it("have the membership that was linked to them first, and take it over from a wrong one", async () => {
    const linked = await ott.api("put", "/links/linked", { account_number: number });
    expect(linked.body).toEqual({ link: { reference: "linked", account_number: number }, changed: true });
    const created = await ott.api("post", "/memberships", { reference: "linked", plan_code: "basic" });
    expect(created.body.membership.account_number).toBe(number);
    const { body } = await ott.api("post", "/accounts", { email: "right@example.com", password: PASSWORD });
    const right = body.account.account_number;
    await ott.api("put", "/links/linked", { account_number: right });
    const { body: read } = await ott.api("get", "/memberships/linked");
    expect(read.membership.account_number).toBe(right);
    // Reads come of the ledger, steps of the membership itself: both have to know.
    const { body: paused } = await ott.api("post", "/memberships/linked/pause", {});
    expect(paused.membership.account_number).toBe(right);
  });

  it("are asked about before a sale", async () => {
    const asked = async (more: object): Promise<unknown> => {
      const { status, body } = await ott.api("post", "/eligibility-checks", { plan_code: "basic", ...more });
      return [status, body.eligible, body.code];
    };
    expect(await asked({ account_number: number, country: "GB" })).toEqual([200, true, undefined]);
    expect(await asked({ country: "aq" })).toEqual([200, false, "country_not_served"]);
    expect(await asked({ plan_code: "gold" })).toEqual([200, false, "plan_unknown"]);
    await ott.operator("post", `/accounts/${number}/block`, { note: "unpaid" });
    expect(await asked({ email: person.email })).toEqual([200, false, "account_blocked"]);
    const signIn = await ott.api("post", "/sign-ins", person);
    expect([signIn.status, signIn.body.error.code]).toEqual([403, "account_blocked"]);
    await ott.operator("post", `/accounts/${number}/unblock`);
    expect(await asked({ email: person.email })).toEqual([200, true, undefined]);
  });
});

describe("the operator's switch", () => {
  const set = async (settings: object): Promise<void> => {
    expect((await ott.operator("post", "/mode", settings)).status).toBe(200);
  };

  it("takes an effect and never answers; the look-up knows it, and asking again does nothing more", async () => {
    await set({ mode: "timeout-after-commit", times: 1 });
    const asking = { key: "silent", patienceMs: 1000 };
    await expect(ott.api("post", "/memberships", bought("silent"), asking)).rejects.toThrow(/timeout/i);
    const lookup = await ott.api("get", "/operations/silent");
    expect(lookup.body).toMatchObject({ operation: { state: "completed" }, answered: { status: 201 } });
    const again = await ott.api("post", "/memberships", bought("silent"), { key: "silent" });
    expect([again.status, again.body]).toEqual([201, lookup.body.answered.body]);
    expect(await ott.ledger("silent")).toEqual(["membership.create"]);
  });

  it("says that it is still working while it is slow, and goes on when the caller has left", async () => {
    await set({ mode: "slow", latencyMs: 1500, only: ["membership.create"] });
    const asking = { key: "slow", patienceMs: 200 };
    await expect(ott.api("post", "/memberships", bought("slow"), asking)).rejects.toThrow(/timeout/i);
    const working = await ott.api("get", "/operations/slow");
    expect([working.status, working.body.operation.state]).toEqual([202, "working"]);
    expect(await ott.ledger("slow")).toEqual([]);
    const joined = await ott.api("post", "/memberships", bought("slow"), { key: "slow" });
    expect(joined.status).toBe(201);
    expect(await ott.ledger("slow")).toEqual(["membership.create"]);
  });

  it("lets reads and look-ups lag behind what was written", async () => {
    await start("lag");
    ott.pass(HOUR_MS);
    await set({ mode: "normal", lagMs: 1000 });
    const paused = await ott.api("post", "/memberships/lag/pause", {}, { key: "lag" });
    expect(paused.body.membership.state).toBe("paused");
    expect((await ott.api("get", "/operations/lag")).status).toBe(404);
    expect(await stateOf("lag")).toEqual(["on", "open"]);
    await ott.api("post", "/memberships", bought("lag-new"));
    expect((await ott.api("get", "/memberships/lag-new")).status).toBe(404);
    ott.pass(1000);
    expect((await ott.api("get", "/operations/lag")).status).toBe(200);
    expect(await stateOf("lag")).toEqual(["paused", "closed"]);
    expect((await ott.api("get", "/memberships/lag-new")).status).toBe(200);
  });

  it.each([
    ["unavailable", 503, "unavailable"],
    ["busy", 429, "too_many_calls"],
  ])("is down as %s, with no effect and a Retry-After", async (downAs, status, code) => {
    await set({ mode: "down", downAs });
    const refused = await ott.api("post", "/memberships", bought(`down-${downAs}`));
    expect([refused.status, refused.body.error.code, refused.headers["retry-after"]]).toEqual([
      status,
      code,
      "2",
    ]);
    expect((await ott.api("get", "/health")).status).toBe(status);
    expect(await ott.ledger(`down-${downAs}`)).toEqual([]);
  });

  it("is down by resetting connections", async () => {
    await set({ mode: "down", downAs: "reset" });
    await expect(ott.api("get", "/health")).rejects.toThrow(/ECONNRESET|socket hang up/);
  });

  it("answers garbage, having taken the effect", async () => {
    await set({ mode: "garbage", times: 1 });
    const garbage = await ott.api("post", "/memberships", bought("garbage"));
    expect([garbage.status, garbage.type]).toEqual([200, "text/html"]);
    expect(await ott.ledger("garbage")).toEqual(["membership.create"]);
  });

  it("is flaky before and after the effect, and the same for the same seed", async () => {
    const run = async (name: string): Promise<string[]> => {
      await set({ mode: "flaky", failureRate: 0.5, seed: 11 });
      const met: string[] = [];
      for (let call = 0; call < 12; call += 1) {
        const reference = `${name}-${String(call)}`;
        const { status } = await ott.api("post", "/memberships", bought(reference));
        const { length } = await ott.ledger(reference);
        met.push(`${String(status)}, ${String(length)} effects`);
      }
      return met;
    };
    const first = await run("flaky-a");
    expect([...new Set(first)].sort()).toEqual(["201, 1 effects", "500, 0 effects", "500, 1 effects"]);
    expect(await run("flaky-b")).toEqual(first);
  });

  it("refuses settings that it does not know, and keeps what it had", async () => {
    const refused = await ott.operator("post", "/mode", { mode: "sulky" });
    expect([refused.status, refused.body.error.code]).toEqual([400, "request_invalid"]);
    expect((await ott.operator("get", "/mode")).body.mode).toBe("normal");
  });

  it("is worked from a page, and not from a page of another site", async () => {
    const http = request(ott.baseUrl);
    const form = { mode: "slow", latencyMs: "1", lagMs: "", failureRate: "0.5", times: "" };
    const sent = await http.post("/operator/mode").type("form").send(form);
    expect([sent.status, sent.headers.location]).toEqual([303, "/operator"]);
    expect((await ott.operator("get", "/mode")).body).toMatchObject({ mode: "slow", failureRate: 0.5 });
    expect((await http.get("/operator")).text).toContain('<option value="slow" selected>');
    for (const header of [
      { "Sec-Fetch-Site": "cross-site" },
      { Origin: "https://elsewhere.example" },
      { Host: "rebound.example" },
    ])
      expect((await http.post("/operator/mode").set(header).send({ mode: "down" })).status).toBe(403);
    expect((await ott.operator("get", "/mode")).body.mode).toBe("slow");
  });

  it("says in its form what is wrong, and keeps what was typed", async () => {
    const form = { mode: "flaky", latencyMs: "soon", failureRate: "30", times: "", seed: "7" };
    const wrong = await request(ott.baseUrl).post("/operator/mode").type("form").send(form);
    expect([wrong.status, wrong.type]).toEqual([400, "text/html"]);
    for (const text of [
      "Answer after, ms: a whole number from 0",
      "Share of calls, 0 to 1: a number from 0 to 1",
    ])
      expect(wrong.text).toContain(text);
    expect(wrong.text).toMatch(/id="latencyMs"[^>]*value="soon"[^>]*aria-invalid/);
    expect(wrong.text).toContain('<option value="flaky" selected>');
    expect((await ott.operator("get", "/mode")).body.mode).toBe("normal");
  });

  it("keeps in its form whose calls are met", async () => {
    const http = request(ott.baseUrl);
    await set({ mode: "down", only: ["page", "health"] });
    const page = await http.get("/operator");
    const only = [...page.text.matchAll(/name="only" value="([^"]+)" checked/g)].map(([, name]) => name);
    expect(only).toEqual(["page", "health"]);
    for (const kept of [only, ["page"]]) {
      await http.post("/operator/mode").type("form").send({ mode: "slow", only: kept });
      expect((await ott.operator("get", "/mode")).body.only).toEqual(kept);
    }
  });

  it("may be looked at by a link from elsewhere, under a name of this machine", async () => {
    const follow = (host: string, headers: object = {}) =>
      request(ott.baseUrl)
        .get("/operator")
        .set({ Host: host, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", ...headers });
    expect((await follow("localhost:3003")).status).toBe(200);
    expect((await follow("rebound.example")).status).toBe(403);
    expect((await follow("localhost:3003", { "Sec-Fetch-Mode": "cors" })).status).toBe(403);
  });

  it("notes what was done to an account in the words of its button", async () => {
    // The page shows the latest accounts.
    ott.pass(1);
    const { body } = await ott.api("post", "/accounts", { email: "noted@example.com", password: PASSWORD });
    for (const change of ["block", "unblock"])
      await ott.operator("post", `/accounts/${String(body.account.account_number)}/${change}`);
    const { text } = await request(ott.baseUrl).get("/operator");
    expect(text).toMatch(/>[\d: -]+ Closed</);
    expect(text).toMatch(/>[\d: -]+ Opened again</);
  });
});

describe("the awkward example", () => {
  it("is late, lags, pages short, and leaves some effects unanswered", async () => {
    const own = await ottForTests({ switch: { ...AWKWARD, latencyMs: 1 } });
    const heard: string[] = [];
    for (const reference of ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"])
      heard.push(
        await own.api("post", "/memberships", bought(reference), { patienceMs: 400 }).then(
          ({ status }) => String(status),
          () => "nothing",
        ),
      );
    expect(new Set(heard)).toEqual(new Set(["201", "nothing"]));
    expect((await own.api("get", "/memberships")).body.memberships).toEqual([]);
    own.pass(1500);
    const page = await own.api("get", "/memberships?limit=100");
    expect([page.body.memberships.length, typeof page.body.next_cursor]).toEqual([2, "string"]);
    expect(await own.ledger("a1")).toEqual(["membership.create"]);
    await own.stop();
  });
});

describe("the example's pages", () => {
  const tokenIn = ({ text }: { readonly text: string }): string =>
    /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? "no form";

  const cookieOf = ({ headers }: { readonly headers: Record<string, unknown> }): string =>
    /lantern_session=[^;]+/.exec(String(headers["set-cookie"]))?.[0] ?? "no cookie";

  async function signedUp(email: string) {
    const agent = request.agent(ott.baseUrl);
    const form_token = tokenIn(await agent.get("/signup"));
    const sent = await agent.post("/signup").type("form").send({ email, password: PASSWORD, form_token });
    expect([sent.status, sent.headers.location]).toEqual([303, "/watch"]);
    const account = await ott.api("post", "/sign-ins", { email, password: PASSWORD });
    return { agent, number: account.body.account.account_number as string };
  }
  const doorOf = async (agent: ReturnType<typeof request.agent>): Promise<unknown> => {
    const { text } = await agent.get("/watch");
    return /data-access="(\w+)"(?: data-reason="(\w+)")?/.exec(text)?.slice(1);
  };

  it("sign up, sign out and sign in, and bring the visitor back to where it began", async () => {
    const { agent } = await signedUp(EMAIL);
    const account = await agent.get("/account");
    expect(account.text).toContain(EMAIL);
    await agent
      .post("/signout")
      .type("form")
      .send({ form_token: tokenIn(account) });
    const turned = await agent.get("/account");
    expect([turned.status, turned.headers.location]).toEqual([303, "/signin?next=%2Faccount"]);
    const form = await agent.get("/signin?next=%2Faccount");
    const send = (password: string) =>
      agent
        .post("/signin")
        .type("form")
        .send({ email: "ADA@example.com", password, next: "/account", form_token: tokenIn(form) });
    const wrong = await send("wrong");
    expect([wrong.status, wrong.text.includes("is not right")]).toEqual([422, true]);
    const right = await send(PASSWORD);
    expect([right.status, right.headers.location]).toEqual([303, "/account"]);
    expect((await agent.get("/account")).status).toBe(200);
  });

  it("sign out what the browser was signed in to, where it signs in once more", async () => {
    const { agent } = await signedUp("again@example.com");
    const signIn = async () => {
      const form_token = tokenIn(await agent.get("/signin"));
      const typed = { email: "again@example.com", password: PASSWORD, form_token };
      return cookieOf(await agent.post("/signin").type("form").send(typed));
    };
    const account = async (cookie: string) =>
      (await request(ott.baseUrl).get("/account").set("Cookie", cookie)).status;
    const first = await signIn();
    expect(await account(first)).toBe(200);
    const second = await signIn();
    expect([await account(first), await account(second)]).toEqual([303, 200]);
  });

  it.each(["/signin", "/signup"])(
    "bring a form of %s that is stale by another tab to a good end",
    async (path) => {
      const agent = request.agent(ott.baseUrl);
      const stale = { email: "tabs@example.com", password: PASSWORD, form_token: "of another tab" };
      const send = (form_token: string) =>
        agent
          .post(path)
          .type("form")
          .send({ ...stale, next: "/account", form_token });
      const again = await send(stale.form_token);
      expect([again.status, again.text.includes('value="tabs@example.com"')]).toEqual([403, true]);
      expect(again.text).not.toContain(PASSWORD);
      const { agent: signedIn } = await signedUp(`tabs${path.slice(1)}@example.com`);
      const sent = await signedIn
        .post(path)
        .type("form")
        .send({ ...stale, next: "/account" });
      expect([sent.status, sent.headers.location]).toEqual([303, "/account"]);
      // The page that came in its place is good for one that works.
      const fresh = await send(tokenIn(again));
      expect(fresh.text).not.toContain("open for long");
    },
  );

  it("open no more than twenty accounts a minute for one network address", async () => {
    const own = await ottForTests();
    const http = request(own.baseUrl);
    const open = async (number: number): Promise<number> => {
      const form = await http.get("/signup");
      const typed = { email: `many${String(number)}@example.com`, password: PASSWORD };
      const sent = http.post("/signup").set("Cookie", cookieOf(form)).type("form");
      return (await sent.send({ ...typed, form_token: tokenIn(form) })).status;
    };
    for (let number = 0; number < 20; number += 1) expect(await open(number)).toBe(303);
    expect(await open(20)).toBe(429);
    own.pass(60_000);
    expect(await open(21)).toBe(303);
    await own.stop();
  });

  it("take a sign-up that was sent twice at once for one, and tell only a stranger that the address is taken", async () => {
    const agent = request.agent(ott.baseUrl);
    const form_token = tokenIn(await agent.get("/signup"));
    const send = (password: string) =>
      agent.post("/signup").type("form").send({ email: "twice@example.com", password, form_token });
    for (const sent of await Promise.all([send(PASSWORD), send(PASSWORD)]))
      expect([sent.status, sent.headers.location]).toEqual([303, "/watch"]);
    const stranger = request.agent(ott.baseUrl);
    const theirs = tokenIn(await stranger.get("/signup"));
    const guess = () =>
      stranger
        .post("/signup")
        .type("form")
        .send({ email: "twice@example.com", password: "a long guess", form_token: theirs });
    const refused = await guess();
    expect([refused.status, refused.text.includes("There is an account of this address")]).toEqual([
      422,
      true,
    ]);
    // Guessed at here, a password is as limited as at the sign-in.
    for (let attempt = 1; attempt < 10; attempt += 1) await guess();
    expect((await guess()).status).toBe(429);
  });

  it("open the watch page with access alone, and say why it is closed", async () => {
    const { agent, number } = await signedUp("watcher@example.com");
    const membership = { reference: "watch", plan_code: "cinema", account_number: number };
    expect(await doorOf(agent)).toEqual(["closed", "none"]);
    await ott.api("post", "/memberships", membership);
    expect(await doorOf(agent)).toEqual(["closed", "setting_up"]);
    ott.pass(5000);
    expect(await doorOf(agent)).toEqual(["open", undefined]);
    await ott.api("post", "/memberships/watch/pause", {});
    expect(await doorOf(agent)).toEqual(["closed", "paused"]);
    await ott.api("post", "/memberships/watch/unpause", { access: "closed" });
    expect(await doorOf(agent)).toEqual(["closed", "on_hold"]);
    await ott.api("post", "/memberships/watch/unpause", {});
    expect(await doorOf(agent)).toEqual(["open", undefined]);
    await ott.operator("post", `/accounts/${number}/block`);
    expect(await doorOf(agent)).toEqual(["closed", "blocked"]);
    await ott.operator("post", `/accounts/${number}/unblock`);
    await ott.api("delete", "/memberships/watch");
    expect(await doorOf(agent)).toEqual(["closed", "ended"]);
  });

  it("sell directly, once; a partner then may not sell the same account another", async () => {
    const { agent, number } = await signedUp("direct@example.com");
    const form_token = tokenIn(await agent.get("/"));
    const buy = async (plan: string): Promise<unknown> => {
      const { status, text } = await agent.post("/subscribe").type("form").send({ plan, form_token });
      return [status, /<h1>(.+?)<\/h1>/.exec(text)?.[1]];
    };
    expect(await buy("basic")).toEqual([303, undefined]);
    expect(await buy("premium")).toEqual([409, "You have another plan already"]);
    // A double click is no second purchase, and nothing to be told of.
    expect(await buy("basic")).toEqual([303, undefined]);
    expect(await doorOf(agent)).toEqual(["open", undefined]);
    const partner = { reference: "second", plan_code: "basic", account_number: number };
    const refused = await ott.api("post", "/memberships", partner);
    expect([refused.status, refused.body.error.code]).toEqual([409, "already_subscribed"]);
    const account = await agent.get("/account");
    expect(account.text.match(/End this membership/g)).toHaveLength(1);
    const reference = /name="reference" value="([^"]+)"/.exec(account.text)?.[1];
    const stranger = (await signedUp("stranger@example.com")).agent;
    const theirs = { reference, form_token: tokenIn(await stranger.get("/")) };
    await stranger.post("/unsubscribe").type("form").send(theirs);
    expect(await doorOf(agent)).toEqual(["open", undefined]);
    await agent.post("/unsubscribe").type("form").send({ reference, form_token });
    expect(await doorOf(agent)).toEqual(["closed", "ended"]);
    expect((await ott.api("post", "/memberships", partner)).status).toBe(201);
    expect(await buy("basic")).toEqual([409, "You have a membership already"]);
    expect((await agent.get("/account")).text).not.toContain("End this membership");
  });

  it("sell a plan that takes time, or comes with a code, as partners do, and nothing to a closed account", async () => {
    const { agent, number } = await signedUp("cinema@example.com");
    const form_token = tokenIn(await agent.get("/"));
    const buy = (plan: string) => agent.post("/subscribe").type("form").send({ plan, form_token });
    await buy("cinema");
    expect(await doorOf(agent)).toEqual(["closed", "setting_up"]);
    ott.pass(5000);
    expect(await doorOf(agent)).toEqual(["open", undefined]);
    const box = await signedUp("box@example.com");
    const sold = { plan: "set-top", form_token: tokenIn(await box.agent.get("/")) };
    await box.agent.post("/subscribe").type("form").send(sold);
    expect((await box.agent.get("/account")).text).toMatch(/<dd>[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}<\/dd>/);
    await ott.operator("post", `/accounts/${number}/block`);
    expect((await buy("cinema")).status).toBe(409);
  });

  it("take no form that is not of this browser, and lead to no other site", async () => {
    const { agent } = await signedUp("careful@example.com");
    const foreign = tokenIn(await request(ott.baseUrl).get("/signup"));
    const form = { plan: "basic", form_token: foreign };
    expect((await agent.post("/subscribe").type("form").send(form)).status).toBe(403);
    expect(await doorOf(agent)).toEqual(["closed", "none"]);
    for (const next of ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"]) {
      const { text } = await agent.get(`/signin?next=${encodeURIComponent(next)}`);
      expect(text).toContain('name="next" value="/watch"');
    }
  });

  it("carry a strict policy and a cookie that scripts and other sites do not get", async () => {
    const page = await request(ott.baseUrl).get("/signup?next=%22%3E%3Cscript%3E");
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none';style-src 'self'/);
    expect(page.headers["content-security-policy"]).not.toContain("unsafe");
    expect(page.headers["set-cookie"]?.[0]).toMatch(/; Path=\/; .*HttpOnly; SameSite=Lax$/);
    expect(page.text).not.toMatch(/<script|style="/);
    const typed = await request(ott.baseUrl).get(`/signin?email=${encodeURIComponent('"><b>x')}`);
    expect(typed.text).toContain('value="&#34;&#62;&#60;b&#62;x"');
  });

  it("are down with the rest", async () => {
    await ott.operator("post", "/mode", { mode: "down", only: ["page"] });
    expect((await request(ott.baseUrl).get("/watch")).status).toBe(503);
    expect((await ott.api("get", "/health")).status).toBe(200);
  });

  it("lead from what was sent in vain to a page that there is", async () => {
    const { agent } = await signedUp("patient@example.com");
    const stranger = request.agent(ott.baseUrl);
    const againIn = ({ text }: { readonly text: string }) => /href="([^"]*)">Try again/.exec(text)?.[1];
    await ott.operator("post", "/mode", { mode: "down", only: ["page"] });
    expect(againIn(await agent.post("/subscribe"))).toBe("/account");
    expect(againIn(await stranger.post("/subscribe"))).toBe("/");
    expect(againIn(await agent.get("/watch"))).toBe("");
    await ott.operator("post", "/mode", { mode: "normal" });
    const form_token = tokenIn(await stranger.get("/signup"));
    const turned = await stranger.post("/subscribe").type("form").send({ plan: "basic", form_token });
    expect([turned.status, turned.headers.location]).toEqual([303, "/signin?next=%2Faccount"]);
  });
});
