import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { demoAccountSystem } from "../src/accounts/demo/demo-account-system.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import type { AccountSystem } from "../src/ports/account-system.js";
import { startService } from "../src/serve.js";
import type { Database } from "../src/store/database.js";
import { formTokenOf } from "./support/browser.js";
import { ENGINES, emptyDatabase } from "./support/engines.js";
import type { EmptyDatabase, EngineName } from "./support/engines.js";
import { requireBuilt, startMia } from "./support/mia.js";
import { environmentOf } from "./support/scenario.js";
import type { Body } from "./support/scenario.js";

/** Strings that nothing else makes by chance: wherever one turns up, it was copied there. */
const canary = (name: string): string => `canary-${name}-${randomUUID().slice(0, 13)}`;

const SECRET = {
  inboundPassword: canary("inbound-password"),
  wrongInboundPassword: canary("wrong-inbound-password"),
  bangoPassword: canary("bango-password"),
  masterKey: `${canary("master-key")}-${canary("master-key")}`,
  adminToken: canary("admin-token"),
  wrongAdminToken: canary("wrong-admin-token"),
  customerPassword: canary("customer-password"),
  wrongCustomerPassword: canary("wrong-customer-password"),
} as const;

const PRIVATE = {
  sharedCustomerId: canary("shared-customer"),
  bangoUserId: canary("bango-user"),
  customerIdentifier: canary("customer-identifier"),
  displayName: canary("display-name"),
  offerKey: canary("offer"),
  dataName: canary("data-name"),
  dataValue: canary("data-value"),
  unknownName: canary("unknown-name"),
  unknownValue: canary("unknown-value"),
  reasonDescription: canary("reason-description"),
  reasonCode: canary("reason-code"),
  headerValue: canary("header-value"),
  queryValue: canary("query-value"),
  pathValue: canary("path-value"),
  badValue: canary("bad-value"),
  echo: canary("echo"),
  userAgent: canary("user-agent"),
  cookie: canary("cookie"),
  formField: canary("form-field"),
  bangoAnswer: canary("bango-answer"),
  bangoHeader: canary("bango-header"),
} as const;

/** A form that comes back keeps it, and no other answer does. */
const EMAIL = canary("email");
const REQUEST_ID = canary("request-id");

const basic = (user: string, password: string): string =>
  Buffer.from(`${user}:${password}`).toString("base64");
const GOOD_BASIC = basic("bango", SECRET.inboundPassword);
const WRONG_BASIC = basic("bango", SECRET.wrongInboundPassword);
const OUTBOUND_BASIC = basic("merchant", SECRET.bangoPassword);

interface Reply {
  readonly what: string;
  readonly status: number;
  readonly text: string;
  readonly headers: string;
}

/** What a whole life left behind. */
interface Life {
  readonly replies: readonly Reply[];
  /** Of links and of forms. */
  readonly tokens: readonly string[];
}

const STRANGE_HEADERS = {
  "X-Strange": PRIVATE.headerValue,
  "User-Agent": PRIVATE.userAgent,
  Cookie: `session=${PRIVATE.cookie}`,
  Referer: `https://example.com/${PRIVATE.headerValue}`,
};

