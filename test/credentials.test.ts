import { expect, it } from "@jest/globals";
import supertest from "supertest";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import { credentialsOf } from "../src/config/credentials.js";
import type { Credential, SecretType } from "../src/core/credential.js";
import { pinoLogger } from "../src/logger.js";
import { makeSecretUseNotes } from "../src/usecases/secret-use.js";
import { CLIENT_SECRET, askToken, callWith, client, grantOf, tokenOf } from "./support/oauth.js";
import { PASSWORD, inDefaultShape } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { codeOf, idOf } from "./support/watched.js";

const onEveryDatabase = inDefaultShape("the gate stands before every shape");

const OLD = "the-secret-of-yesterday-0123456789";
const NEW = "the-secret-of-tomorrow-0123456789";
const rotating = (password: string | readonly string[]) => ({
  id: "rotating-1",
  type: "basic",
  username: "rotating",
  password,
  resellers: ["*"],
});
const FILE = {
  inbound: {
    credentials: [
      { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
      rotating([OLD, NEW]),
      client("bango"),
    ],
  },
};
const UNAUTHORIZED = [401, "UNAUTHORIZED"];

async function newCredential(
  { core }: Pick<Scenario, "core">,
  type: SecretType,
  name: string,
  rest: { resellers?: readonly string[]; owner?: string } = {},
): Promise<{ credentialId: string; secret: string }> {
  const made = await core.manageCredentials.make({ type, name, resellers: "*", owner: "bango", ...rest });
  if (made.kind !== "made") throw new Error(made.reason);
  await core.refreshSecrets();
  return made;
}

async function retire({ core }: Pick<Scenario, "core">, credentialId: string): Promise<void> {
  expect(await core.manageCredentials.retire(credentialId)).toBe("retired");
  await core.refreshSecrets();
}

const loginAs = async (given: Scenario, name: string, secret: string): Promise<number> =>
  (await given.call("echo", "1", { auth: `${name}:${secret}` })).status;

onEveryDatabase(
  "credentials of the table",
  (given) => {
    it("stand beside those of the file, and end when they are retired", async () => {
      const { credentialId, secret } = await newCredential(given, "basic", "newcomer");
      expect([await loginAs(given, "newcomer", secret), await loginAs(given, "bango", PASSWORD)]).toEqual([
        200, 200,
      ]);
      await retire(given, credentialId);
      expect([await loginAs(given, "newcomer", secret), await loginAs(given, "bango", PASSWORD)]).toEqual([
        401, 200,
      ]);
    });

    it("have secrets of 192 bits, of which the database holds a hash alone", async () => {
      const made = [await newCredential(given, "basic", "one"), await newCredential(given, "basic", "two")];
      const [first, second] = made.map(({ secret }) => secret);
      expect(Buffer.from(first ?? "", "base64url")).toHaveLength(24);
      expect(first).not.toBe(second);
      expect(JSON.stringify(await given.tables())).not.toContain(first);
    });

    it("count on another replica as soon as it has looked, made or retired", async () => {
      const core = await composeCore(given.core.config, {
        database: given.core.database,
        log: pinoLogger("silent"),
      });
      const http = supertest(composeServer(core).publicApp);
      const { credentialId, secret } = await newCredential(given, "oauth2-client", "replicated");
      const token = await tokenOf(given, "replicated", secret);
      const there = async (): Promise<number> =>
        (await http.get("/bango/v1/echo/1").auth(token, { type: "bearer" })).status;
      expect(await there()).toBe(401);
      await core.refreshSecrets();
      expect(await there()).toBe(200);
      expect((await askToken({ http }, grantOf("replicated", secret))).status).toBe(200);
      await retire(given, credentialId);
      await core.refreshSecrets();
      expect(await there()).toBe(401);
      expect((await askToken({ http }, grantOf("replicated", secret))).status).toBe(401);
      await core.close();
    });

    it("may act for their own resellers alone", async () => {
      const { secret } = await newCredential(given, "basic", "elsewhere", { resellers: ["OTHERTEL"] });
      const auth = `elsewhere:${secret}`;
      const record = await given.entitlementAt("ACTIVE");
      expect(codeOf(await given.call("suspend", idOf(record), { auth }))).toEqual([404, "NOT_FOUND"]);
    });

    it("refuse what a retired one signed, though another has taken its name", async () => {
      const first = await newCredential(given, "oauth2-client", "named");
      const token = await tokenOf(given, "named", first.secret);
      await retire(given, first.credentialId);
      const second = await newCredential(given, "oauth2-client", "named");
      expect(codeOf(await callWith(given, token, "echo", "1"))).toEqual(UNAUTHORIZED);
      expect((await callWith(given, await tokenOf(given, "named", second.secret), "echo", "1")).status).toBe(
        200,
      );
    });

    it("have two live secrets of one name, those of the file counted, and no third", async () => {
      const wanted = { type: "basic", name: "bango", resellers: "*", owner: "bango" } as const;
      const { credentialId, secret } = await newCredential(given, "basic", "bango");
      expect([await loginAs(given, "bango", secret), await loginAs(given, "bango", PASSWORD)]).toEqual([
        200, 200,
      ]);
      expect(await given.core.manageCredentials.make(wanted)).toEqual({
        kind: "refused",
        reason: `bango has two live secrets already: basic-1, ${credentialId}; retire one first`,
      });
      await retire(given, credentialId);
      expect((await given.core.manageCredentials.make(wanted)).kind).toBe("made");
    });

    it("are retired once: a repeat keeps the date, and there is no other to retire", async () => {
      const { manageCredentials } = given.core;
      const { credentialId } = await newCredential(given, "basic", "once");
      const dateOf = async () =>
        (await manageCredentials.list()).find((one) => one.credentialId === credentialId)?.retiredAt;
      expect(await dateOf()).toBeNull();
      await retire(given, credentialId);
      const date = await dateOf();
      await retire(given, credentialId);
      expect(await dateOf()).toBe(date);
      expect(await manageCredentials.retire("basic-1")).toBe("inFile");
      expect(await manageCredentials.retire("nothing-like-this")).toBe("absent");
    });
  },
  { file: FILE, limits: { failedAuthPerMinute: 100_000 } },
);

onEveryDatabase(
  "credentials of the file",
  (given) => {
    it("that are taken out take their tokens with them", async () => {
      const token = await tokenOf(given, "bango");
      const { credentials } = given.core;
      const before = credentials.current();
      expect((await callWith(given, token, "echo", "1")).status).toBe(200);
      credentials.replaceFile(before.filter(({ credentialId }) => credentialId !== "bango-1"));
      expect(codeOf(await callWith(given, token, "echo", "1"))).toEqual(UNAUTHORIZED);
      credentials.replaceFile(before);
      expect((await callWith(given, token, "echo", "1")).status).toBe(200);
    });

    it("that keep their id and change their client id end the old one's tokens", async () => {
      const token = await tokenOf(given, "bango");
      const { credentials } = given.core;
      const before = credentials.current();
      credentials.replaceFile(
        before.map((one): Credential =>
          one.credentialId === "bango-1" ? ({ ...one, name: "other" } as Credential) : one,
        ),
      );
      expect(codeOf(await callWith(given, token, "echo", "1"))).toEqual(UNAUTHORIZED);
      credentials.replaceFile(before);
    });
  },
  { file: FILE },
);

onEveryDatabase(
  "the last use of a secret",
  (given) => {
    const usesOf = async (credentialId: string) =>
      (await given.core.manageCredentials.list()).find((one) => one.credentialId === credentialId)
        ?.lastUsedAt;

    it("is known for each secret, of file and table, and nothing is written while a call waits", async () => {
      const { credentialId, secret } = await newCredential(given, "oauth2-client", "fresh");
      const before = await given.core.store.now();
      await given.call("echo", "1", { auth: `rotating:${NEW}` });
      await given.call("echo", "1", { auth: "rotating:wrong" });
      await tokenOf(given, "fresh", secret);
      expect([await usesOf("rotating-1"), await usesOf(credentialId)]).toEqual([[null, null], [null]]);
      await given.core.secretUses.flush();
      const after = await given.core.store.now();
      const [old, used] = (await usesOf("rotating-1")) ?? [];
      const [issued] = (await usesOf(credentialId)) ?? [];
      expect(old).toBeNull();
      for (const at of [used, issued]) {
        // The process's clock measures how long ago it was, in whole milliseconds.
        expect(at).toBeGreaterThanOrEqual(before.database - 2);
        expect(at).toBeLessThanOrEqual(after.database + 2);
      }
    });

    it("is written once a minute at most, and tells the latest", async () => {
      const clock = { ms: 1000 };
      const written: number[] = [];
      const store = {
        ...given.core.store,
        noteSecretUse: (use: { agoMs: number }) => {
          written.push(use.agoMs);
          return Promise.resolve();
        },
      };
      const notes = makeSecretUseNotes(store, () => clock.ms);
      notes.note("a", "hash");
      await notes.flush();
      notes.note("a", "hash");
      clock.ms += 59_999;
      notes.note("a", "hash");
      await notes.flush();
      expect(written).toEqual([0]);
      clock.ms += 1;
      await notes.flush();
      expect(written).toEqual([0, 1]);
      clock.ms += 120_000;
      await notes.flush();
      expect(written).toEqual([0, 1]);
      notes.note("a", "another hash");
      await notes.flush();
      expect(written).toEqual([0, 1, 0]);
    });

    it("that cannot be written fails no call, and is written when it can be", async () => {
      const { knex } = given.core.database;
      await knex.schema.renameTable("secret_use", "secret_use_away");
      await given.call("echo", "1");
      await expect(given.core.secretUses.flush()).rejects.toThrow();
      expect((await given.call("echo", "1")).status).toBe(200);
      await knex.schema.renameTable("secret_use_away", "secret_use");
      await given.core.secretUses.flush();
      expect(await usesOf("basic-1")).toEqual([expect.any(Number)]);
    });

    it("never goes back, though a slower replica writes an older one later", async () => {
      const { store } = given.core;
      const use = { credentialId: "two-replicas", secretKey: "key" };
      await store.noteSecretUse({ ...use, agoMs: 0 });
      const at = async () =>
        (await store.listSecretUses()).find(({ credentialId }) => credentialId === "two-replicas")
          ?.lastUsedAt;
      const first = await at();
      await store.noteSecretUse({ ...use, agoMs: 60_000 });
      expect(await at()).toBe(first);
    });
  },
  { file: FILE },
);

onEveryDatabase(
  "a rotation drill",
  (given) => {
    /** Calls by four callers at once while something is done; the statuses of those that failed. */
    async function callsDuring(
      call: () => Promise<number>,
      during: (underWayEnd: () => Promise<unknown>) => Promise<void>,
    ): Promise<{ readonly calls: number; readonly failed: readonly number[] }> {
      const statuses: number[] = [];
      const underWay = new Set<Promise<number>>();
      const progress = { done: false };
      const caller = async (): Promise<void> => {
        // Some before, some while it is done, some after.
        for (let after = 0; after < 15; after += progress.done ? 1 : 0) {
          const one = call();
          underWay.add(one);
          statuses.push(await one);
          underWay.delete(one);
        }
      };
      const callers = Promise.all([caller(), caller(), caller(), caller()]);
      await during(() => Promise.all(underWay)).finally(() => {
        progress.done = true;
      });
      await callers;
      return { calls: statuses.length, failed: statuses.filter((status) => status !== 200) };
    }

    it("a secret of the file is replaced under load, and no call fails", async () => {
      const { credentials } = given.core;
      const file = (password: string | readonly string[]): readonly Credential[] => [
        ...credentials.current().filter(({ credentialId }) => credentialId !== "rotating-1"),
        ...credentialsOf({
          ...given.core.config.file,
          inbound: {
            allowedAddresses: [],
            credentials: [
              {
                ...rotating(password),
                type: "basic",
                password: [password].flat(),
                resellers: ["*"],
                owner: "bango",
              },
            ],
          },
        }),
      ];
      credentials.replaceFile(file(OLD));
      let secret = OLD;
      const { calls, failed } = await callsDuring(
        () => loginAs(given, "rotating", secret),
        async (underWayEnd) => {
          await loginAs(given, "bango", PASSWORD);
          credentials.replaceFile(file([OLD, NEW]));
          await loginAs(given, "bango", PASSWORD);
          secret = NEW;
          await underWayEnd();
          credentials.replaceFile(file(NEW));
        },
      );
      expect(failed).toEqual([]);
      expect(calls).toBeGreaterThan(60);
      expect([await loginAs(given, "rotating", OLD), await loginAs(given, "rotating", NEW)]).toEqual([
        401, 200,
      ]);
    });

    it("an OAuth client gets a new secret, the old one is retired under load, and no call fails", async () => {
      const old = await newCredential(given, "oauth2-client", "drilled");
      let token = await tokenOf(given, "drilled", old.secret);
      const oldToken = token;
      const { calls, failed } = await callsDuring(
        async () => (await callWith(given, token, "echo", "1")).status,
        async (underWayEnd) => {
          const fresh = await newCredential(given, "oauth2-client", "drilled");
          token = await tokenOf(given, "drilled", fresh.secret);
          await loginAs(given, "bango", PASSWORD);
          await underWayEnd();
          await retire(given, old.credentialId);
        },
      );
      expect(failed).toEqual([]);
      expect(calls).toBeGreaterThan(60);
      expect(codeOf(await callWith(given, oldToken, "echo", "1"))).toEqual(UNAUTHORIZED);
      expect((await askToken(given, grantOf("drilled", old.secret))).status).toBe(401);
      expect((await askToken(given, grantOf("bango", CLIENT_SECRET))).status).toBe(200);
    });
  },
  { file: FILE, limits: { failedAuthPerMinute: 100_000 } },
);
