import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { ConfigError } from "../src/config/environment.js";
import type { Environment } from "../src/config/environment.js";
import { loadConfig } from "../src/config/load-config.js";
import { startFakeBango } from "./support/fake-bango.js";
import type { FakeBango } from "./support/fake-bango.js";
import { requireBuilt, startMia } from "./support/mia.js";
import type { Running } from "./support/mia.js";
import { merchantRequest } from "./support/outbox-scenario.js";
import { ADMIN_TOKEN, BANGOTEL, PASSWORD, environmentOf, inDefaultShape } from "./support/scenario.js";
import type { Body } from "./support/scenario.js";
import { emptyDatabase } from "./support/engines.js";
import { renewableFake } from "./support/fake-accounts.js";

const onEveryDatabase = inDefaultShape("the file is read again whatever its contract is");

const OTHER_PASSWORD = "another-inbound-password-0123456789";
const OTHER_TOKEN = "another-admin-token-0123456789";

const credential = (password: unknown, more: Body = {}): Body => ({
  id: "bango-1",
  type: "basic",
  username: "bango",
  password,
  resellers: ["*"],
  ...more,
});

/** Writes the file anew, with these sections in place of what it has. */
function rewrite(folder: string, sections: Body): void {
  const path = join(folder, "mia.config.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as Body), ...sections }));
}

const bango = { now: {} as FakeBango };
const outbound = (password: string): Body => ({
  baseUrl: bango.now.baseUrl,
  username: "merchant",
  password,
});
const FILE = {
  get bango() {
    return outbound("first-outbound-password-0123");
  },
};
const accounts = renewableFake();

describe("reloading the configuration", () => {
  beforeAll(async () => {
    bango.now = await startFakeBango();
  });
  afterAll(() => bango.now.close());

  onEveryDatabase(
    "of a running adapter",
    (given) => {
      const reloadWith = (sections: Body, env: Environment = {}): void => {
        // Writes the file as every test begins with it.
        const usual = environmentOf(given.folder, given.databaseUrl, { file: FILE });
        rewrite(given.folder, sections);
        given.core.reload(loadConfig({ ...usual, ...env }, given.folder));
      };
      const warned = (since: number): unknown[] =>
        given
          .logged()
          .slice(since)
          .filter(({ msg }) => msg === "config.restart_needed")
          .map(({ path }) => path);
      const sell = (overrides: Body): Promise<Response> => given.activate(overrides);

      it("sells a product that is new, and no longer one that is gone; what was sold goes on", async () => {
        const sold = await given.entitlementAt("SUSPENDED");
        expect((await sell({ productKey: "FILMS" })).status).toBe(403);
        const films = { productKey: "FILMS", plan: "films", activation: "immediate" };
        reloadWith({ resellers: [{ ...BANGOTEL, products: [films] }] });
        expect((await sell({ productKey: "FILMS" })).status).toBe(201);
        expect((await sell({})).status).toBe(403);
        const resumed = await given.call("resume", sold.merchantEntitlementId ?? "");
        expect((resumed.body as Body).status).toBe("ACTIVE");
        reloadWith({});
      });

      it("takes over a reseller, its links and its switches", async () => {
        expect((await sell({ resellerId: "OTHERTEL" })).status).toBe(403);
        const other = {
          ...BANGOTEL,
          resellerId: "OTHERTEL",
          publicUrl: "https://tv.other.example",
          operations: { suspend: false },
        };
        reloadWith({ resellers: [BANGOTEL, other] });
        const sold = await sell({ resellerId: "OTHERTEL", productKey: "MUSIC" });
        expect((sold.body as Body).activationUrl).toMatch(/^https:\/\/tv\.other\.example\/activate\//);
        const id = String(((await sell({ resellerId: "OTHERTEL" })).body as Body).merchantEntitlementId);
        expect((await given.call("suspend", id)).status).toBe(403);
        reloadWith({ resellers: [BANGOTEL, { ...other, operations: {} }] });
        expect((await given.call("suspend", id)).status).toBe(200);
        reloadWith({});
      });

      it("refuses a secret that was retired, and takes the new one", async () => {
        const sold = await given.entitlementAt("ACTIVE");
        const read = async (password: string): Promise<number> =>
          (await given.call("read", sold.merchantEntitlementId ?? "", { auth: `bango:${password}` })).status;
        reloadWith({ inbound: { credentials: [credential([PASSWORD, OTHER_PASSWORD])] } });
        expect([await read(PASSWORD), await read(OTHER_PASSWORD)]).toEqual([200, 200]);
        reloadWith({ inbound: { credentials: [credential(OTHER_PASSWORD)] } });
        expect([await read(PASSWORD), await read(OTHER_PASSWORD)]).toEqual([401, 200]);
        reloadWith({ inbound: { credentials: [credential(PASSWORD)], allowedAddresses: ["192.0.2.7"] } });
        expect(await read(PASSWORD)).toBe(401);
        reloadWith({});
        expect([await read(PASSWORD), await read(OTHER_PASSWORD)]).toEqual([200, 401]);
      });

      it("takes over the admin port's tokens", async () => {
        const open = async (token: string): Promise<number> =>
          (await given.admin.get("/openapi.json").set("Authorization", `Bearer ${token}`)).status;
        reloadWith({ admin: { tokens: [{ id: "new", token: OTHER_TOKEN }] } });
        expect([await open(ADMIN_TOKEN), await open(OTHER_TOKEN)]).toEqual([401, 200]);
        reloadWith({});
      });

      it("tells Bango with the new password from then on", async () => {
        const passwordsTold = async (): Promise<string[]> => {
          const sold = await given.entitlementAt("ACTIVE");
          await given.core.run(merchantRequest("suspend", sold));
          await given.core.deliverDue();
          return bango.now
            .toldOf(sold.entitlementId ?? "")
            .map(({ authorization }) =>
              Buffer.from(authorization.slice("Basic ".length), "base64").toString(),
            );
        };
        expect(await passwordsTold()).toEqual(["merchant:first-outbound-password-0123"]);
        reloadWith({ bango: outbound("second-outbound-password-0123") });
        expect(await passwordsTold()).toEqual(["merchant:second-outbound-password-0123"]);
        reloadWith({});
        expect(await passwordsTold()).toEqual(["merchant:first-outbound-password-0123"]);
      });

      it("lets a message under way end with the client that it began with", async () => {
        const sold = await given.entitlementAt("ACTIVE");
        let go = (): void => undefined;
        bango.now.next(sold.entitlementId ?? "", {
          waits: new Promise<void>((resolve) => {
            go = resolve;
          }),
        });
        await given.core.run(merchantRequest("suspend", sold));
        const telling = given.core.deliverDue();
        while (bango.now.toldOf(sold.entitlementId ?? "").length === 0)
          await new Promise((resolve) => setImmediate(resolve));
        reloadWith({ bango: outbound("second-outbound-password-0123") });
        go();
        expect(await telling).toBe(1);
        reloadWith({});
      });

      it("changes nothing for a call under way: it ends as it was planned, and gives back what it holds", async () => {
        let go = (): void => undefined;
        accounts.renew();
        const customer = { sharedCustomerId: "customer-of-a-call-under-way" };
        const sold = (await sell(customer)).body as Body;
        accounts.fake().next("change", {
          kind: "waits",
          until: new Promise<void>((resolve) => {
            go = resolve;
          }),
        });
        const id = { merchantEntitlementId: sold.merchantEntitlementId };
        const update = { ...id, productKey: "MUSIC_PREMIUM" };
        const changing = given.call("update", null, { body: update }).then((reply) => reply);
        while (!accounts.fake().calls.some(({ operation }) => operation === "change"))
          await new Promise((resolve) => setImmediate(resolve));
        const [signUp, direct, premium] = BANGOTEL.products;
        const alone = { ...premium, maxLivePerCustomer: 1 };
        reloadWith({ resellers: [{ ...BANGOTEL, products: [signUp, direct, alone] }] });
        go();
        expect((await changing).body).toMatchObject({ ...id, productKey: "MUSIC_PREMIUM" });
        reloadWith({});
        expect((await sell(customer)).status).toBe(409);
      });

      it("keeps what needs a restart, and names it", async () => {
        const since = given.logged().length;
        reloadWith({ limits: { activationTtlMs: 60_000 } }, { PUBLIC_URL: "http://localhost:3999" });
        expect(warned(since)).toEqual(["limits", "PUBLIC_URL"]);
        const { body } = (await sell({ productKey: "MUSIC" })) as { body: Record<string, string> };
        expect(body.activationUrl).toMatch(/^http:\/\/localhost:3000\//);
        expect(Date.parse(body.urlExpiry ?? "") - Date.parse(body.dateCreated ?? "")).toBe(86_400_000);
        const again = given.logged().length;
        reloadWith({});
        expect(warned(again)).toEqual([]);
      });

      it("refuses what does not fit to what it keeps, and changes nothing", async () => {
        const slow = { ...BANGOTEL, resellerId: "SLOWTEL", limits: { accountDeadlineMs: 15_000 } };
        let refused: unknown;
        try {
          reloadWith({ resellers: [slow], limits: { leaseMs: 30_000 } });
        } catch (error) {
          refused = error;
        }
        expect(refused).toBeInstanceOf(ConfigError);
        expect((refused as ConfigError).faults.map(({ path }) => path)).toEqual([
          "resellers[0].limits.accountDeadlineMs",
        ]);
        expect((await sell({ resellerId: "SLOWTEL" })).status).toBe(403);
        expect((await sell({})).status).toBe(201);
      });
    },
    { file: FILE, accounts: () => accounts.system },
  );
});

describe("SIGHUP", () => {
  let running: Running;
  let folder = "";
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  let url = "";

  beforeAll(async () => {
    requireBuilt();
    database = await emptyDatabase("sqlite");
    folder = database.folder;
    const env = environmentOf(folder, database.url, {});
    running = startMia(["serve", "--migrate"], folder, { ...env, PUBLIC_URL: undefined, LOG_LEVEL: "info" });
    const [, port = ""] = await running.prints(/"port":(\d+).*"service\.started"/);
    url = `http://127.0.0.1:${port}/bango/v1`;
  });
  afterAll(async () => {
    await running.kill("SIGTERM");
    await database.drop();
  });

  const read = async (password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`bango:${password}`).toString("base64")}`;
    return (await fetch(`${url}/entitlement/unknown`, { headers: { authorization } })).status;
  };
  const countOf = (event: string): number => running.out().split(`"msg":"${event}"`).length - 1;
  const hangUp = async (event: string): Promise<void> => {
    const count = countOf(event) + 1;
    running.signal("SIGHUP");
    await running.prints(new RegExp(`(?:"msg":"${event}"[^]*){${String(count)}}`));
  };

  it("takes over a new secret without one failed call, however often it comes", async () => {
    let isOver = false;
    const statuses: number[] = [];
    const callers = Array.from({ length: 4 }, async () => {
      while (!isOver) statuses.push(await read(PASSWORD));
    });
    for (let round = 0; round < 10; round += 1) {
      rewrite(folder, {
        inbound: { credentials: [credential([PASSWORD, `${OTHER_PASSWORD}-${String(round)}`])] },
      });
      await hangUp("config.reloaded");
      expect(await read(`${OTHER_PASSWORD}-${String(round)}`)).toBe(404);
    }
    isOver = true;
    await Promise.all(callers);
    expect(statuses.length).toBeGreaterThan(10);
    expect(new Set(statuses)).toEqual(new Set([404]));
    expect(await read(`${OTHER_PASSWORD}-0`)).toBe(401);
  });

  it("keeps the old where the new file is faulty, and says why without quoting it", async () => {
    const path = join(folder, "mia.config.json");
    const good = readFileSync(path, "utf8");
    rewrite(folder, { inbound: { credentials: [credential(PASSWORD, { id: "canary 1" })] } });
    await hangUp("config.reload_refused");
    writeFileSync(path, '{"inbound": canary-in-a-broken-file}');
    await hangUp("config.reload_refused");
    expect(await read(PASSWORD)).toBe(404);
    const lines = running
      .out()
      .split("\n")
      .filter((line) => line.includes('"config.reload_refused"'));
    expect(lines.join("")).not.toContain("canary");
    const told = lines.map((line) => JSON.parse(line) as { level: string; path: string; reason: string });
    expect(told.map(({ level }) => level)).toEqual(told.map(() => "error"));
    expect(told.map((line) => line.path)).toEqual(
      expect.arrayContaining(["inbound.credentials[0].id", "CONFIG_FILE"]),
    );
    writeFileSync(path, good);
    await hangUp("config.reloaded");
    expect(await read(PASSWORD)).toBe(404);
  });
});