/** Everything that a caller can do to us, with a canary wherever something can be put. */
async function wholeLife(publicUrl: string, adminUrl: string): Promise<Life> {
  const replies: Reply[] = [];
  const tokens: string[] = [];

  const send = async (what: string, url: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(url, { redirect: "manual", ...init });
    const reply = {
      what,
      status: response.status,
      text: await response.text(),
      headers: JSON.stringify([...response.headers]),
    };
    replies.push(reply);
    return reply;
  };

  const call = (
    path: string,
    body: Body | string | null = {},
    headers: Record<string, string> = {},
    method = "POST",
  ): Promise<Reply> =>
    send(`${method} ${path}`, `${publicUrl}/bango/v1/${path}?${PRIVATE.queryValue}=${PRIVATE.queryValue}`, {
      method: body === null ? "GET" : method,
      headers: {
        Authorization: `Basic ${GOOD_BASIC}`,
        "Content-Type": "application/json",
        ...STRANGE_HEADERS,
        ...headers,
      },
      body: body === null ? null : typeof body === "string" ? body : JSON.stringify(body),
    });

  const unknownFields = { [PRIVATE.unknownName]: PRIVATE.unknownValue };
  const data = { [PRIVATE.dataName]: PRIVATE.dataValue, deep: [{ [PRIVATE.dataName]: PRIVATE.dataValue }] };
  const activation = (more: Body = {}): Body => ({
    requestId: `${REQUEST_ID}-${randomUUID()}`,
    entitlementId: randomUUID(),
    resellerId: "BANGOTEL",
    productKey: "MUSIC_DIRECT",
    sharedCustomerId: `${PRIVATE.sharedCustomerId}-${randomUUID()}`,
    bangoUserId: `${PRIVATE.bangoUserId}-${randomUUID()}`,
    customerIdentifier: PRIVATE.customerIdentifier,
    entitlementDisplayName: PRIVATE.displayName,
    offerKey: PRIVATE.offerKey,
    merchantBangoExtensionData: data,
    merchantExtensionData: data,
    extensionData: data,
    extraInformation: { ...data, returnUrl: `https://example.com/${PRIVATE.dataValue}` },
    ...unknownFields,
    ...more,
  });
  const reason = {
    reasonCategory: PRIVATE.reasonCode,
    reasonCode: PRIVATE.reasonCode,
    reasonDescription: PRIVATE.reasonDescription,
    ...unknownFields,
  };
  const activate = async (more: Body = {}): Promise<Record<string, string>> =>
    JSON.parse((await call("entitlement", activation(more))).text) as Record<string, string>;
  const invite = async (): Promise<string> => {
    const url = (await activate({ productKey: "MUSIC" })).activationUrl ?? "";
    tokens.push(url.slice(url.lastIndexOf("/") + 1));
    // It names the public URL; the process may listen elsewhere.
    return publicUrl + new URL(url).pathname;
  };
  const form = (url: string, fields: Record<string, string>, headers = {}): Promise<Reply> =>
    send("form", `${url}?returnUrl=https://example.com/${PRIVATE.queryValue}`, {
      method: "POST",
      headers: { ...STRANGE_HEADERS, ...headers },
      body: new URLSearchParams({ [PRIVATE.formField]: PRIVATE.formField, consent: "yes", ...fields }),
    });
  const page = async (url: string): Promise<string> => {
    const reply = await send("page", url, { headers: STRANGE_HEADERS });
    if (!reply.text.includes("<form")) return "";
    const formToken = formTokenOf(reply);
    tokens.push(formToken);
    return formToken;
  };
  const typed = (more: Record<string, string> = {}): Record<string, string> => ({
    choice: "new",
    email: `${EMAIL}@example.com`,
    password: SECRET.customerPassword,
    ...more,
  });
  const signUp = async (more: Record<string, string> = {}): Promise<Reply> => {
    const url = await invite();
    return form(url, typed({ formToken: await page(url), ...more }));
  };

  // Good calls.
  const { merchantEntitlementId: id = "" } = await activate();
  for (const operation of ["suspend", "resume", "cancel", "reinstate"])
    await call(`entitlement/${id}/${operation}`, { requestId: `${REQUEST_ID}-${operation}`, ...reason });
  await call(
    `entitlement/${id}`,
    { productKey: "MUSIC_PREMIUM", extensionData: data, ...unknownFields },
    {},
    "PATCH",
  );
  await call(`entitlement/${id}`, null);
  await call(`echo/${PRIVATE.echo}`, null, { "X-Request-Id": REQUEST_ID });
  await call(`entitlement/${id}/terminate`, { immediate: true, ...reason });
  await call(`entitlement/${id}/suspend`, reason);

  // Refused calls: 400, 401, 403, 404, 405, 409, 413, 415.
  await call("entitlement", "{" + PRIVATE.badValue);
  await call("entitlement", JSON.stringify([PRIVATE.badValue]));
  await call("entitlement", activation({ entitlementId: PRIVATE.badValue, dateExpiry: PRIVATE.badValue }));
  await call("entitlement", activation({ entitlementDisplayName: { [PRIVATE.badValue]: PRIVATE.badValue } }));
  await call("entitlement", activation({ sharedCustomerId: PRIVATE.badValue.repeat(20) }));
  await call("entitlement", activation({ extensionData: { [PRIVATE.badValue]: "x".repeat(70_000) } }));
  await call("entitlement", activation({ requestId: PRIVATE.badValue }), {
    "X-RequestIdentifier": "another-request-id",
  });
  await call(`entitlement/${id}/terminate`, { immediate: PRIVATE.badValue });
  await call(`entitlement/${PRIVATE.pathValue}`, null);
  await call(`entitlement/${id}/suspend`, { merchantEntitlementId: PRIVATE.badValue });
  await call("entitlement", activation(), { Authorization: `Basic ${WRONG_BASIC}` });
  await call("entitlement", activation(), { Authorization: `Bearer ${SECRET.wrongInboundPassword}` });
  await call("entitlement", activation(), { Authorization: SECRET.wrongInboundPassword });
  await call("entitlement", activation({ resellerId: PRIVATE.badValue }));
  await call("entitlement", activation({ productKey: PRIVATE.badValue }));
  await call(`entitlement/${PRIVATE.pathValue}/suspend`, reason);
  await call(`${PRIVATE.pathValue}/${PRIVATE.pathValue}`, reason);
  await call("entitlement", activation(), {}, "PUT");
  await call("entitlement", activation(), { "Content-Type": `text/${PRIVATE.headerValue}` });
  await call("entitlement", activation(), { "Content-Encoding": PRIVATE.headerValue });
  await call("entitlement", activation({ extensionData: { [PRIVATE.badValue]: "x".repeat(300_000) } }));
  const same = activation();
  await call("entitlement", same);
  await call("entitlement", { ...same, offerKey: PRIVATE.badValue });
  await call("entitlement", { ...same, entitlementId: randomUUID() });

  // What the account system refuses, cannot do, or leaves unknown.
  for (const forced of ["decline", "down", "unknown"]) {
    const sharedCustomerId = `activate-${forced}-${PRIVATE.sharedCustomerId}-${randomUUID()}`;
    await activate({ sharedCustomerId });
    const later = `suspend-${forced}-${PRIVATE.sharedCustomerId}-${randomUUID()}`;
    const { merchantEntitlementId = "" } = await activate({ sharedCustomerId: later });
    await call(`entitlement/${merchantEntitlementId}/suspend`, reason);
  }

  // Sign-ups: good, repeated, refused, and whatever Bango answers to their confirmations.
  await signUp();
  const url = await invite();
  const formToken = await page(url);
  await form(url, typed({ formToken, email: EMAIL }));
  await form(url, typed({ formToken, password: SECRET.wrongCustomerPassword, choice: "existing" }));
  await form(url, typed({ formToken, password: SECRET.wrongCustomerPassword }));
  await form(url, typed({ formToken: PRIVATE.formField }));
  await form(url, typed({ formToken }), { "Sec-Fetch-Site": "cross-site" });
  await form(url, typed({ formToken }), { "Content-Type": "application/json" });
  await form(url, typed({ formToken, [PRIVATE.formField]: "x".repeat(20_000) }));
  await form(url, typed({ formToken }));
  await form(url, typed({ formToken }));
  await page(url);
  for (let time = 0; time < 6; time += 1) await signUp({ choice: "existing" });
  for (let time = 0; time < 12; time += 1)
    await form(url.slice(0, -1), typed({ formToken, password: SECRET.wrongCustomerPassword }));
  await page(`${publicUrl}/activate/${PRIVATE.pathValue}`);
  await page(`${publicUrl}/activate/%ff${PRIVATE.pathValue}`);
  const guessed = await invite();
  const guessedForm = await page(guessed);
  for (let time = 0; time < 12; time += 1)
    await form(
      guessed,
      typed({ formToken: guessedForm, choice: "existing", password: SECRET.wrongCustomerPassword }),
    );
  const ended = await activate({ productKey: "MUSIC" });
  await call(`entitlement/${ended.merchantEntitlementId ?? ""}/revoke`, reason);
  await page(publicUrl + new URL(ended.activationUrl ?? "").pathname);
  tokens.push((ended.activationUrl ?? "").split("/").at(-1) ?? "");

  // The admin port.
  for (const token of [SECRET.adminToken, SECRET.wrongAdminToken])
    for (const path of ["sandbox/ledger", `merchant/v1/${PRIVATE.pathValue}`])
      await send(path, `${adminUrl}/${path}?${PRIVATE.queryValue}=${PRIVATE.queryValue}`, {
        headers: { Authorization: `Bearer ${token}`, ...STRANGE_HEADERS },
      });
  await send("clock", `${adminUrl}/sandbox/clock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ now: PRIVATE.badValue }),
  });
  return { replies, tokens };
}

/** Bango, which has something to say against each message, and quotes what it was sent. */
function contraryBango(): { readonly server: Server; readonly received: string[] } {
  const received: string[] = [];
  const statuses = [500, 503, 429, 400, 404, 302, 401];
  const server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => {
      received.push(`${JSON.stringify(req.headers)} ${body}`);
      const status = statuses[(received.length - 1) % (statuses.length + 1)];
      if (status === undefined) {
        req.socket.destroy();
        return;
      }
      res.writeHead(status, { "X-Bango": PRIVATE.bangoHeader, Location: `/${PRIVATE.bangoHeader}` });
      const responseMessage = `${PRIVATE.bangoAnswer} ${String(req.headers.authorization)}`;
      res.end(
        status === 503
          ? PRIVATE.bangoAnswer
          : JSON.stringify({ responseCode: PRIVATE.bangoAnswer, responseMessage }),
      );
    });
  });
  return { server, received };
}

/** Names, not values, so that a failure does not print the secret that it found. */
function canariesIn(text: string, tokens: readonly string[], allowed: readonly string[] = []): string[] {
  const all: [string, string][] = [
    ...Object.entries(SECRET),
    ...Object.entries(PRIVATE),
    ["email", EMAIL],
    ["good Basic", GOOD_BASIC],
    ["wrong Basic", WRONG_BASIC],
    ["outbound Basic", OUTBOUND_BASIC],
    ...tokens
      .filter((token) => token !== "")
      .map((token, index): [string, string] => [`token ${String(index)}`, token]),
  ];
  return all.filter(([name, value]) => !allowed.includes(name) && text.includes(value)).map(([name]) => name);
}

interface Running {
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly output: () => string;
  readonly stop: () => Promise<unknown>;
  /** Makes calls fail so from now on; null where the process is not ours. */
  readonly fail: ((what: "a bug" | "account system" | null) => void) | null;
}

const environment = (database: EmptyDatabase, bangoPort: number): Record<string, string> => ({
  ...environmentOf(database.folder, database.url, {
    file: {
      inbound: {
        credentials: [
          {
            id: "bango-1",
            type: "basic",
            username: "bango",
            password: SECRET.inboundPassword,
            resellers: ["*"],
            owner: "bango",
          },
        ],
      },
      admin: { tokens: [{ id: "back-office", token: SECRET.adminToken, role: "admin" }] },
    },
    limits: { accountDeadlineMs: 2500, leaseMs: 5000, turnWaitMs: 500 },
  }),
  MASTER_KEY: SECRET.masterKey,
  BANGO_BASE_URL: `http://127.0.0.1:${String(bangoPort)}`,
  BANGO_USERNAME: "merchant",
  BANGO_PASSWORD: SECRET.bangoPassword,
  LOG_LEVEL: "debug",
  HOST: "127.0.0.1",
});

