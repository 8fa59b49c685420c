import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { AccountResult } from "../src/ports/account-system.js";
import { certificate } from "./support/certificates.js";
import { accountCall, httpAccountsOf, signUpCall } from "./support/http-accounts.js";
import type { Observed } from "./support/http-accounts.js";
import { isSilent, resets, says, scriptedServer } from "./support/scripted-server.js";
import type { ScriptedServer } from "./support/scripted-server.js";
import { TIME_OUT_MS, timeOutUnderCollection } from "./support/under-collection.js";

type Section = Record<string, unknown>;

let server: ScriptedServer;
const opened: Observed[] = [];

beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(async () => {
  for (const { accounts } of opened.splice(0)) await accounts.close();
  await server.stop();
});

const DONE = [{ status: "2xx", kind: "done", accountReference: "=body.account" }];
const operations = (more: Section = {}): Section => ({
  activate: {
    method: "POST",
    path: "/subscriptions",
    body: { id: "=entitlement.entitlementId" },
    results: DONE,
  },
  revoke: { method: "DELETE", path: "/subscriptions/{=entitlement.sharedCustomerId}", results: DONE },
  lookup: {
    method: "GET",
    path: "/effects/{=call.idempotencyKey}",
    results: [
      { status: 200, kind: "done", periodEndsAt: "=body.until" },
      { status: 404, kind: "absent" },
    ],
  },
  health: { method: "GET", path: "/health" },
  ...more,
});
function open(more: Section = {}): Observed {
  const observed = httpAccountsOf({
    type: "http",
    baseUrl: `${server.baseUrl}/api`,
    lagMs: 0,
    timeoutMs: 400,
    retries: { pauseMs: 1 },
    operations: operations(),
    ...more,
  });
  opened.push(observed);
  return observed;
}
const withResults = (results: readonly Section[]): Observed =>
  open({ operations: operations({ activate: { method: "POST", path: "/x", results } }) });
const lookUp = ({ accounts }: Observed) =>
  accounts.lookup?.("key-1", { signal: AbortSignal.timeout(3000), deadlineAt: Date.now() + 3000 });
const events = ({ lines }: Observed): string[] =>
  lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

