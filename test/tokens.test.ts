import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  SignJWT,
  UnsecuredJWT,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  importJWK,
} from "jose";
import type { CryptoKey, JWK } from "jose";
import { callWith, client, tokenOf } from "./support/oauth.js";
import { BANGOTEL, PASSWORD, inDefaultShape } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { codeOf, idOf } from "./support/watched.js";

const onEveryDatabase = inDefaultShape("the gate stands before every shape");

const ISSUER = "http://localhost:3000";
const now = (): number => Math.floor(Date.now() / 1000);
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

interface Forgery {
  readonly header?: object;
  readonly claims?: object;
  readonly key?: Parameters<SignJWT["sign"]>[0];
}

onEveryDatabase(
  "a token that is none of ours",
  (given) => {
    /** A token as we sign it, but for what is said. */
    async function forged({ header = {}, claims = {}, key }: Forgery): Promise<string> {
      const good = await tokenOf(given, "bango");
      const payload = { ...decodeJwt(good), ...claims };
      const protectedHeader = { ...decodeProtectedHeader(good), ...header } as { alg: string };
      return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key ?? given.core.keys.current());
    }
    const ownPublicKey = async (): Promise<CryptoKey> => {
      const [key] = given.core.keys.published();
      return (await importJWK({ ...key }, "ES256", { extractable: true })) as CryptoKey;
    };
    const strangers = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

    it("is told from one of ours by what differs alone: this test's own forgery is good where nothing does", async () => {
      expect((await callWith(given, await forged({}), "echo", "1")).status).toBe(200);
    });

    const FORGERIES: readonly [string, () => Promise<string>][] = [
      ["alg none", async () => new UnsecuredJWT(decodeJwt(await tokenOf(given, "bango"))).encode()],
      [
        "alg none with our kid and type",
        async () => {
          const [, payload = ""] = (await tokenOf(given, "bango")).split(".");
          return `${encode({ alg: "none", typ: "at+jwt", kid: "signing-1" })}.${payload}.`;
        },
      ],
      [
        "HS256 with the public key, as PEM, for its secret",
        async () =>
          forged({ header: { alg: "HS256" }, key: Buffer.from(await exportSPKI(await ownPublicKey())) }),
      ],
      [
        "HS256 with the public key, as JWK, for its secret",
        async () =>
          forged({
            header: { alg: "HS256" },
            key: Buffer.from(JSON.stringify(await exportJWK(await ownPublicKey()))),
          }),
      ],
      ["another key under the same kid", () => forged({ key: strangers })],
      ["a key that it brings itself", () => forged({ header: { jwk: jwkOf(strangers) }, key: strangers })],
      ["a kid that we never gave", () => forged({ header: { kid: "my-own" } })],
      ["a kid that reads like ours", () => forged({ header: { kid: "signing-2" } })],
      ["the kid of a link key", () => forged({ header: { kid: "link-1" } })],
      ["no kid", () => forged({ header: { kid: undefined } })],
      ["another type", () => forged({ header: { typ: "JWT" } })],
      ["no type", () => forged({ header: { typ: undefined } })],
      [
        "an extension that must be understood",
        () => forged({ header: { crit: ["exp"], exp: 1 } }).catch(() => critical()),
      ],
      ["another issuer", () => forged({ claims: { iss: "https://evil.example.com" } })],
      ["no issuer", () => forged({ claims: { iss: undefined } })],
      ["another audience", () => forged({ claims: { aud: "https://other.example.com" } })],
      ["no audience", () => forged({ claims: { aud: undefined } })],
      ["an end that has passed", () => forged({ claims: { iat: now() - 7200, exp: now() - 1 } })],
      ["no end", () => forged({ claims: { exp: undefined } })],
      ["a beginning in the future", () => forged({ claims: { nbf: now() + 3600 } })],
      ["another client", () => forged({ claims: { sub: "limited" } })],
      ["a client of Basic", () => forged({ claims: { sub: "bango", credential_id: "basic-1" } })],
      ["a credential that there never was", () => forged({ claims: { credential_id: "cred-0" } })],
      [
        "a payload that was changed",
        async () => {
          const [header = "", payload = "", signature = ""] = (await tokenOf(given, "limited")).split(".");
          const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
          return `${header}.${encode({ ...claims, sub: "bango", client_id: "bango", credential_id: "bango-1" })}.${signature}`;
        },
      ],
      ["no signature", async () => (await tokenOf(given, "bango")).replace(/[^.]+$/, "")],
      ["a signature cut short", async () => (await tokenOf(given, "bango")).slice(0, -1)],
      ["not three parts", () => Promise.resolve("abc.def")],
      ["nothing but dots", () => Promise.resolve("..")],
      ["a secret", () => Promise.resolve(PASSWORD)],
    ];

    /** `crit` cannot be signed by jose for what it does not know, so the bytes are put together by hand. */
    async function critical(): Promise<string> {
      const [, payload = "", signature = ""] = (await tokenOf(given, "bango")).split(".");
      return `${encode({ alg: "ES256", typ: "at+jwt", kid: "signing-1", crit: ["x"], x: 1 })}.${payload}.${signature}`;
    }

    it.each(FORGERIES)("is refused: %s", async (_what, make) => {
      const reply = await callWith(given, await make(), "echo", "1");
      expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
      expect(reply.headers["www-authenticate"]).toContain('error="invalid_token"');
      expect(reply.text).not.toMatch(/signature|issuer|audience|expired/);
    });
  },
  {
    file: {
      inbound: {
        credentials: [
          { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
          client("bango"),
          client("limited", { resellers: ["OTHERTEL"] }),
        ],
      },
    },
    limits: { failedAuthPerMinute: 100_000 },
  },
);

