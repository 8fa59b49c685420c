import { describe, expect, it, jest } from "@jest/globals";
import { SignJWT, decodeJwt, decodeProtectedHeader } from "jose";
import supertest from "supertest";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import type { Core } from "../src/compose.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import { callWith, client, tokenOf } from "./support/oauth.js";
import { DAY_MS, PASSWORD, environmentOf, inDefaultShape } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { codeOf, idOf } from "./support/watched.js";

const onEveryDatabase = inDefaultShape("keys are no part of the contract");

const FILE = {
  inbound: {
    credentials: [
      { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
      client("bango"),
    ],
  },
};
const LIMITS = { failedAuthPerMinute: 100_000, tokenTtlMs: 600_000 };
const UNAUTHORIZED = [401, "UNAUTHORIZED"];

const kidOf = (token: string): unknown => decodeProtectedHeader(token).kid;

async function published({ http }: Pick<Scenario, "http">): Promise<readonly unknown[]> {
  const { body } = await http.get("/.well-known/jwks.json");
  return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

/** As if every key had been made that much earlier. */
const age = ({ core }: Scenario, ms: number): Promise<unknown> =>
  core.database.knex("secret_key").decrement("createdAt", ms);

async function replicaOf({ core }: Scenario): Promise<Pick<Scenario, "http"> & { readonly core: Core }> {
  const other = await composeCore(core.config, { database: core.database, log: pinoLogger("silent") });
  return { core: other, http: supertest(composeServer(other).publicApp) };
}

onEveryDatabase(
  "a new signing key",
  (given) => {
    it("signs from then on; what the old one signed stays good, and both are published", async () => {
      const before = await tokenOf(given, "bango");
      const keyId = await given.core.manageKeys.make("signing");
      await given.core.refreshSecrets();
      const after = await tokenOf(given, "bango");
      expect([kidOf(before), kidOf(after)]).toEqual(["signing-1", keyId]);
      expect(await published(given)).toEqual([keyId, "signing-1"]);
      for (const token of [before, after])
        expect((await callWith(given, token, "echo", "1")).status).toBe(200);
    });

    it("is found by a replica that has not heard of it, when the first token comes", async () => {
      const replica = await replicaOf(given);
      const keyId = await given.core.manageKeys.make("signing");
      await replica.core.refreshSecrets();
      const token = await tokenOf(replica, "bango");
      expect(kidOf(token)).toBe(keyId);
      expect(await published(given)).not.toContain(keyId);
      expect((await callWith(given, token, "echo", "1")).status).toBe(200);
      expect(await published(given)).toContain(keyId);
      await replica.core.close();
    });

    it("that nobody made is looked for once for all who wait, not once a call", async () => {
      const claims = decodeJwt(await tokenOf(given, "bango"));
      const tokens = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: `signing-${String(index + 100)}` })
            .sign(given.core.keys.current()),
        ),
      );
      const looks = jest.spyOn(given.core.store, "listKeys");
      const replies = await Promise.all(tokens.map((token) => callWith(given, token, "echo", "1")));
      expect(replies.map(codeOf)).toEqual(replies.map(() => UNAUTHORIZED));
      expect(looks.mock.calls.length).toBeLessThanOrEqual(3);
      expect(looks.mock.calls.length).toBeGreaterThan(0);
      looks.mockRestore();
    });

    it("is in the table as ciphertext: no part of it stands there in clear", async () => {
      const keyId = await given.core.manageKeys.make("signing");
      await given.core.refreshSecrets();
      const { d, kid } = given.core.keys.current();
      expect(kid).toBe(keyId);
      expect(JSON.stringify(await given.tables())).not.toContain(d);
    });
  },
  { file: FILE, limits: LIMITS },
);

onEveryDatabase(
  "retiring a key",
  (given) => {
    const retire = (keyId: string, now = false) => given.core.manageKeys.retire(keyId, { now });

    it("never takes the one in use, and so never the last", async () => {
      for (const keyId of ["signing-1", "link-1"])
        for (const now of [false, true])
          expect(await retire(keyId, now)).toMatchObject({
            kind: "refused",
            reason: expect.stringContaining("in use; make another first"),
          });
      expect(await retire("signing-0")).toEqual({ kind: "absent" });
    });

    it("leaves a signing key while tokens of it may be in use, unless told to; then they are refused", async () => {
      const token = await tokenOf(given, "bango");
      const keyId = await given.core.manageKeys.make("signing");
      await given.core.refreshSecrets();
      expect(await retire("signing-1")).toMatchObject({
        kind: "refused",
        reason: expect.stringMatching(/^tokens signed with it may be in use until \d{4}-.*--now$/),
      });
      expect((await callWith(given, token, "echo", "1")).status).toBe(200);
      expect(await retire("signing-1", true)).toEqual({ kind: "retired" });
      await given.core.refreshSecrets();
      expect(codeOf(await callWith(given, token, "echo", "1"))).toEqual(UNAUTHORIZED);
      expect(await published(given)).toEqual([keyId]);
      expect((await callWith(given, await tokenOf(given, "bango"), "echo", "1")).status).toBe(200);
    });

    it("takes a signing key by itself once no token of it can be alive", async () => {
      const old = given.core.keys.current().kid;
      await age(given, 1000);
      await given.core.manageKeys.make("signing");
      await age(given, 600_000 + 59_000);
      expect((await retire(old)).kind).toBe("refused");
      await age(given, 2000);
      expect(await retire(old)).toEqual({ kind: "retired" });
    });

    it("of two people who retire the two keys of a purpose at once, one is refused", async () => {
      await age(given, DAY_MS);
      await given.core.manageKeys.make("signing");
      const keys = (await given.core.manageKeys.list()).filter(({ purpose }) => purpose === "signing");
      const outcomes = await Promise.all(keys.map(({ keyId }) => retire(keyId, true)));
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
        "refused",
        ...keys.slice(1).map(() => "retired"),
      ]);
      expect((await given.core.manageKeys.list()).some(({ purpose }) => purpose === "signing")).toBe(true);
      await given.core.refreshSecrets();
    });
  },
  { file: FILE, limits: LIMITS },
);