describe("a request", () => {
  it("is what the configuration makes of the call, and nothing else", async () => {
    const { accounts } = open({
      headers: {
        "Idempotency-Key": "=call.idempotencyKey",
        "X-Nothing": "=call.nothing",
        traceparent: "=call.traceparent",
        "X-Fixed": "as is",
      },
      operations: operations({
        activate: {
          method: "PUT",
          path: "/customers/{=entitlement.sharedCustomerId}/plans/{=entitlement.plan}",
          query: { at: "=call.now", dry: false, none: "=entitlement.offerKey" },
          headers: { "x-fixed": "replaced" },
          body: {
            name: "=entitlement.entitlementDisplayName",
            until: "=entitlement.dateExpiry",
            access: "=call.access = 'full' ? 'open' : 'closed'",
            literal: "no = expression",
            left: "=call.nothing",
            offer: "=entitlement.offerKey",
            reason: "=call.reason.code",
            account: "=account.reference",
            list: ["=call.operation", "=call.callerRequestId", 7],
            deep: { fields: "=call.unknownFields" },
          },
          results: DONE,
        },
      }),
    });
    await accounts.activate(accountCall());
    const [received] = server.received;
    expect(received?.method).toBe("PUT");
    expect(received?.url).toBe(
      "/api/customers/customer%2F1%20%3F%26%23/plans/premium?at=2026-05-01T12%3A00%3A00.000Z&dry=false",
    );
    expect(received?.json).toEqual({
      name: "Größe “XL”",
      until: "2027-01-01T00:00:00.000Z",
      access: "open",
      literal: "no = expression",
      offer: null,
      reason: "FRAUD",
      account: "account-1",
      list: ["activate", "request-1", 7],
      deep: { fields: { colour: "red" } },
    });
    expect(received?.headers).toMatchObject({ "idempotency-key": "key-1", "x-fixed": "replaced" });
    expect(received?.headers).not.toHaveProperty("x-nothing");
    expect(received?.headers).not.toHaveProperty("traceparent");
    expect(received?.headers).not.toHaveProperty("authorization");
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await accounts.activate(accountCall({ trace: { requestId: "trace-1", traceparent } }));
    expect(server.received[1]?.headers).toMatchObject({ traceparent });
  });

  it.each(["..", ".", ""])("is not sent to another place because a customer is called %p", async (name) => {
    const observed = open();
    const call = accountCall();
    const entitlement = { ...call.entitlement, sharedCustomerId: name };
    expect(await observed.accounts.revoke({ ...call, entitlement })).toEqual({ kind: "retryLater" });
    expect(server.received).toEqual([]);
    expect(events(observed)).toEqual(["account_request.not_built"]);
  });

  it.each(["../../api-internal/x", "../../other/x"])(
    "is not sent beside its baseUrl by a whole path with %p in it",
    async (name) => {
      const activate = { method: "POST", path: "='/users/' & entitlement.sharedCustomerId", results: DONE };
      const { accounts } = open({ operations: operations({ activate }) });
      const call = accountCall();
      const entitlement = { ...call.entitlement, sharedCustomerId: name };
      expect(await accounts.activate({ ...call, entitlement })).toEqual({ kind: "retryLater" });
      expect(server.received).toEqual([]);
    },
  );

  it("is not sent where an expression never ends", async () => {
    const body = "=($f := function($x) { $f($x + 1) + 1 }; $f(1))";
    const { accounts } = open({
      operations: operations({ activate: { method: "POST", path: "/x", body, results: DONE } }),
    });
    expect(await accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    expect(server.received).toEqual([]);
  });
});

describe("a reply", () => {
  const MAY = Date.parse("2026-05-31T22:00:00Z");
  type Mapping = readonly [string, Section, number, unknown, AccountResult];
  const mappings: readonly Mapping[] = [
    ["done", { accountReference: "=body.id" }, 200, { id: 17 }, { kind: "done", accountReference: "17" }],
    [
      "done",
      { activationCode: "=body.code", periodEndsAt: "=body.until" },
      201,
      { code: "ABC", until: "2026-06-01T00:00:00+02:00" },
      { kind: "done", activationCode: "ABC", periodEndsAt: MAY },
    ],
    ["done", { periodEndsAt: "=body.until" }, 200, { until: MAY }, { kind: "done", periodEndsAt: MAY }],
    ["done", { periodEndsAt: "=body.until" }, 200, { until: null }, { kind: "done" }],
    // None of these is an end: the first would be one of January, the last one of 1970.
    ...["01/07/2026", "next month", "Plan 3", "7", "2026-07-01T00:00:00", 1_782_864_000].map(
      (until): Mapping => ["done", { periodEndsAt: "=body.until" }, 200, { until }, { kind: "unknown" }],
    ),
    ["done", { accountReference: "=body.id" }, 200, '{"id": 9007199254740993}', { kind: "unknown" }],
    [
      "done",
      { accountReference: "=body.id" },
      200,
      '{"id": "9007199254740993"}',
      { kind: "done", accountReference: "9007199254740993" },
    ],
    ["alreadySo", {}, 200, {}, { kind: "alreadySo" }],
    ["accepted", {}, 202, {}, { kind: "accepted" }],
    ["signUpRequired", {}, 200, {}, { kind: "signUpRequired" }],
    [
      "refused",
      { reason: "=body.code", text: "so it is" },
      409,
      { code: "TAKEN" },
      { kind: "refused", reason: "TAKEN", text: "so it is" },
    ],
    ["refused", { reason: "=body.code" }, 409, {}, { kind: "refused", reason: "REFUSED" }],
    ["retryLater", { afterMs: "=body.wait * 1000" }, 409, { wait: 7 }, { kind: "retryLater", afterMs: 7000 }],
    ["unknown", {}, 200, {}, { kind: "unknown" }],
    ["done", {}, 204, "", { kind: "done" }],
    ["done", { anyBody: true }, 200, "OK", { kind: "done" }],
    ["done", {}, 200, "<!doctype html>", { kind: "unknown" }],
    ["refused", { reason: "GONE" }, 404, "<!doctype html>", { kind: "unknown" }],
    ["done", {}, 200, '{"id": 1', { kind: "unknown" }],
    ["done", { accountReference: "=$number(body.id)" }, 200, { id: "x" }, { kind: "unknown" }],
  ];
  it.each(mappings)("of the kind %s with %j, %i %j", async (kind, fields, status, body, result) => {
    const { accounts } = withResults([{ status: [200, 499], kind, ...fields }]);
    server.next(says(status, body));
    expect(await accounts.activate(accountCall())).toEqual(result);
    expect(server.received).toHaveLength(1);
  });

  it("is judged by the first rule that fits", async () => {
    const { accounts } = withResults([
      { status: 409, when: "body.code = 'A'", kind: "alreadySo" },
      { status: "4xx", when: "body.code", kind: "done" },
      { status: "4xx", kind: "refused", reason: "OTHER" },
    ]);
    server.next(says(409, { code: "A" }), says(409, { code: "B" }), says(410, { code: "A" }));
    const kinds = [];
    for (let time = 0; time < 3; time += 1) kinds.push((await accounts.activate(accountCall())).kind);
    expect(kinds).toEqual(["alreadySo", "refused", "refused"]);
  });

  it.each([
    [418, {}, { kind: "unknown" }],
    [500, {}, { kind: "unknown" }],
    [503, {}, { kind: "unknown" }],
    [503, { "retry-after": "7" }, { kind: "retryLater", afterMs: 7000 }],
    [429, { "retry-after": "7" }, { kind: "retryLater", afterMs: 7000 }],
    [429, {}, { kind: "retryLater" }],
    [401, {}, { kind: "retryLater" }],
    [302, { location: "/elsewhere" }, { kind: "unknown" }],
  ])("without a rule: %i %j", async (status, headers, result) => {
    const { accounts } = open({ retries: { max: 0 } });
    server.next(says(status, {}, headers));
    expect(await accounts.activate(accountCall())).toEqual(result);
    expect(server.received).toHaveLength(1);
  });

  it("is taken as docs/http-accounts.md says of its example", async () => {
    const docs = readFileSync(join(__dirname, "..", "docs", "http-accounts.md"), "utf8");
    const sample = JSON.parse(/^```json\n([^]*?)^```$/m.exec(docs)?.[1] ?? "") as Section;
    const { accounts } = open({ ...sample, auth: { type: "none" }, baseUrl: server.baseUrl });
    const opened = { subscription: { id: "S-17", paid_until: "2026-07-01T00:00:00Z" } };
    server.next(says(201, opened), says(200, opened), says(409, { code: "PLAN_NOT_SOLD_HERE" }));
    expect(await accounts.activate(accountCall())).toEqual({ kind: "done", accountReference: "S-17" });
    expect(await accounts.activate(accountCall())).toEqual({ kind: "alreadySo", accountReference: "S-17" });
    expect(await accounts.activate(accountCall())).toEqual({ kind: "refused", reason: "PLAN_NOT_SOLD_HERE" });
  });

  it("of 401 is a rule's business only where the rule names it", async () => {
    const observed = withResults([
      { status: "4xx", kind: "refused" },
      { status: [400, 499], kind: "refused" },
    ]);
    server.next(says(401, {}));
    expect(await observed.accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    expect(events(observed)).toContain("account_system.refused_us");
    server.next(says(403, {}));
    expect((await observed.accounts.activate(accountCall())).kind).toBe("refused");
    const named = withResults([{ status: 401, kind: "refused", reason: "NO_SUCH_CUSTOMER" }]);
    server.next(says(401, {}));
    expect(await named.accounts.activate(accountCall())).toEqual({
      kind: "refused",
      reason: "NO_SUCH_CUSTOMER",
      text: undefined,
    });
    expect(events(named)).toEqual([]);
  });

  it("of a look-up is what became of the effect, or that there is none, or no answer", async () => {
    const observed = open({ retries: { max: 0 } });
    server.next(says(200, { until: MAY }), says(404, {}), says(404, "<html>"), says(500, {}), resets);
    expect(await lookUp(observed)).toEqual({ kind: "present", result: { kind: "done", periodEndsAt: MAY } });
    expect(await lookUp(observed)).toEqual({ kind: "absent" });
    for (let time = 0; time < 3; time += 1) expect(await lookUp(observed)).toEqual({ kind: "unsure" });
  });

  it("too long to be one is none", async () => {
    const { accounts } = open();
    server.next(says(200, { account: "x".repeat(2_000_000) }));
    expect(await accounts.activate(accountCall())).toEqual({ kind: "unknown" });
  });
});

describe("signing up and the other questions", () => {
  const person = { email: "=call.email", password: "=call.password" };
  const all = operations({
    register: {
      method: "POST",
      path: "/accounts",
      body: person,
      results: [...DONE, { status: 409, kind: "emailExists" }],
    },
    authenticate: {
      method: "POST",
      path: "/sign-ins",
      body: person,
      results: [...DONE, { status: 403, kind: "wrongPassword" }],
    },
    eligibility: { method: "POST", path: "/may", results: [{ status: 200, kind: "done" }] },
    list: {
      method: "GET",
      path: "/all",
      query: { limit: "=call.limit", cursor: "=call.cursor" },
      results: [
        {
          status: 200,
          kind: "page",
          items: "=body.rows.{'merchantEntitlementId': id, 'access': on ? 'full' : 'none'}",
          next: "=body.next",
        },
      ],
    },
  });

  it("register and authenticate name the account, and say why not", async () => {
    const { accounts } = open({ operations: all });
    server.next(says(201, { account: "a-1" }), says(409, {}), says(200, { account: "a-1" }), says(403, {}));
    const call = signUpCall("hidden-password");
    expect(await accounts.register?.(call)).toEqual({ kind: "done", accountReference: "a-1" });
    expect(await accounts.register?.(call)).toEqual({ kind: "emailExists" });
    expect(await accounts.authenticate?.(call)).toEqual({ kind: "done", accountReference: "a-1" });
    expect(await accounts.authenticate?.(call)).toEqual({ kind: "wrongPassword" });
    expect(server.received[0]?.json).toEqual({ email: "ada@example.com", password: "hidden-password" });
    server.next(says(201, {}));
    expect(await accounts.register?.(call)).toEqual({ kind: "unknown" });
  });

  it("are repeated as they change nothing, and never end as unknown", async () => {
    const { accounts } = open({ operations: all });
    server.next(resets, says(200, {}), resets, resets, resets);
    expect(await accounts.eligibility?.(accountCall())).toEqual({ kind: "done" });
    expect(await accounts.eligibility?.(accountCall())).toEqual({ kind: "retryLater" });
    expect(server.received).toHaveLength(5);
  });

  it("may be answered 401 for a wrong password, which is nobody's business but the customer's", async () => {
    const wrong = { status: 401, when: "body.error = 'bad password'", kind: "wrongPassword" };
    const authenticate = { method: "POST", path: "/sign-ins", body: person, results: [...DONE, wrong] };
    const observed = open({
      auth: { type: "oauth2", tokenUrl: `${server.baseUrl}/token`, clientId: "mia", clientSecret: "secret" },
      operations: operations({ authenticate }),
    });
    const token = says(200, { access_token: "t-1", expires_in: 600 });
    server.next(token, says(401, { error: "bad password" }));
    expect(await observed.accounts.authenticate?.(signUpCall("guess"))).toEqual({ kind: "wrongPassword" });
    expect(server.received.map(({ url }) => url)).toEqual(["/token", "/api/sign-ins"]);
    expect(events(observed)).toEqual([]);
    server.next(says(401, "<h1>Who are you?</h1>"), token, says(401, { error: "token expired" }));
    expect(await observed.accounts.authenticate?.(signUpCall("guess"))).toEqual({ kind: "retryLater" });
    expect(server.received.slice(2).map(({ url }) => url)).toEqual([
      "/api/sign-ins",
      "/token",
      "/api/sign-ins",
    ]);
    expect(events(observed)).toContain("account_system.refused_us");
  });

  it("list gives pages, and rejects what is none", async () => {
    const { accounts } = open({ operations: all, retries: { max: 0 } });
    const page = (cursor: string | null) =>
      accounts.list?.({ cursor, limit: 2, signal: AbortSignal.timeout(3000), deadlineAt: Date.now() + 3000 });
    server.next(
      says(200, {
        rows: [
          { id: "1", on: true },
          { id: "2", on: false },
        ],
        next: "c",
      }),
      says(200, { rows: [{ id: "3", on: true }], next: null }),
      says(200, { rows: [] }),
      says(200, ""),
      says(200, '{"rows": [{"id": 9007199254740993, "on": true}]}'),
      says(200, { rows: [{ on: true }] }),
      says(500, {}),
    );
    const item = (merchantEntitlementId: string, access: string) => ({
      merchantEntitlementId,
      accountReference: null,
      access,
    });
    expect(await page(null)).toEqual({ items: [item("1", "full"), item("2", "none")], next: "c" });
    expect(await page("c")).toEqual({ items: [item("3", "full")], next: null });
    expect(await page(null)).toEqual({ items: [], next: null });
    await expect(page(null)).rejects.toThrow("the body is empty");
    await expect(page(null)).rejects.toThrow("too long to be exact");
    expect(server.received.map(({ url }) => url).slice(0, 2)).toEqual([
      "/api/all?limit=2",
      "/api/all?limit=2&cursor=c",
    ]);
    await expect(page(null)).rejects.toThrow("merchantEntitlementId");
    await expect(page(null)).rejects.toThrow("HTTP 500");
  });

  it("health is well where it answers so, and says why it is not", async () => {
    const { accounts } = open({ retries: { max: 0 } });
    server.next(says(200, "fine"), says(500, {}));
    expect(await accounts.health()).toEqual({ ok: true });
    expect(await accounts.health()).toEqual({ ok: false, detail: "HTTP 500" });
  });

  it("are offered where they are configured, and not otherwise", () => {
    const { accounts } = open();
    for (const name of ["suspend", "change", "register", "eligibility", "list"] as const)
      expect(accounts[name]).toBeUndefined();
    for (const name of ["activate", "revoke", "lookup", "health"] as const)
      expect(accounts[name]).toBeInstanceOf(Function);
  });
});

describe("what does not arrive, or is not answered", () => {
  it("is unknown, and not sent again, where it may have arrived", async () => {
    const observed = open();
    for (const reply of [resets, isSilent]) {
      server.next(reply);
      expect(await observed.accounts.activate(accountCall())).toEqual({ kind: "unknown" });
    }
    expect(server.received).toHaveLength(2);
    expect(events(observed)).toEqual(["account_request.unanswered", "account_request.unanswered"]);
  });

  it("is certainly not done where nobody listens; that is tried again", async () => {
    const observed = open();
    await server.stop();
    expect(await observed.accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    expect(observed.exchanges).toHaveLength(3);
  });

  it("is certainly not done where it waited for a connection until the end", async () => {
    const { accounts } = open({ connections: 1, retries: { max: 0 } });
    server.next(isSilent);
    const first = accounts.activate(accountCall({ idempotencyKey: "first" }));
    const second = accounts.activate(accountCall({ idempotencyKey: "second" }, 200));
    expect(await second).toEqual({ kind: "retryLater" });
    expect(await first).toEqual({ kind: "unknown" });
    expect(server.received).toHaveLength(1);
  });

  it("is sent again with its key where the system never acts twice on one, and within the deadline alone", async () => {
    const headers = { "Idempotency-Key": "=call.idempotencyKey" };
    const { accounts } = open({ idempotent: true, headers });
    server.next(resets, isSilent, says(201, { account: "a" }));
    expect(await accounts.activate(accountCall())).toEqual({ kind: "done", accountReference: "a" });
    expect(server.received.map((one) => one.headers["idempotency-key"])).toEqual(["key-1", "key-1", "key-1"]);
    server.next(isSilent, isSilent);
    expect(await accounts.activate(accountCall({}, 300))).toEqual({ kind: "unknown" });
    expect(server.received).toHaveLength(4);
  });

  it("stays unknown where a later attempt is refused for what the first may have done", async () => {
    const results = [...DONE, { status: 409, kind: "refused", reason: "SUBSCRIBED" }];
    const activate = { method: "PUT", path: "/subscriptions", safe: true, results };
    const lost = [resets, says(409, {})];
    const once = open({ operations: operations({ activate }) });
    server.next(...lost);
    expect(await once.accounts.activate(accountCall())).toEqual({ kind: "unknown" });
    const idempotent = open({ operations: operations({ activate }), idempotent: true });
    server.next(...lost);
    expect(await idempotent.accounts.activate(accountCall())).toEqual({
      kind: "refused",
      reason: "SUBSCRIBED",
    });
    server.next(says(409, {}));
    expect((await once.accounts.activate(accountCall())).kind).toBe("refused");
  });

  it("is left in time also where garbage is collected meanwhile", async () => {
    // In a process of its own: Jest holds more than a service does, and has no gc().
    expect(await timeOutUnderCollection()).toBeLessThan(TIME_OUT_MS + 800);
  });

  it("stays unknown where only a later attempt was certainly not done", async () => {
    const { accounts } = open({ idempotent: true });
    server.next(resets, says(503, {}, { "retry-after": "60" }));
    expect(await accounts.activate(accountCall())).toEqual({ kind: "unknown" });
  });

  it("is asked again after 429 and 503, as late as they want it", async () => {
    const { accounts } = open();
    server.next(says(429, {}, { "retry-after": "0" }), says(503, {}, { "retry-after": "1" }), says(200, {}));
    const startedAt = performance.now();
    expect((await accounts.activate(accountCall())).kind).toBe("done");
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(server.received).toHaveLength(3);
  });

  it("ends when its caller gives up", async () => {
    const { accounts } = open({ timeoutMs: 60_000 });
    server.next(isSilent);
    const controller = new AbortController();
    const call = accounts.activate({ ...accountCall({}, 60_000), signal: controller.signal });
    setTimeout(() => {
      controller.abort(new Error("gone"));
    }, 50);
    expect(await call).toEqual({ kind: "unknown" });
  });
});

describe("after failures in a row", () => {
  it("nothing is sent for a while; then one call tries, and lets the others in", async () => {
    const observed = open({ breaker: { failures: 2, restMs: 5000 }, retries: { max: 0 } });
    const { accounts, clock } = observed;
    server.next(says(500, {}), resets);
    await accounts.activate(accountCall());
    await accounts.activate(accountCall());
    expect(await accounts.activate(accountCall())).toEqual({ kind: "retryLater", afterMs: 5000 });
    expect(server.received).toHaveLength(2);
    clock.now += 5000;
    server.next(isSilent);
    const [probe, other] = await Promise.all([
      accounts.activate(accountCall()),
      accounts.activate(accountCall()),
    ]);
    expect([probe.kind, other.kind].sort()).toEqual(["retryLater", "unknown"]);
    expect(server.received).toHaveLength(3);
    clock.now += 5000;
    expect((await accounts.activate(accountCall())).kind).toBe("done");
    expect((await accounts.activate(accountCall())).kind).toBe("done");
    const said = events(observed).filter((event) => /rests|back/.test(event));
    expect(said).toEqual(["account_system.rests", "account_system.back"]);
  });

  it("counts no call that its caller gave up, but every one that ran out of time", async () => {
    const { accounts } = open({ breaker: { failures: 2 }, retries: { max: 0 }, timeoutMs: 60_000 });
    server.next(isSilent, isSilent, isSilent, isSilent, isSilent);
    for (let call = 0; call < 3; call += 1) {
      const givenUp = accountCall({ signal: AbortSignal.timeout(30) }, 60_000);
      expect(await accounts.activate(givenUp)).toEqual({ kind: "unknown" });
    }
    for (let call = 0; call < 2; call += 1)
      expect(await accounts.activate(accountCall({}, 200))).toEqual({ kind: "unknown" });
    expect((await accounts.activate(accountCall())).kind).toBe("retryLater");
  });

  it("health is asked all the same, and a refusal is no failure", async () => {
    const { accounts } = open({ breaker: { failures: 1 }, retries: { max: 0 } });
    server.next(says(404, {}), says(500, {}));
    await accounts.activate(accountCall());
    await accounts.activate(accountCall());
    expect((await accounts.activate(accountCall())).kind).toBe("retryLater");
    expect(await accounts.health()).toEqual({ ok: true });
  });
});

describe("how we prove who we are", () => {
  const sent = (name = "authorization"): unknown[] => server.received.map(({ headers }) => headers[name]);

  it("Basic, and a key in a header", async () => {
    await open({ auth: { type: "basic", username: "mia", password: "pä:ss" } }).accounts.activate(
      accountCall(),
    );
    await open({ auth: { type: "apiKey", prefix: "Key ", value: "k-1" } }).accounts.activate(accountCall());
    await open({ auth: { type: "apiKey", header: "X-Api-Key", value: "k-2" } }).accounts.activate(
      accountCall(),
    );
    expect(sent().slice(0, 2)).toEqual([`Basic ${Buffer.from("mia:pä:ss").toString("base64")}`, "Key k-1"]);
    expect(sent("x-api-key")[2]).toBe("k-2");
  });

  const oauth2 = (more: Section = {}): Section => ({
    auth: {
      type: "oauth2",
      tokenUrl: `${server.baseUrl}/token`,
      clientId: "mia",
      clientSecret: "s/cret+1",
      scope: "write",
      ...more,
    },
  });
  const token = (value: string, life = 3600) => says(200, { access_token: value, expires_in: life });

  it("one token for all calls, until shortly before it ends", async () => {
    const { accounts, clock } = open(oauth2());
    server.next(token("t-1", 600));
    await Promise.all([1, 2, 3].map(() => accounts.activate(accountCall())));
    clock.now += 569_000;
    await accounts.activate(accountCall());
    clock.now += 2000;
    server.next(token("t-2"));
    await accounts.activate(accountCall());
    const basic = `Basic ${Buffer.from("mia:s%2Fcret%2B1").toString("base64")}`;
    const one = "Bearer t-1";
    expect(sent()).toEqual([basic, one, one, one, one, basic, "Bearer t-2"]);
    expect(server.received[0]?.text).toBe("grant_type=client_credentials&scope=write");
  });

  it("the client in the body, where the token endpoint wants it so", async () => {
    const { accounts } = open(oauth2({ clientAuth: "body", audience: "api" }));
    server.next(token("t-1"));
    await accounts.activate(accountCall());
    expect(Object.fromEntries(new URLSearchParams(server.received[0]?.text))).toMatchObject({
      client_id: "mia",
      client_secret: "s/cret+1",
      audience: "api",
    });
    expect(sent()).toEqual([undefined, "Bearer t-1"]);
  });

  it("a token that comes when its caller has gone is kept for the next one", async () => {
    const { accounts } = open({ ...oauth2(), timeoutMs: 3000, retries: { max: 0 } });
    server.next(
      (res, received) =>
        void setTimeout(() => {
          token("t-1")(res, received);
        }, 250),
    );
    expect(await accounts.activate(accountCall({}, 100))).toEqual({ kind: "retryLater" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await accounts.activate(accountCall())).kind).toBe("done");
    expect(sent()).toEqual([expect.stringContaining("Basic "), "Bearer t-1"]);
  });

  it("a client that is refused asks once a call", async () => {
    const { accounts } = open(oauth2());
    server.next(says(401, { error: "invalid_client" }));
    expect(await accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    expect(server.received).toHaveLength(1);
  });

  it("another token once where one is refused, and then no more; a person is told once", async () => {
    const observed = open(oauth2());
    server.next(token("t-1"), says(401, {}), token("t-2"), says(200, {}));
    expect((await observed.accounts.activate(accountCall())).kind).toBe("done");
    expect(events(observed)).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      server.next(says(401, {}), token("t-3"), says(401, {}));
      expect(await observed.accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    }
    expect(server.received).toHaveLength(10);
    expect(events(observed)).toEqual(["account_system.refused_us"]);
  });

  it("nothing is done where there is no token, and a person is told that we are refused", async () => {
    const observed = open({ ...oauth2(), retries: { max: 0 } });
    const { accounts } = observed;
    server.next(says(400, { error: "invalid_client" }), says(200, { access_token: "two words" }), resets);
    for (let time = 0; time < 3; time += 1)
      expect(await accounts.activate(accountCall())).toEqual({ kind: "retryLater" });
    expect(server.received.map(({ url }) => url)).toEqual(["/token", "/token", "/token"]);
    expect(events(observed).filter((event) => event === "account_system.refused_us")).toHaveLength(1);
  });

  it("a certificate of ours, and who may have signed theirs", async () => {
    const authority = certificate("authority");
    const theirs = certificate("them", authority);
    const ours = certificate("us", authority);
    const secure = await scriptedServer({
      key: theirs.key,
      cert: theirs.cert,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const ask = (tls: Section | undefined): Promise<AccountResult> =>
      open({ baseUrl: secure.baseUrl, retries: { max: 0 }, ...(tls && { tls }) }).accounts.activate(
        accountCall(),
      );
    try {
      expect((await ask({ cert: ours.cert, key: ours.key, ca: authority.cert })).kind).toBe("done");
      expect(secure.received).toHaveLength(1);
      expect(await ask(undefined)).toEqual({ kind: "retryLater" });
      expect((await ask({ ca: authority.cert })).kind).not.toBe("done");
      expect(secure.received).toHaveLength(1);
    } finally {
      await secure.stop();
    }
  });
});

describe("secrets", () => {
  it("stand in no line of the log, no exchange that is shown and no error", async () => {
    const secrets = ["client-s3cret/+", "t0ken-of-the-day", 'typed "by" hand'];
    const [clientSecret, value, password] = secrets as [string, string, string];
    const body = { password: "=call.password", again: "=$encodeUrlComponent(call.password)" };
    const step = { method: "POST", path: "/x/{=call.password}", body, results: DONE };
    const observed = open({
      auth: { type: "oauth2", tokenUrl: `${server.baseUrl}/token`, clientId: "mia", clientSecret },
      headers: { "X-Auth-Key": "header-canary" },
      operations: operations({ register: step, authenticate: step }),
    });
    const echo = { seen: [...secrets, `Bearer ${value}`], base64: Buffer.from(password).toString("base64") };
    server.next(says(200, { access_token: value }), says(500, echo, { "set-cookie": value }), resets);
    await observed.accounts.register?.(signUpCall(password));
    await observed.accounts.authenticate?.(signUpCall(password));
    await observed.accounts.activate(accountCall());
    expect(server.received[1]?.json).toMatchObject({ password });
    expect(observed.exchanges.length).toBeGreaterThan(2);
    const shown = observed.lines.join("\n") + JSON.stringify(observed.exchanges);
    const spellings = [...secrets, "header-canary", ...secrets.map(encodeURIComponent)];
    for (const secret of [...spellings, ...secrets.map((one) => Buffer.from(one).toString("base64"))])
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(shown).toContain("[secret]");
  });

  it("stand in no answer of ours, though the API quotes them", async () => {
    const refusal = { status: 403, kind: "refused", reason: "=body.code", text: "=body.message" };
    const failing = [{ status: 200, kind: "failing", text: "=body.message" }];
    const observed = open({
      auth: { type: "apiKey", value: "key-canary" },
      operations: operations({
        activate: { method: "POST", path: "/x", query: { like: "=call.now" }, results: [refusal] },
        authenticate: { method: "GET", path: "/s", query: { p: "=call.password" }, results: [refusal] },
        health: { method: "GET", path: "/health", results: failing },
      }),
    });
    const quoted = { code: "NO key-canary", message: "the key key-canary has expired" };
    server.next(says(403, quoted), says(200, quoted), says(403, { code: "pass+word%21" }));
    const said = [
      await observed.accounts.activate(accountCall()),
      await observed.accounts.health(),
      await observed.accounts.authenticate?.(signUpCall("pass word!")),
    ];
    expect(said).toMatchObject([{ reason: "NO [secret]" }, { ok: false }, { reason: "[secret]" }]);
    expect(JSON.stringify([said, observed.exchanges])).not.toMatch(/key-canary|pass.word/);
  });
});
