import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mia, miaHere, requireBuilt, startMia } from "./support/mia.js";
import type { Running } from "./support/mia.js";
import { environmentOf, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

const MASTER_KEY = "0123456789abcdef0123456789abcdef";
const INBOUND = "an-inbound-password-of-many-letters";
const AUTHORIZED = { Authorization: `Basic ${Buffer.from(`bango:${INBOUND}`).toString("base64")}` };

const made: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "mia-cli-"));
  made.push(folder);
  return folder;
};

/** A folder with a configuration that may run in production, on a SQLite file of its own. */
function production(change: Readonly<Record<string, unknown>> = {}) {
  const folder = newFolder();
  const file = {
    inbound: {
      credentials: [
        { id: "bango-1", type: "basic", username: "bango", password: "env:INBOUND", resellers: ["*"] },
      ],
    },
    resellers: [
      {
        resellerId: "BANGOTEL",
        maxLivePerCustomer: 5,
        products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
      },
    ],
    accountSystem: { type: "demo", allowOutsideSandbox: true },
    ...change,
  };
  writeFileSync(join(folder, "mia.config.json"), JSON.stringify(file));
  const env = {
    INBOUND,
    MASTER_KEY,
    PUBLIC_URL: "https://merchant.example.com",
    HOST: "127.0.0.1",
    // A command in this process has the folder of the tests as its own.
    DATABASE_URL: `sqlite:${join(folder, "mia.db")}`,
  };
  return { folder, env };
}

