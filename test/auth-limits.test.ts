import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { OPERATIONS } from "../src/contract/operations.js";
import type { OperationRoute } from "../src/contract/operations.js";
import { CLIENT_SECRET, askToken, client, grantOf, tokenOf } from "./support/oauth.js";
import { BANGOTEL, PASSWORD, inDefaultShape } from "./support/scenario.js";
import type { Body, CallOptions } from "./support/scenario.js";
import { codeOf, idOf, unchangedBy } from "./support/watched.js";

const onEveryDatabase = inDefaultShape("the gate stands before every shape");

const BASIC = { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] };
const from = (address: string) => ({ "X-Forwarded-For": address });

let clock = Date.now();
let lastNetwork = 0;
/** An address that nobody has failed from. */
const newAddress = (): string => `198.51.100.${String((lastNetwork += 1))}`;

onEveryDatabase(
  "failed authentications",
  (given) => {
    const attempt = (address: string, auth: string | null, headers = {}): Promise<Response> =>
      given.call("echo", "1", { auth, headers: { ...from(address), ...headers } });
    const fail = async (times: number, address: string, auth: string | null): Promise<number[]> => {
      const statuses: number[] = [];
      for (let count = 0; count < times; count += 1) statuses.push((await attempt(address, auth)).status);
      return statuses;
    };
    const THREE = [401, 401, 401];

    it.each([
      ["wrong secrets", "bango:wrong"],
      ["unknown users", "nobody:wrong"],
      ["no credentials at all", null],
    ])("are answered by 429 after the third in a minute: %s", async (_what, auth) => {
      const address = newAddress();
      expect(await fail(3, address, auth)).toEqual(THREE);
      clock += 20_000;
      const reply = await unchangedBy(given, () => attempt(address, auth));
      expect(codeOf(reply)).toEqual([429, "TOO_MANY_REQUESTS"]);
      expect(reply.headers["retry-after"]).toBe("40");
      expect(reply.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
      clock += 39_999;
      expect((await attempt(address, auth)).status).toBe(429);
      clock += 1;
      expect((await attempt(address, auth)).status).toBe(401);
    });

    it("are counted for each address and user name alone", async () => {
      const address = newAddress();
      expect(await fail(4, address, "bango:wrong")).toEqual([...THREE, 429]);
      expect((await attempt(address, "other:wrong")).status).toBe(401);
      expect((await attempt(address, null)).status).toBe(401);
      expect((await attempt(newAddress(), "bango:wrong")).status).toBe(401);
    });

    it("never block a good secret: after a thousand of its own user from its own address it is as good as ever", async () => {
      const address = newAddress();
      const statuses = await fail(1000, address, "bango:wrong");
      expect(statuses.filter((status) => status === 429)).toHaveLength(997);
      expect((await attempt(address, `bango:${PASSWORD}`)).status).toBe(200);
      const token = await tokenOf(given, "bango");
      expect((await attempt(address, null, { Authorization: `Bearer ${token}` })).status).toBe(200);
      expect((await attempt(address, "bango:wrong")).status).toBe(429);
    });

    it("say nothing of calls that are authenticated: a burst of them is never limited", async () => {
      const address = newAddress();
      const replies = await Promise.all(
        Array.from({ length: 300 }, () => attempt(address, `bango:${PASSWORD}`)),
      );
      expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    });

    it("of tokens are counted by the name that the token gives itself", async () => {
      const address = newAddress();
      const expired = await tokenOf(given, "bango");
      clock += 3_600_000;
      const send = (token: string): Promise<Response> =>
        attempt(address, null, { Authorization: `Bearer ${token}` });
      for (let count = 0; count < 3; count += 1) await send("no-token");
      expect((await send("no-token")).status).toBe(429);
      expect((await send(expired)).status).toBe(401);
    });

    it("at the token endpoint are answered by 429 in its own form, and block no good client", async () => {
      const address = newAddress();
      const ask = (secret: string) => askToken(given, grantOf("bango", secret), from(address));
      for (let count = 0; count < 3; count += 1) expect((await ask("wrong")).status).toBe(401);
      const reply = await ask("wrong");
      expect([reply.status, reply.body]).toEqual([
        429,
        { error: "invalid_client", error_description: "too many failed attempts" },
      ]);
      expect(reply.headers).toMatchObject({ "retry-after": "60", "cache-control": "no-store" });
      expect((await ask(CLIENT_SECRET)).status).toBe(200);
    });
  },
  {
    file: { inbound: { credentials: [BASIC, client("bango")] } },
    limits: { failedAuthPerMinute: 3 },
    env: { TRUST_PROXY: "1" },
    now: () => clock,
  },
);

onEveryDatabase(
  "an address list",
  (given) => {
    it("holds for the token endpoint too: a good client from elsewhere is refused as a wrong one is", async () => {
      const elsewhere = from("203.0.113.9");
      const good = await askToken(given, grantOf("bango"), elsewhere);
      const bad = await askToken(given, grantOf("bango", "wrong"), elsewhere);
      expect([good.status, good.text]).toEqual([401, bad.text]);
      expect((await askToken(given, grantOf("bango"), from("192.0.2.7"))).status).toBe(200);
    });

    it("holds for a good token too", async () => {
      const reply = await askToken(given, grantOf("bango"), from("192.0.2.7"));
      const { access_token: token } = reply.body as { access_token: string };
      const statusFrom = async (address: string): Promise<number> =>
        (await given.http.get("/bango/v1/echo/1").auth(token, { type: "bearer" }).set(from(address))).status;
      expect([await statusFrom("192.0.2.7"), await statusFrom("203.0.113.9")]).toEqual([200, 401]);
    });
  },
  {
    file: { inbound: { credentials: [client("bango")], allowedAddresses: ["192.0.2.0/24"] } },
    env: { TRUST_PROXY: "1" },
  },
);

/** What each operation would do where its caller is let in. */
const bodyFor = ({ operation }: OperationRoute, id: string, activation: Body): Body | undefined => {
  if (operation === "activate") return activation;
  return operation === "update"
    ? { merchantEntitlementId: id, entitlementDisplayName: "changed" }
    : undefined;
};

onEveryDatabase(
  "nobody gets in",
  (given) => {
    const limitedSecret = "limited-password-0123456789";
    type Sent = Pick<CallOptions, "auth" | "headers">;

    /** One that was good a moment ago, so that what refuses it is that it was retired. */
    async function retired(type: "basic" | "oauth2-client"): Promise<Sent> {
      const name = `gone-${randomUUID()}`;
      const { core } = given;
      const made = await core.manageCredentials.make({ type, name, resellers: "*", owner: "bango" });
      if (made.kind !== "made") throw new Error(made.reason);
      await core.refreshSecrets();
      const sent: Sent =
        type === "basic"
          ? { auth: `${name}:${made.secret}` }
          : bearer(await tokenOf(given, name, made.secret));
      expect((await given.call("echo", "1", sent)).status).toBe(200);
      await core.manageCredentials.retire(made.credentialId);
      await core.refreshSecrets();
      return sent;
    }
    const bearer = (token: string): Sent => ({ auth: null, headers: { Authorization: `Bearer ${token}` } });

    const WRONG: Readonly<Record<string, () => Promise<Sent>>> = {
      "no credential": () => Promise.resolve({ auth: null }),
      "a wrong secret": () => Promise.resolve({ auth: "bango:wrong" }),
      "a token that is none": () => Promise.resolve(bearer("a.b.c")),
      "a retired user": () => retired("basic"),
      "a token of a retired client": () => retired("oauth2-client"),
    };

    describe.each(Object.entries(WRONG))("with %s", (_which, credential) => {
      it.each(OPERATIONS.map((route) => [route.operation, route] as const))(
        "to %s, and nothing changes",
        async (operation, route) => {
          const record = await given.entitlementAt(operation === "activationInfo" ? "PENDING" : "ACTIVE");
          const options = await credential();
          const body = bodyFor(route, idOf(record), given.newActivation());
          const reply = await unchangedBy(given, () =>
            given.call(operation, operation === "activate" ? null : idOf(record), {
              ...options,
              ...(body ? { body } : {}),
            }),
          );
          expect(codeOf(reply)).toEqual([401, "UNAUTHORIZED"]);
        },
      );
    });

    describe.each([
      ["Basic", async () => Promise.resolve({ auth: `limited:${limitedSecret}` })],
      [
        "a token",
        async () => ({
          auth: null,
          headers: { Authorization: `Bearer ${await tokenOf(given, "limited")}` },
        }),
      ],
    ] as const)("by another reseller's %s", (_which, credential) => {
      it.each(
        OPERATIONS.filter(({ operation }) => operation !== "echo").map(
          (route) => [route.operation, route] as const,
        ),
      )("to %s, and nothing changes", async (operation, route) => {
        const record = await given.entitlementAt(operation === "activationInfo" ? "PENDING" : "ACTIVE");
        const options = await credential();
        const body = bodyFor(route, idOf(record), given.newActivation());
        const reply = await unchangedBy(given, () =>
          given.call(operation, operation === "activate" ? null : idOf(record), {
            ...options,
            ...(body ? { body } : {}),
          }),
        );
        expect(codeOf(reply)).toEqual(operation === "activate" ? [403, "NOT_AVAILABLE"] : [404, "NOT_FOUND"]);
      });
    });
  },
  {
    file: {
      inbound: {
        credentials: [
          BASIC,
          {
            id: "limited-basic",
            type: "basic",
            username: "limited",
            password: "limited-password-0123456789",
            resellers: ["OTHERTEL"],
          },
          client("limited", { resellers: ["OTHERTEL"] }),
        ],
      },
      resellers: [
        BANGOTEL,
        {
          resellerId: "OTHERTEL",
          products: [{ productKey: "MUSIC_DIRECT", plan: "basic", activation: "immediate" }],
        },
      ],
    },
    limits: { failedAuthPerMinute: 100_000 },
  },
);