const jwkOf = (key: KeyObject): JWK => key.export({ format: "jwk" });

/** Somebody else's issuer: it publishes keys, and may be down. */
function startIssuer() {
  const pairs = {
    es: { alg: "ES256", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) },
    ed: { alg: "EdDSA", ...generateKeyPairSync("ed25519") },
    rs: { alg: "RS256", ...generateKeyPairSync("rsa", { modulusLength: 2048 }) },
    ps: { alg: "PS256", ...generateKeyPairSync("rsa", { modulusLength: 2048 }) },
  };
  const state = { down: false, asked: 0 };
  const keys = Object.entries(pairs).map(([kid, { alg, publicKey }]) => ({ ...jwkOf(publicKey), kid, alg }));
  const server: Server = createServer((_req, res) => {
    state.asked += 1;
    if (state.down) res.writeHead(500).end();
    else res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ keys }));
  });
  const sign = (name: keyof typeof pairs, claims: object = {}, header: object = {}): Promise<string> =>
    new SignJWT({
      iss: "https://idp.example.com",
      aud: "merchant",
      sub: randomUUID(),
      scope: "read entitlements",
      iat: now(),
      exp: now() + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: pairs[name].alg, kid: name, ...header })
      .sign(pairs[name].privateKey);
  return { server, state, sign, pairs };
}