async function startProcess(database: EmptyDatabase, bangoPort: number): Promise<Running> {
  requireBuilt();
  const mia = startMia(["serve"], database.folder, environment(database, bangoPort));
  const [line] = await mia.prints(/^.*"service\.started".*$/m);
  const { port, adminPort } = JSON.parse(line) as Record<string, number>;
  return {
    publicUrl: `http://127.0.0.1:${String(port)}`,
    adminUrl: `http://127.0.0.1:${String(adminPort)}`,
    output: () => mia.out() + mia.err(),
    stop: () => mia.kill("SIGTERM"),
    fail: null,
  };
}

async function startHere(database: EmptyDatabase, bangoPort: number): Promise<Running> {
  const lines: string[] = [];
  let failing: string | null = null;
  const config = loadConfig(
    { ...environment(database, bangoPort), PORT: "0", ADMIN_PORT: "0" },
    database.folder,
  );
  const wrapDatabase = (real: Database): Database => ({
    ...real,
    transaction: (script) => {
      if (failing === "a bug") throw new TypeError("it is not a function");
      return real.transaction(script);
    },
  });
  const accounts = ({ knex }: Database): AccountSystem => {
    const demo = demoAccountSystem(knex);
    const complaint = (quoted: string): Promise<never> =>
      Promise.reject(new Error(`Duplicate entry '${quoted}' for key 'PRIMARY'`));
    return {
      ...demo,
      activate: (one) =>
        failing === "account system"
          ? complaint(String(one.entitlement.sharedCustomerId))
          : demo.activate(one),
      register: (one) =>
        failing === "account system" ? complaint(`${one.email} ${one.password}`) : demo.register(one),
    };
  };
  const log = pinoLogger("debug", { write: (line: string) => lines.push(line) });
  const service = await startService(config, { log, migrate: true, wrapDatabase, accounts });
  return {
    publicUrl: `http://127.0.0.1:${String(service.publicPort)}`,
    adminUrl: `http://127.0.0.1:${String(service.adminPort)}`,
    output: () => lines.join(""),
    stop: () => service.stop(),
    fail: (what) => (failing = what),
  };
}

