import { createHash, randomUUID } from "node:crypto";
import { expect, it, describe } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth4webapi from "oauth4webapi";
import * as openidClient from "openid-client";
import { drain, listen } from "../src/http/listen.js";
import { CLIENT_SECRET, askToken, callWith, client, grantOf, tokenOf } from "./support/oauth.js";
import { BANGOTEL, PASSWORD } from "./support/scenario.js";
import {
  codeOf,
  idOf,
  itLeavesTheBooksInAgreement,
  unchangedBy,
  watchedOnEveryDatabase,
} from "./support/watched.js";

const ODD_SECRET = "a secret: with+signs/and=%41-0123456789";
const OTHERTEL = {
  resellerId: "OTHERTEL",
  products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
};
const FILE = {
  inbound: {
    credentials: [
      { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
      client("bango"),
      client("odd client", { id: "odd-1", clientSecret: ODD_SECRET }),
      client("rotating", { clientSecret: ["the-older-secret-0123456789", CLIENT_SECRET] }),
      client("hashed", {
        clientSecret: undefined,
        passwordHash: `sha256:${createHash("sha256").update(CLIENT_SECRET).digest("hex")}`,
      }),
      client("limited", { resellers: ["OTHERTEL"] }),
      client("somebody", { owner: "somebody-else" }),
    ],
  },
  resellers: [BANGOTEL, OTHERTEL],
};

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
// Both are marked as deprecated only to stand out; our listener on the loopback has no certificate.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const INSECURE = { [oauth4webapi.allowInsecureRequests]: true };
const allowInsecure = (config: openidClient.Configuration): void => {
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  openidClient.allowInsecureRequests(config);
};

const GRANT = { grant_type: "client_credentials" };

let clock = Date.now();

watchedOnEveryDatabase(
  "OAuth 2.0",
  (given, watch) => {
    const listening = async <T>(use: (url: string) => Promise<T>): Promise<T> => {
      const port = await listen(given.server.publicApp, "127.0.0.1", 0);
      try {
        return await use(`http://127.0.0.1:${String(port.port)}`);
      } finally {
        await drain(port, 0);
      }
    };
    const echo = async (url: string, token: string): Promise<number> =>
      (await fetch(`${url}/bango/v1/echo/1`, { headers: { Authorization: `Bearer ${token}` } })).status;

    describe("for clients that others have written", () => {
      it.each([
        ["client_secret_basic", "bango", oauth4webapi.ClientSecretBasic(CLIENT_SECRET)],
        ["client_secret_post", "bango", oauth4webapi.ClientSecretPost(CLIENT_SECRET)],
        ["client_secret_basic, odd letters", "odd client", oauth4webapi.ClientSecretBasic(ODD_SECRET)],
        ["client_secret_post, odd letters", "odd client", oauth4webapi.ClientSecretPost(ODD_SECRET)],
        ["a secret of which we know the hash", "hashed", oauth4webapi.ClientSecretBasic(CLIENT_SECRET)],
        [
          "the older of two secrets",
          "rotating",
          oauth4webapi.ClientSecretPost("the-older-secret-0123456789"),
        ],
        ["the newer of two secrets", "rotating", oauth4webapi.ClientSecretBasic(CLIENT_SECRET)],
      ])("oauth4webapi gets a token by %s and uses it twice", async (_what, clientId, secret) => {
        await listening(async (url) => {
          const server = { issuer: "http://localhost:3000", token_endpoint: `${url}/oauth2/token` };
          const response = await oauth4webapi.clientCredentialsGrantRequest(
            server,
            { client_id: clientId },
            secret,
            {},
            INSECURE,
          );
          const token = await oauth4webapi.processClientCredentialsResponse(
            server,
            { client_id: clientId },
            response,
          );
          expect(token).toMatchObject({
            token_type: "bearer",
            expires_in: 3600,
            scope: "merchant-interface",
          });
          expect(await echo(url, token.access_token)).toBe(200);
          expect(await echo(url, token.access_token)).toBe(200);
        });
      });

      it.each([
        ["client_secret_basic", openidClient.ClientSecretBasic(CLIENT_SECRET)],
        ["client_secret_post", openidClient.ClientSecretPost(CLIENT_SECRET)],
      ])("openid-client gets a token by %s, and hears of its mistakes", async (_what, secret) => {
        await listening(async (url) => {
          const server = { issuer: "http://localhost:3000", token_endpoint: `${url}/oauth2/token` };
          const config = new openidClient.Configuration(server, "bango", undefined, secret);
          allowInsecure(config);
          const token = await openidClient.clientCredentialsGrant(config, { scope: "merchant-interface" });
          expect(await echo(url, token.access_token)).toBe(200);
          await expect(
            openidClient.clientCredentialsGrant(config, { scope: "openid" }),
          ).rejects.toMatchObject({
            name: "ResponseBodyError",
            error: "invalid_scope",
            status: 400,
          });
          const wrong = new openidClient.Configuration(
            server,
            "bango",
            undefined,
            openidClient.ClientSecretPost("wrong"),
          );
          allowInsecure(wrong);
          // RFC 6749 asks for a challenge only where the header was used; with one, the library reads that alone.
          await expect(openidClient.clientCredentialsGrant(wrong)).rejects.toMatchObject({ status: 401 });
        });
      });
    });

    describe("the token endpoint", () => {
      it("answers as RFC 6749 5.1 has it, and lets nobody store it", async () => {
        const reply = await askToken(given, grantOf("bango"));
        expect(reply.status).toBe(200);
        expect(reply.headers).toMatchObject({
          "content-type": expect.stringMatching(/^application\/json/),
          "cache-control": "no-store",
          pragma: "no-cache",
        });
        expect(Object.keys(reply.body as object)).toEqual([
          "access_token",
          "token_type",
          "expires_in",
          "scope",
        ]);
        const token = (reply.body as { access_token: string }).access_token;
        expect(decodeProtectedHeader(token)).toEqual({ alg: "ES256", typ: "at+jwt", kid: "signing-1" });
        const claims = decodeJwt(token);
        expect(claims).toMatchObject({
          iss: "http://localhost:3000",
          aud: "http://localhost:3000",
          sub: "bango",
          client_id: "bango",
          scope: "merchant-interface",
        });
        expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
        expect(decodeJwt(await tokenOf(given, "bango")).jti).not.toBe(claims.jti);
      });

      const post = grantOf("bango");
      it.each([
        ["no secret", { ...GRANT, client_id: "bango" }, {}, 401, "invalid_client"],
        ["nobody", GRANT, {}, 401, "invalid_client"],
        ["a wrong secret", grantOf("bango", "wrong"), {}, 401, "invalid_client"],
        ["a wrong secret in the header", GRANT, basic("bango:wrong"), 401, "invalid_client"],
        ["an unknown client", grantOf("nobody"), {}, 401, "invalid_client"],
        ["a user of Basic", grantOf("bango", PASSWORD), {}, 401, "invalid_client"],
        ["a header that is not Basic", GRANT, { Authorization: "Bearer x" }, 401, "invalid_client"],
        [
          "a header that was not form-encoded",
          GRANT,
          basic(`odd client:${ODD_SECRET}`),
          401,
          "invalid_client",
        ],
        ["a broken escape in the header", GRANT, basic("bango:%zz"), 401, "invalid_client"],
        ["both ways at once", post, basic(`bango:${CLIENT_SECRET}`), 400, "invalid_request"],
        [
          "another client_id than the header's",
          { ...GRANT, client_id: "limited" },
          basic(`bango:${CLIENT_SECRET}`),
          400,
          "invalid_request",
        ],
        ["no grant_type", { ...post, grant_type: "" }, {}, 400, "invalid_request"],
        ["another grant_type", { ...post, grant_type: "password" }, {}, 400, "unsupported_grant_type"],
        ["an unknown scope", { ...post, scope: "merchant-interface admin" }, {}, 400, "invalid_scope"],
        ["JSON", JSON.stringify(post), { "Content-Type": "application/json" }, 400, "invalid_request"],
        [
          "a parameter twice",
          `${String(new URLSearchParams(post))}&scope=&scope=`,
          {},
          400,
          "invalid_request",
        ],
        ["a broken escape", "grant_type=%zz", {}, 400, "invalid_request"],
        ["what is not UTF-8", "grant_type=%ff", {}, 400, "invalid_request"],
        ["a body over 16 KiB", { ...post, x: "x".repeat(16 * 1024) }, {}, 413, "invalid_request"],
      ])("refuses %s as RFC 6749 5.2 has it", async (_what, form, headers, status, error) => {
        const reply = await unchangedBy(given, () => askToken(given, form, headers));
        expect([reply.status, (reply.body as { error: string }).error]).toEqual([status, error]);
        expect(Object.keys(reply.body as object)).toEqual(["error", "error_description"]);
        expect(reply.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
        expect(reply.headers["www-authenticate"]).toEqual(
          status === 401 ? expect.stringMatching(/^Basic realm=/) : undefined,
        );
        expect(reply.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
      });

      it("takes a client_id beside the header that says the same, and ignores what it does not know", async () => {
        const reply = await askToken(
          given,
          { ...GRANT, client_id: "bango", resource: "x", scope: "" },
          basic(`bango:${CLIENT_SECRET}`),
        );
        expect(reply.status).toBe(200);
      });

      it.each(["get", "put", "delete"] as const)("answers POST alone: %s", async (method) => {
        const reply = await given.http[method]("/oauth2/token");
        expect([reply.status, reply.headers.allow]).toEqual([405, "POST"]);
      });

      it("writes neither secret nor token to the log, only which credential it was", async () => {
        const token = await tokenOf(given, "bango");
        await askToken(given, grantOf("bango", "a-wrong-secret-that-was-sent"));
        await callWith(given, token, "echo", "1");
        await callWith(given, `${token}x`, "echo", "1");
        const log = JSON.stringify(given.logged());
        for (const canary of [
          CLIENT_SECRET,
          token,
          token.split(".")[2] ?? "",
          "a-wrong-secret-that-was-sent",
        ])
          expect(log).not.toContain(canary);
        expect(given.logged()).toContainEqual(
          expect.objectContaining({ operation: "token", credentialId: "bango-1", status: 200 }),
        );
      });
    });

    it("publishes the public parts of its keys, and those alone", async () => {
      const reply = await given.http.get("/.well-known/jwks.json");
      expect(reply.status).toBe(200);
      expect(reply.headers["cache-control"]).toBe("public, max-age=300");
      const { keys } = reply.body as { keys: object[] };
      expect(keys).toEqual([
        {
          kty: "EC",
          crv: "P-256",
          x: expect.any(String),
          y: expect.any(String),
          kid: "signing-1",
          alg: "ES256",
          use: "sig",
        },
      ]);
    });

    describe("a token", () => {
      it("is good until it expires, and not a second longer", async () => {
        const token = await tokenOf(given, "bango");
        clock += 3_599_000;
        expect((await callWith(given, token, "echo", "1")).status).toBe(200);
        clock += 1000;
        const reply = await callWith(given, token, "echo", "1");
        expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
        expect(reply.headers["www-authenticate"]).toBe(
          'Basic realm="merchant interface", charset="UTF-8", Bearer realm="merchant interface", error="invalid_token"',
        );
        expect((await callWith(given, await tokenOf(given, "bango"), "echo", "1")).status).toBe(200);
      });

      it("is not asked for by name of an error where none was sent", async () => {
        const reply = await given.call("echo", "1", { auth: null });
        expect(reply.headers["www-authenticate"]).toMatch(/^Basic .*, Bearer realm="merchant interface"$/);
      });

      it("sees the entitlements of its client's resellers alone", async () => {
        const limited = await tokenOf(given, "limited");
        const mine = await callWith(given, limited, "activate", null, {
          body: given.newActivation({ resellerId: "OTHERTEL" }),
        });
        expect(mine.status).toBe(201);
        const record = await given.entitlementAt("ACTIVE");
        const foreign = given.newActivation();
        expect([
          codeOf(await callWith(given, limited, "suspend", idOf(record))),
          codeOf(await callWith(given, limited, "activate", null, { body: foreign })),
          (await callWith(given, limited, "read", idOf(mine.body as Record<string, unknown>))).status,
        ]).toEqual([[404, "NOT_FOUND"], [403, "NOT_AVAILABLE"], 200]);
      });

      it("shares request ids with Basic of the same owner: a repeat by the other is answered as the first", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const body = { requestId: randomUUID() };
        const first = await given.call("suspend", idOf(record), { body });
        await given.call("resume", idOf(record));
        const token = await tokenOf(given, "bango");
        const seen = await watch.during(record, () =>
          callWith(given, token, "suspend", idOf(record), { body }),
        );
        expect(seen.reply.text).toBe(first.text);
        expect([seen.asked, seen.events]).toEqual([[], []]);
      });

      it("joins an equal call by Basic that is in flight", async () => {
        const activation = given.newActivation({ requestId: randomUUID() });
        const token = await tokenOf(given, "bango");
        const [one, other] = await Promise.all([
          given.call("activate", null, { body: activation }),
          callWith(given, token, "activate", null, { body: activation }),
        ]);
        expect([one.status, other.status, other.text]).toEqual([201, 201, one.text]);
        expect(watch.askedFor(one.body as Record<string, string>).map(({ operation }) => operation)).toEqual([
          "activate",
        ]);
      });

      it("of another owner shares none", async () => {
        const record = await given.entitlementAt("ACTIVE");
        const body = { requestId: randomUUID() };
        await given.call("suspend", idOf(record), { body });
        await given.call("resume", idOf(record));
        const token = await tokenOf(given, "somebody");
        const seen = await watch.during(record, () =>
          callWith(given, token, "suspend", idOf(record), { body }),
        );
        expect(seen.record.status).toBe("SUSPENDED");
        expect(seen.events).toMatchObject([{ owner: "somebody-else", actor: "somebody-1" }]);
      });
    });

    itLeavesTheBooksInAgreement(given);
  },
  {
    file: FILE,
    limits: { failedAuthPerMinute: 100_000 },
    now: () => clock,
    defaultShapeBecause: "the gate stands before every shape",
  },
);