describe("tokens of the merchant's own issuer", () => {
  const issuer = startIssuer();
  const port: { number: number } = { number: 0 };
  const foreign = (rest: object): object => ({
    type: "oauth2-issuer",
    issuer: "https://idp.example.com",
    audience: "merchant",
    get jwksUri() {
      return `http://127.0.0.1:${String(port.number)}/jwks`;
    },
    resellers: ["*"],
    ...rest,
  });
  const credentials: object[] = [
    { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
  ];
  const FILE = { inbound: { credentials }, resellers: [BANGOTEL] };

  beforeAll(async () => {
    await new Promise<void>((resolve) => issuer.server.listen(0, "127.0.0.1", resolve));
    port.number = (issuer.server.address() as AddressInfo).port;
    credentials.push(
      { ...foreign({ id: "idp-1", scope: "entitlements" }) },
      { ...foreign({ id: "idp-limited", scope: "limited", resellers: ["OTHERTEL"] }) },
    );
  });
  afterAll(async () => {
    issuer.server.closeAllConnections();
    await new Promise((resolve) => issuer.server.close(resolve));
  });

  onEveryDatabase(
    "",
    (given: Scenario) => {
      it("are unavailable, not bad, while its keys have never been seen", async () => {
        issuer.state.down = true;
        const reply = await callWith(given, await issuer.sign("es"), "echo", "1");
        issuer.state.down = false;
        expect(codeOf(reply)).toEqual([503, "SERVICE_UNAVAILABLE"]);
        expect(reply.headers["retry-after"]).toBe("2");
        expect((await given.call("echo", "1")).status).toBe(200);
      });
    },
    { file: FILE, limits: { failedAuthPerMinute: 100_000 } },
  );

  onEveryDatabase(
    "once its keys can be had",
    (given: Scenario) => {
      const call = async (token: Promise<string>) => codeOf(await callWith(given, await token, "echo", "1"));
      const GOOD = [200, "OK"];
      const BAD = [401, "UNAUTHORIZED"];

      it.each(["es", "ed", "rs", "ps"] as const)("are good, signed with its key %s", async (name) => {
        expect(await call(issuer.sign(name))).toEqual(GOOD);
      });

      it("may say their scope and audience as lists", async () => {
        const claims = { aud: ["other", "merchant"], scope: undefined, scp: ["entitlements"] };
        expect(await call(issuer.sign("es", claims))).toEqual(GOOD);
      });

      it.each([
        ["another audience", { aud: "other" }],
        ["no audience", { aud: undefined }],
        ["another issuer", { iss: "https://other.example.com" }],
        ["our own name for issuer", { iss: ISSUER }],
        ["an end that has passed", { exp: now() - 1 }],
        ["no end", { exp: undefined }],
        ["another scope", { scope: "read" }],
        ["a scope that begins alike", { scope: "entitlements.read" }],
        ["no scope", { scope: undefined }],
      ])("are refused with %s", async (_what, claims) => {
        expect(await call(issuer.sign("es", claims))).toEqual(BAD);
      });

      it("are refused where the public key is the secret of an HMAC, or nobody signed", async () => {
        const claims = decodeJwt(await issuer.sign("rs"));
        const secret = Buffer.from(issuer.pairs.rs.publicKey.export({ type: "spki", format: "pem" }));
        expect(
          await call(new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "rs" }).sign(secret)),
        ).toEqual(BAD);
        expect(await call(Promise.resolve(new UnsecuredJWT(claims).encode()))).toEqual(BAD);
      });

      it("are refused by a key of ours, or by a stranger's under its kid", async () => {
        const claims = decodeJwt(await issuer.sign("es"));
        const header = { alg: "ES256", kid: "es" };
        for (const key of [
          given.core.keys.current(),
          generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
        ])
          expect(await call(new SignJWT(claims).setProtectedHeader(header).sign(key))).toEqual(BAD);
      });

      it("act for the resellers of the credential whose scope they have", async () => {
        const token = await issuer.sign("es", { scope: "limited" });
        const record = await given.entitlementAt("ACTIVE");
        expect(codeOf(await callWith(given, token, "read", idOf(record)))).toEqual([404, "NOT_FOUND"]);
        const all = await issuer.sign("es");
        expect(codeOf(await callWith(given, all, "read", idOf(record)))).toEqual([200, "OK"]);
      });

      it("are judged by the keys seen last while it is down; what needs another key waits", async () => {
        expect(await call(issuer.sign("es"))).toEqual(GOOD);
        const later = Date.now() + 3_600_000;
        const claims = { exp: Math.floor(later / 1000) + 60 };
        issuer.state.down = true;
        const clock = jest.spyOn(Date, "now").mockReturnValue(later);
        try {
          const asked = issuer.state.asked;
          expect(await call(issuer.sign("es", claims))).toEqual(GOOD);
          expect(await call(issuer.sign("es", { ...claims, aud: "other" }))).toEqual(BAD);
          expect(await call(issuer.sign("es", claims, { kid: "new" }))).toEqual([503, "SERVICE_UNAVAILABLE"]);
          expect(issuer.state.asked).toBe(asked + 1);
        } finally {
          clock.mockRestore();
          issuer.state.down = false;
        }
      });

      it("are good for nothing once the credential has gone", async () => {
        const token = await issuer.sign("es");
        const before = given.core.credentials.current();
        given.core.credentials.replaceFile(before.filter(({ type }) => type === "basic"));
        expect(await call(Promise.resolve(token))).toEqual(BAD);
        given.core.credentials.replaceFile(before);
        expect(await call(Promise.resolve(token))).toEqual(GOOD);
      });
    },
    { file: FILE, limits: { failedAuthPerMinute: 100_000 } },
  );
});