const BACKGROUND_MS_MAX = 15_000;
const EVENTS = [
  "request.answered",
  "reason.unlisted",
  "outcome.settled",
  "bango.told",
  "bango.message_dead",
  "bango.credential_refused",
];

function notLogged({ output }: Running): string[] {
  const logged = output();
  return EVENTS.filter((event) => !logged.includes(`"${event}"`));
}

const PLACES = ENGINES.flatMap((engine) => [
  { engine, place: "a real mia serve", start: startProcess },
  { engine, place: "the same, composed here", start: startHere },
]);

describe.each(PLACES)("what $place tells of a whole life on $engine", ({ engine, start }) => {
  let database: EmptyDatabase;
  let running: Running;
  let life: Life;
  let bango: ReturnType<typeof contraryBango>;

  beforeAll(async () => {
    database = await emptyDatabase(engine satisfies EngineName);
    bango = contraryBango();
    bango.server.listen(0, "127.0.0.1");
    await once(bango.server, "listening");
    running = await start(database, (bango.server.address() as AddressInfo).port);
    life = await wholeLife(running.publicUrl, running.adminUrl);
    // What the background logs comes when its passes come: they are the process's own.
    const endsAt = Date.now() + BACKGROUND_MS_MAX;
    while (notLogged(running).length > 0 && Date.now() < endsAt)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }, 60_000);
  afterAll(async () => {
    await running.stop();
    bango.server.closeAllConnections();
    bango.server.close();
    await database.drop();
  });

  const statuses = (): number[] => [...new Set(life.replies.map(({ status }) => status))];

  it("went through every kind of answer, and through failures of the outbox", () => {
    const wanted = [200, 201, 202, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 503];
    expect(wanted.filter((status) => !statuses().includes(status))).toEqual([]);
    expect(life.tokens.length).toBeGreaterThan(15);
    expect(bango.received.length).toBeGreaterThan(6);
    expect(bango.received.join("")).toContain(OUTBOUND_BASIC);
    expect(notLogged(running)).toEqual([]);
    // The net holds: what may be in the log is found there.
    expect(running.output().includes(REQUEST_ID)).toBe(true);
  });

  it("has no canary in any line of the log, nor in anything else that it printed", () => {
    expect(canariesIn(running.output(), life.tokens)).toEqual([]);
  });

  it("has no canary in the body or the headers of any refusal; a form alone keeps the e-mail", () => {
    const found = life.replies
      .filter(({ status }) => status >= 400)
      .map(({ what, status, text, headers }) => {
        const isForm = text.includes("<form");
        // The form's own token belongs in it, and the name of what is bought.
        const allowed = isForm ? ["email", "displayName"] : [];
        const tokens = isForm ? [] : life.tokens;
        return [what, status, ...canariesIn(text + headers, tokens, allowed)];
      })
      .filter(({ length }) => length > 2);
    expect(found).toEqual([]);
  });

  it("shows no secret in any answer, good ones included", () => {
    const found = life.replies.flatMap(({ text, headers }) =>
      canariesIn(text + headers, [], [...Object.keys(PRIVATE), "email"]),
    );
    expect(found).toEqual([]);
  });
});