const running = new Set<Running>();
function start(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Running {
  const process = startMia(args, folder, env);
  running.add(process);
  void process.ended.then(() => running.delete(process));
  return process;
}

/** The two ports of a service that has started, from its log. */
async function started(process: Running): Promise<{ readonly url: string; readonly port: number }> {
  const [line] = await process.prints(/^.*"service\.started".*$/m);
  const { port } = JSON.parse(line) as { port: number };
  return { url: `http://127.0.0.1:${String(port)}`, port };
}

const json = (text: string): unknown => JSON.parse(text) as unknown;

beforeAll(() => {
  requireBuilt();
});
afterAll(async () => {
  await Promise.all([...running].map((process) => process.kill("SIGKILL")));
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const COMMANDS = [
  [],
  ["serve"],
  ["sandbox"],
  ["migrate"],
  ["entitlement"],
  ["entitlement", "list"],
  ["entitlement", "show"],
  ["outbox"],
  ["outbox", "list"],
  ["outbox", "show"],
  ["outbox", "replay"],
  ["outbox", "drop"],
  ["unknown"],
  ["unknown", "list"],
  ["unknown", "settle"],
  ["accounts"],
  ["accounts", "try"],
  ["credentials"],
  ["credentials", "new"],
  ["credentials", "list"],
  ["credentials", "retire"],
  ["keys"],
  ["keys", "new"],
  ["keys", "list"],
  ["keys", "retire"],
  ["openapi"],
  ["contract"],
  ["contract", "diff"],
  ["kit"],
];

describe("help", () => {
  it.each(COMMANDS.map((command) => ({ command })))("mia $command has an example", async ({ command }) => {
    const { code, out, err } = await miaHere([...command, "--help"], newFolder());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/Examples?:\n {2}\S/);
    const example = out.slice(out.indexOf("Example"));
    expect(example).toContain(["mia", ...command].join(" "));
  });

  it("lists every command there is, so that this list is all of them", async () => {
    const { out } = await mia(["--help"], newFolder());
    const listed = [...out.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name).filter((name) => name !== "mia");
    expect(listed.sort()).toEqual([...new Set(COMMANDS.flatMap(([name]) => name ?? [])), "help"].sort());
  });
});

describe("a reader that has seen enough", () => {
  it("ends a command quietly, and well", async () => {
    const help = startMia(["--help"], newFolder());
    help.closeOutput();
    expect(await help.ended).toEqual({ code: 0, out: "", err: "" });
  });
});

describe("misuse", () => {
  it.each([
    [[]],
    [["nothing-like-this"]],
    [["serve", "--nothing-like-this"]],
    [["migrate", "sideways"]],
    [["entitlement"]],
    [["entitlement", "show"]],
    [["entitlement", "list", "--limit", "0"]],
    [["entitlement", "list", "--limit", "x"]],
    [["entitlement", "list", "--limit", "1001"]],
    [["entitlement", "list", "--status", "ALIVE"]],
    [["outbox", "list", "--state", "lost"]],
    [["outbox", "show"]],
    [["accounts"]],
    [["accounts", "try"]],
    [["accounts", "try", "destroy"]],
    [["accounts", "try", "activate", "--json-call", "no-such-file.json"]],
    [["contract", "diff"]],
    [["kit", "--settings", '{"entitlemnt": {}}']],
    [["kit", "./no-such-file.js"]],
    [["kit", "no-such-package"]],
    [["kit", "./no-such-file.js", "--options", "[]"]],
    [["kit", "./no-such-file.js", "--settings", "{"]],
    [["kit", "./no-such-file.js", "--only", "luck"]],
    [["contract", "diff", "no-such-file.yaml"]],
    [["openapi", "--api", "bango"]],
    [["unknown", "settle"]],
    [["credentials", "new", "--name", "bango"]],
    [["credentials", "new", "--type", "basic"]],
    [["credentials", "new", "--type", "oauth2-issuer", "--name", "bango"]],
    [["credentials", "new", "--type", "basic", "--name", "with:colon"]],
    [["credentials", "new", "--type", "basic", "--name", "bango", "--owner", "clock"]],
    [["credentials", "new", "--type", "basic", "--name", "bango", "--resellers", "A,,B"]],
    [["credentials", "retire"]],
    [["keys", "new", "--purpose", "master"]],
    [["keys", "retire"]],
    [["unknown", "settle", "key", "--as", "done"]],
    [["unknown", "settle", "key", "--as", "maybe", "--reason", "x"]],
    [["unknown", "settle", "key", "--as", "done", "--reason", "x", "--period-ends", "soon"]],
  ])("mia %j ends with 2 and says why", async (args) => {
    const { code, out, err } = await miaHere(args, newFolder());
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/error|Usage/);
  });
});

describe("a fault", () => {
  it("in the configuration ends with 1 and lists everything", async () => {
    const { code, out, err } = await mia(["serve"], newFolder(), { LOG_LEVEL: "loud" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    for (const path of ["CONFIG_FILE", "LOG_LEVEL", "MASTER_KEY", "PUBLIC_URL"])
      expect(err).toMatch(new RegExp(`^- ${path}: .+\\.\\n {2}\\S.+\\.$`, "m"));
    expect(err).toContain("nothing was started");
  });

  it("ends every command that needs a database with 1 while migrations are pending", async () => {
    const { folder, env } = production();
    for (const args of [
      ["entitlement", "list"],
      ["entitlement", "show", "x"],
      ["unknown", "list"],
      ["unknown", "settle", "x", "--as", "done", "--reason", "x"],
    ]) {
      const { code, err } = await miaHere(args, folder, env);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(err).toContain("mia migrate up");
    }
  });

  it("of the MASTER_KEY, where it is not the one that the keys were sealed with, ends with 1 and is named", async () => {
    const { folder, env } = production();
    expect((await mia(["migrate", "up"], folder, env)).code).toBe(0);
    expect((await mia(["entitlement", "list"], folder, env)).code).toBe(0);
    const other = { ...env, MASTER_KEY: `${MASTER_KEY}, another one` };
    for (const args of [["entitlement", "list"], ["serve"]]) {
      const { code, err } = await mia(args, folder, other);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(err).toContain("MASTER_KEY");
    }
  });

  it("of the database is explained, without its password", async () => {
    const { folder, env } = production();
    for (const DATABASE_URL of ["mysql://mia:canary@127.0.0.1:1/mia", "mysql://mia:canary@h1:1,h2:1/mia"]) {
      const { code, err } = await mia(["serve"], folder, { ...env, DATABASE_URL });
      expect(code).toBe(1);
      expect(err).toMatch(/\S/);
      expect(err).not.toMatch(/canary|^ +at /m);
    }
  });
});

describe("mia migrate", () => {
  const { folder, env } = production();
  const migrate = async (...args: string[]) => {
    const { code, out } = await miaHere(["migrate", ...args, "--json"], folder, env);
    expect(code).toBe(0);
    return json(out) as { database: string; changed: string[]; done: string[]; pending: string[] };
  };

  it("status, up and down say what is done and what is pending", async () => {
    const before = await migrate("status");
    expect(before).toMatchObject({ database: expect.stringMatching(/^SQLite 3\./), changed: [], done: [] });
    expect(before.pending[0]).toBe("0001-journal");
    const all = before.pending;
    expect(await migrate("up")).toMatchObject({ changed: all, done: all, pending: [] });
    expect(await migrate("up")).toMatchObject({ changed: [], done: all, pending: [] });
    const last = all.at(-1);
    expect(await migrate("down")).toMatchObject({ changed: [last], done: all.slice(0, -1), pending: [last] });
    expect(await migrate("status")).toMatchObject({ changed: [], done: all.slice(0, -1), pending: [last] });
    expect(await migrate()).toMatchObject({ changed: [last], done: all, pending: [] });
  });

  it("says it for people, too", async () => {
    const { code, out } = await miaHere(["migrate", "status"], folder, env);
    expect(code).toBe(0);
    expect(out).toMatch(/^SQLite 3\.[\d.]+\n\d+ applied, 0 pending\n$/);
  });
});

describe("mia sandbox", () => {
  it("prints addresses and a call that answers 201 ACTIVE, and ends with 0 on SIGTERM", async () => {
    const folder = newFolder();
    const process = start(["sandbox"], folder);
    await process.prints(/Ctrl-C stops/);
    const { port } = await started(process);
    const text = process.out();
    const [, base = "", user = ""] = /export MIA=(\S+) MIA_USER='([^']+)'/.exec(text) ?? [];
    const [, body = ""] = /-d '([^']+)' \$MIA\/entitlement$/m.exec(text) ?? [];
    expect(base).toBe(`http://localhost:${String(port)}/bango/v1`);
    expect(text).toContain(`Server API (Bango calls it)   ${base}`);
    const answer = await fetch(`${base}/entitlement`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Basic ${Buffer.from(user).toString("base64")}`,
      },
      body,
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ responseCode: "OK", status: "ACTIVE" });

    const [, admin = ""] = /Admin port +(\S+)/.exec(text) ?? [];
    const [, token = ""] = /Admin token +(\S+)/.exec(text) ?? [];
    const openApi = await fetch(`${admin}/openapi.json`, { headers: { Authorization: `Bearer ${token}` } });
    expect(openApi.status).toBe(200);

    const secret = user.split(":")[1] ?? "";
    expect(text.split(secret)).toHaveLength(2);
    expect(text.split(token)).toHaveLength(2);

    const stoppedAt = Date.now();
    const { code, err } = await process.kill("SIGTERM");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(Date.now() - stoppedAt).toBeLessThan(5000);
  });

  it("has the same credentials when it is started again, and ends with 0 on Ctrl-C", async () => {
    const folder = newFolder();
    const users: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const process = start(["sandbox"], folder);
      await process.prints(/Ctrl-C stops/);
      users.push(/MIA_USER='([^']+)'/.exec(process.out())?.[1] ?? "");
      expect((await process.kill("SIGINT")).code).toBe(0);
    }
    expect(users[0]).toMatch(/^bango:.{32}$/);
    expect(users[1]).toBe(users[0]);
  });
});

describe("mia serve", () => {
  it("refuses to start on pending migrations outside the sandbox, and starts with --migrate", async () => {
    const { folder, env } = production();
    const refused = await mia(["serve"], folder, env);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^Not started: \d+ migrations are pending; run mia migrate up, or .*--migrate/,
    );

    const process = start(["serve", "--migrate"], folder, env);
    const { url } = await started(process);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const entitlement = {
      resellerId: "BANGOTEL",
      productKey: "MUSIC_DIRECT",
      sharedCustomerId: "customer-1",
    };
    const activated = await fetch(`${url}/bango/v1/entitlement`, {
      method: "POST",
      headers: { ...AUTHORIZED, "Content-Type": "application/json" },
      body: JSON.stringify({ entitlementId: randomUUID(), ...entitlement }),
    });
    expect(activated.status).toBe(201);
    expect((await process.kill("SIGTERM")).code).toBe(0);

    const again = start(["serve"], folder, env);
    await started(again);
    expect((await again.kill("SIGTERM")).code).toBe(0);
  });

  it("has no sandbox doors in production", async () => {
    const { folder, env } = production();
    const process = start(["serve", "--migrate"], folder, env);
    const [line] = await process.prints(/^.*"service\.started".*$/m);
    const { adminPort } = json(line) as { adminPort: number };
    const move = await fetch(`http://127.0.0.1:${String(adminPort)}/sandbox/clock`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ advanceMs: 1000 }),
    });
    expect(move.status).toBe(404);
    await process.kill("SIGTERM");
  });

  it("refuses a second one on the same SQLite file while the first runs, and takes over when that is killed", async () => {
    const { folder, env } = production();
    const first = start(["serve", "--migrate"], folder, env);
    await started(first);
    const second = await mia(["serve"], folder, env);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^Not started: another mia serve uses .*mia\.db; stop it, or use MySQL/);
    // A command line is no second server.
    expect((await mia(["entitlement", "list"], folder, env)).code).toBe(0);
    await first.kill("SIGKILL");
    const third = start(["serve"], folder, env);
    const { url } = await started(third);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await third.kill("SIGTERM")).code).toBe(0);
  });

  it("explains a port that is taken, whichever of the two it is, and leaves the database free", async () => {
    const { folder, env } = production();
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const taken = String((other.address() as AddressInfo).port);
    try {
      for (const name of ["PORT", "ADMIN_PORT"]) {
        const { code, err } = await mia(["serve", "--migrate"], folder, { ...env, [name]: taken });
        expect(code).toBe(1);
        expect(err).toBe(`Not started: port ${taken} is taken; set ${name}.\n`);
      }
    } finally {
      other.close();
    }
    const process = start(["serve"], folder, env);
    await started(process);
    expect((await process.kill("SIGTERM")).code).toBe(0);
  });
});