onEveryDatabase(
  "a new link key",
  (given) => {
    const urlOf = (body: unknown): string => (body as { activationUrl: string }).activationUrl;
    const linkKeyOf = async (merchantEntitlementId: string): Promise<readonly string[]> =>
      given.core.database
        .knex("activation_link")
        .where({ merchantEntitlementId })
        .orderBy("linkNumber")
        .pluck("keyId")
        .then((ids: unknown[]) => ids.map(String));

    it("makes new links; old ones open, and a repeat derives the same again", async () => {
      const activation = given.newActivation({ productKey: "MUSIC", requestId: "first" });
      const first = await given.call("activate", null, { body: activation });
      const keyId = await given.core.manageKeys.make("link");
      await given.core.refreshSecrets();
      const again = await given.call("activate", null, { body: activation });
      expect([again.status, again.text]).toEqual([202, first.text]);
      const id = idOf(first.body as Record<string, unknown>);
      const fresh = await given.call("activationInfo", id);
      expect(urlOf(fresh.body)).not.toBe(urlOf(first.body));
      expect(await linkKeyOf(id)).toEqual(["link-1", keyId]);
      for (const { body } of [first, fresh])
        expect((await given.http.get(new URL(urlOf(body)).pathname)).status).toBe(200);
    });

    it("is found by a replica that has not heard of it, when a reply needs it", async () => {
      const replica = await replicaOf(given);
      const keyId = await given.core.manageKeys.make("link");
      await replica.core.refreshSecrets();
      const activation = given.newActivation({ productKey: "MUSIC", requestId: "other-replica" });
      const there = await replica.http.post("/bango/v1/entitlement").auth("bango", PASSWORD).send(activation);
      const here = await given.call("activate", null, { body: activation });
      expect(await linkKeyOf(idOf(there.body as Record<string, unknown>))).toEqual([keyId]);
      expect([here.status, here.text]).toEqual([202, there.text]);
      await replica.core.close();
    });

    it("lets a form be sent that was opened before, also to a replica that has started after", async () => {
      const sold = await given.activate({ productKey: "MUSIC" });
      const { pathname } = new URL(urlOf(sold.body));
      const page = await given.http.get(pathname);
      const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(page.text) ?? [];
      await given.core.manageKeys.make("link");
      const replica = await replicaOf(given);
      const done = await replica.http.post(pathname).type("form").send({
        formToken,
        choice: "new",
        email: "somebody@example.com",
        password: "a-password-of-many-letters",
        consent: "yes",
      });
      expect(done.status).toBe(303);
      await replica.core.close();
    });

    it("lets an old one go when no link of it can be followed, and no reply with one be asked for again", async () => {
      const links = async (): Promise<string> => {
        const outcome = await given.core.manageKeys.retire("link-1", { now: true });
        return outcome.kind === "refused" ? outcome.reason : outcome.kind;
      };
      await age(given, DAY_MS);
      expect(await links()).toMatch(/^1 link\(s\) made with it are unexpired, or younger than the 30 days/);
      await given.advance(DAY_MS + 1000);
      expect(await links()).toMatch(/^1 link\(s\)/);
      await given.advance(29 * DAY_MS);
      expect(await links()).toBe("retired");
      await given.core.refreshSecrets();
      expect((await given.activate({ productKey: "MUSIC" })).status).toBe(202);
    });
  },
  { file: FILE, limits: LIMITS },
);

onEveryDatabase("the keys of a database", (given) => {
  it("are made once, however many processes start", async () => {
    const before = await given.tables();
    const replicas = await Promise.all([replicaOf(given), replicaOf(given)]);
    expect((await given.tables()).secret_key).toEqual(before.secret_key);
    await Promise.all(replicas.map(({ core }) => core.close()));
  });

  describe("with another MASTER_KEY", () => {
    it("stop the start, and say why", async () => {
      const env = environmentOf(given.folder, given.databaseUrl, {
        env: { MASTER_KEY: "another-master-key-of-32-bytes-and-more" },
      });
      const start = composeCore(loadConfig(env, given.folder), {
        database: given.core.database,
        log: pinoLogger("silent"),
      });
      await expect(start).rejects.toThrow("MASTER_KEY does not open the keys in this database");
    });
  });
});