describe.each(ENGINES.map((engine) => ({ engine })))(
  "faults that quote what they met ($engine)",
  ({ engine }) => {
    let database: EmptyDatabase;
    let running: Running;

    beforeAll(async () => {
      database = await emptyDatabase(engine);
      running = await startHere(database, 9);
    });
    afterAll(async () => {
      await running.stop();
      await database.drop();
    });

    it.each([
      ["a bug", 500, "request.failed"],
      ["account system", 503, "account_call.failed"],
    ] as const)("%s: neither the answer nor the log quotes it", async (what, status, event) => {
      const send = async (body: Body): Promise<Response> =>
        fetch(`${running.publicUrl}/bango/v1/entitlement`, {
          method: "POST",
          headers: { Authorization: `Basic ${GOOD_BASIC}`, "Content-Type": "application/json" },
          body: JSON.stringify(body),
        });
      const activation = (productKey: string): Body => ({
        entitlementId: randomUUID(),
        resellerId: "BANGOTEL",
        productKey,
        sharedCustomerId: `${PRIVATE.sharedCustomerId}-${randomUUID()}`,
      });
      const { activationUrl = "" } = (await (await send(activation("MUSIC"))).json()) as Record<
        string,
        string
      >;
      const url = running.publicUrl + new URL(activationUrl).pathname;
      const formToken = formTokenOf({ text: await (await fetch(url)).text() });
      const before = running.output().length;
      running.fail?.(what);
      try {
        const reply = await send(activation("MUSIC_DIRECT"));
        expect(reply.status).toBe(status);
        expect(canariesIn(await reply.text(), [])).toEqual([]);
        const form = await fetch(url, {
          method: "POST",
          body: new URLSearchParams({
            choice: "new",
            email: `${EMAIL}@example.com`,
            password: SECRET.customerPassword,
            consent: "yes",
            formToken,
          }),
        });
        expect(form.status).toBe(status);
        expect(canariesIn(await form.text(), [], status === 503 ? ["email"] : [])).toEqual([]);
      } finally {
        running.fail?.(null);
      }
      const told = running.output().slice(before);
      expect(told).toContain(`"${event}"`);
      expect(canariesIn(told, [activationUrl.split("/").at(-1) ?? "", formToken])).toEqual([]);
    });
  },
);