describe("a life seen from the command line", () => {
  const { folder, env } = production();
  let process: Running;
  let api = "";
  let id = "";
  const entitlementId = randomUUID().toUpperCase();

  const call = async (path: string, body: object = {}) => {
    const answer = await fetch(`${api}${path}`, {
      method: "POST",
      headers: { ...AUTHORIZED, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Record<string, string> };
  };
  const activate = (overrides: object = {}) =>
    call("/entitlement", {
      entitlementId: randomUUID(),
      resellerId: "BANGOTEL",
      productKey: "MUSIC_DIRECT",
      sharedCustomerId: "customer-7",
      ...overrides,
    });

  beforeAll(async () => {
    process = start(["serve", "--migrate"], folder, env);
    api = `${(await started(process)).url}/bango/v1`;
    const answer = await activate({ requestId: "request-a", entitlementId, unknownField: { kept: true } });
    expect(answer.status).toBe(201);
    id = answer.body.merchantEntitlementId ?? "";
    for (const [step, status] of [
      ["suspend", "SUSPENDED"],
      ["resume", "ACTIVE"],
      ["cancel", "ACTIVE-ENDING"],
      ["revoke", "REVOKED"],
    ] as const) {
      const body = { requestId: `request-${step}`, reasonCategory: "REVOKED", reasonCode: "FRAUD" };
      expect(await call(`/entitlement/${id}/${step}`, body)).toMatchObject({ status: 200, body: { status } });
    }
  });
  afterAll(async () => {
    expect((await process.kill("SIGTERM")).code).toBe(0);
  });

  interface Shown {
    readonly entitlement: Record<string, unknown>;
    readonly history: Record<string, unknown>[];
    readonly outbox: unknown[];
  }
  const show = async (name: string): Promise<Shown> => {
    const { code, out, err } = await miaHere(["entitlement", "show", name, "--json"], folder, env);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return json(out) as Shown;
  };

  it("show has exactly the shape that 2.5 promises", async () => {
    const shown = await show(id);
    expect(Object.keys(shown)).toEqual(["entitlement", "history", "outbox"]);
    expect(shown.outbox).toEqual([]);
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const reason = { category: "REVOKED", code: "FRAUD", description: null };
    const row = (
      version: number,
      operation: string,
      before: string | null,
      after: string,
      why: unknown = reason,
    ) => ({
      version,
      operation,
      requestId: operation === "activate" ? "request-a" : `request-${operation}`,
      actor: "bango-1",
      reason: why,
      at: iso,
      before,
      after,
      changes: expect.objectContaining({ status: after }),
    });
    expect(shown.history).toEqual([
      row(1, "activate", null, "ACTIVE", null),
      row(2, "suspend", "ACTIVE", "SUSPENDED"),
      row(3, "resume", "SUSPENDED", "ACTIVE"),
      row(4, "cancel", "ACTIVE", "ACTIVE-ENDING"),
      row(5, "revoke", "ACTIVE-ENDING", "REVOKED"),
    ]);
    expect(shown.history[3]?.changes).toEqual({ status: "ACTIVE-ENDING", endsAt: iso });
    expect(shown.entitlement).toMatchObject({
      merchantEntitlementId: id,
      entitlementId: entitlementId.toLowerCase(),
      status: "REVOKED",
      version: 5,
      dateCreated: iso,
      dateSuspended: iso,
      dateEnded: iso,
      endedBy: "bango",
      unknownFields: { unknownField: { kept: true } },
    });
    for (const inner of ["identity", "customerKey", "contentHash", "endsAt"])
      expect(shown.entitlement).not.toHaveProperty(inner);
  });

  it("show finds by our id, by the activating request's id and by Bango's id in any case", async () => {
    for (const name of ["request-a", entitlementId, entitlementId.toLowerCase()])
      expect((await show(name)).entitlement.merchantEntitlementId).toBe(id);
  });

  it("show reads well for people", async () => {
    const { out } = await mia(["entitlement", "show", id], folder, env);
    expect(out).toMatch(/^ {2}status +REVOKED$/m);
    expect(out).toMatch(
      /^ {4}5 {2}\S+Z {2}revoke +ACTIVE-ENDING → REVOKED {2}by bango-1 \(request-revoke\) {2}REVOKED \/ FRAUD$/m,
    );
  });

  it("show of what is not there ends with 1", async () => {
    const { code, out, err } = await miaHere(["entitlement", "show", "nobody", "--json"], folder, env);
    expect({ code, out, err }).toEqual({ code: 1, out: "", err: "There is no entitlement nobody.\n" });
  });

  it("list filters, and goes on page by page, newest first", async () => {
    const ids: string[] = [];
    for (const customer of ["customer-8", "customer-9", "customer-9"]) {
      const answer = await activate({ sharedCustomerId: undefined, bangoUserId: customer });
      ids.unshift(answer.body.merchantEntitlementId ?? "");
    }
    const list = async (...args: string[]): Promise<string[]> => {
      const { code, out } = await miaHere(["entitlement", "list", "--json", ...args], folder, env);
      expect(code).toBe(0);
      return (json(out) as { merchantEntitlementId: string }[]).map((one) => one.merchantEntitlementId);
    };
    expect(await list()).toEqual([...ids, id]);
    expect(await list("--status", "ACTIVE")).toEqual(ids);
    expect(await list("--status", "REVOKED")).toEqual([id]);
    expect(await list("--customer", "customer-9")).toEqual(ids.slice(0, 2));
    expect(await list("--customer", "customer-7")).toEqual([id]);
    expect(await list("--customer", "customer-7", "--status", "ACTIVE")).toEqual([]);
    expect(await list("--reseller", "BANGOTEL", "--limit", "3")).toEqual(ids);
    expect(await list("--reseller", "OTHER")).toEqual([]);
    const pages: string[][] = [];
    for (let after: string[] = []; ;) {
      const page = await list("--limit", "2", ...after);
      if (page.length === 0) break;
      pages.push(page);
      after = ["--after", page.at(-1) ?? ""];
    }
    expect(pages).toEqual([ids.slice(0, 2), [ids[2], id]]);

    const text = await miaHere(["entitlement", "list", "--limit", "1"], folder, env);
    expect(text.out).toMatch(new RegExp(`^${ids[0] ?? ""}  ACTIVE +BANGOTEL  MUSIC_DIRECT  customer-9\n$`));
    expect((await miaHere(["entitlement", "list", "--reseller", "OTHER"], folder, env)).out).toBe("none\n");
  });

  it("openapi prints the document, for the server that is named", async () => {
    const { code, out } = await miaHere(["openapi", "--server", "https://shop.example"], folder);
    expect(code).toBe(0);
    expect(json(out)).toMatchObject({ openapi: "3.1.1", servers: [{ url: "https://shop.example" }] });
    const committed = readFileSync(join(__dirname, "../openapi/merchant-interface.json"), "utf8");
    expect(json((await miaHere(["openapi"], folder)).out)).toEqual(json(committed));
    const merchants = readFileSync(join(__dirname, "../openapi/merchant-api.json"), "utf8");
    expect(json((await miaHere(["openapi", "--api", "merchant"], folder)).out)).toEqual(json(merchants));
  });
});

describe("a call whose outcome nobody knows", () => {
  let given: Scenario & { close: () => Promise<void> };
  let env: Readonly<Record<string, string>>;
  const limits = { accountDeadlineMs: 300 };

  beforeAll(async () => {
    // It runs no passes, so nobody but the command line settles anything.
    given = await openScenario("sqlite", { limits });
    env = environmentOf(given.folder, given.databaseUrl, { limits });
  });
  afterAll(async () => {
    await given.close();
  });

  const unknown = (...args: string[]) => miaHere(["unknown", ...args], given.folder, env);
  const list = async () => json((await unknown("list", "--json")).out) as Record<string, unknown>[];
  const openOne = async (): Promise<{ readonly id: string; readonly key: string }> => {
    const { merchantEntitlementId: id = "" } = await given.entitlementAt("ACTIVE", {
      sharedCustomerId: `suspend-unknown-${randomUUID()}`,
    });
    const requestId = `request-${randomUUID()}`;
    expect((await given.call("suspend", id, { body: { requestId } })).status).toBe(503);
    const [row, ...others] = await list();
    expect(others).toEqual([]);
    expect(row).toEqual({
      key: expect.stringMatching(/^[\w-]{43}$/),
      operation: "suspend",
      owner: "bango",
      state: "unknown",
      merchantEntitlementId: id,
      entitlementId: null,
      requestId,
      since: expect.stringMatching(/Z$/),
      looks: 1,
    });
    return { id, key: String(row?.key) };
  };
  const statusOf = async (id: string): Promise<unknown> => (await given.call("read", id)).body.status;

  it("list is empty while there is none", async () => {
    expect(await unknown("list")).toMatchObject({ code: 0, out: "none\n" });
    expect(await list()).toEqual([]);
  });

  it("is listed, and settled as done: the state changes and the list is empty again", async () => {
    const { id, key } = await openOne();
    expect((await unknown("list")).out).toContain(key);
    const settled = await unknown("settle", key, "--as", "done", "--reason", "seen in the account system");
    expect(settled).toMatchObject({ code: 0, out: "Settled as done.\n", err: "" });
    expect(await statusOf(id)).toBe("SUSPENDED");
    expect(await list()).toEqual([]);
    const rows = (await given.core.database.knex("journal").where({ journalKey: key })) as { note: string }[];
    expect(rows[0]?.note).toMatch(/^done by operator .+: seen in the account system$/);
    await given.expectBooksToAgree();
  });

  it("is settled as absent: nothing has changed, and the entitlement's turn is free", async () => {
    const { id, key } = await openOne();
    const settled = await unknown("settle", key, "--as", "absent", "--reason", "not there", "--json");
    expect(settled.code).toBe(0);
    expect(json(settled.out)).toEqual({ key, settled: "absent" });
    expect(await statusOf(id)).toBe("ACTIVE");
    expect(await list()).toEqual([]);
    expect((await given.call("revoke", id)).status).toBe(200);
  });

  it("cannot be settled twice, nor when there is none of that key", async () => {
    const { key } = await openOne();
    expect((await unknown("settle", key, "--as", "done", "--reason", "x")).code).toBe(0);
    // Keys are base64url: some begin as options do.
    for (const one of [key, "no-such-key", "-bc2XqNoSuchKey", "-hNoSuchKey", "--no-such-key"]) {
      const { code, err } = await unknown("settle", one, "--as", "absent", "--reason", "x");
      expect(code).toBe(1);
      expect(err).toContain(`${one} is not open`);
    }
  });
});

describe("mia contract diff", () => {
  const documented = async (folder: string): Promise<string> => {
    const { out } = await miaHere(["openapi"], folder);
    const path = join(folder, "ours.json");
    writeFileSync(path, out);
    return path;
  };
  const odd = join(import.meta.dirname, "support/documents/odd.yaml");

  it("ends with 0 where a document is as our contract is", async () => {
    const folder = newFolder();
    const { code, out, err } = await miaHere(["contract", "diff", await documented(folder)], folder);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("11 calls found, 0 keys to set");
    expect(out).toContain("or the default one, since the configuration does not load");
  });

  it("ends with 1 and lists the keys, and what to paste, where it differs", async () => {
    const { folder, env } = production();
    const { code, out, err } = await miaHere(["contract", "diff", odd], folder, env);
    expect(code).toBe(1);
    expect(err).toMatch(/^\d+ keys to set, \d+ parts of the document left over\n$/);
    expect(out).toContain("Compared with this configuration");
    expect(out).toContain(
      'contract.operations.update.method\n    "PUT", now "PATCH", for PUT /tv/subscriptions/{ref}\n',
    );
    const pasted = json(out.slice(out.indexOf("\n{\n"))) as { contract: { operations: object } };
    expect(Object.keys(pasted.contract.operations)).toContain("suspend");
    const { out: data, code: again } = await miaHere(["contract", "diff", odd, "--json"], folder, env);
    expect(again).toBe(1);
    expect(json(data)).toMatchObject({ comparedWith: "this configuration", settings: pasted });
  });

  it.each(["{", "just text", "openapi: 4.0.0", "a: &a [*a, *a]\nb: *nothing"])(
    "ends with 2 where the file holds %j",
    async (text) => {
      const folder = newFolder();
      writeFileSync(join(folder, "bad.yaml"), text);
      const { code, out, err } = await miaHere(["contract", "diff", "bad.yaml"], folder);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^error: bad\.yaml cannot be (read|compared): \S/);
    },
  );
});
