import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Response } from "supertest";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "../src/contract/merchant-operations.js";
import { OPERATION_NAMES } from "../src/contract/operations.js";
import type { OperationName } from "../src/contract/operations.js";
import { formTokenOf, pathOf } from "./support/browser.js";
import { CLIENT_SECRET, client, tokenOf } from "./support/oauth.js";
import { ADMIN_TOKEN, PASSWORD, inDefaultShape } from "./support/scenario.js";
import type { CallOptions, Scenario } from "./support/scenario.js";
import { idOf, unchangedBy } from "./support/watched.js";

const onEveryDatabase = inDefaultShape("who may come in is no matter of the contract");

const OTHER = "the-secret-of-another-reseller-0123456789";
const VIEW_TOKEN = "test-view-token-0123456789";
const FILE = {
  inbound: {
    credentials: [
      { id: "basic-1", type: "basic", username: "bango", password: PASSWORD, resellers: ["*"] },
      { id: "other-basic", type: "basic", username: "other", password: OTHER, resellers: ["OTHERTEL"] },
      client("other", { resellers: ["OTHERTEL"] }),
    ],
  },
  admin: {
    tokens: [
      { id: "back-office", token: ADMIN_TOKEN, role: "admin" },
      { id: "view", token: VIEW_TOKEN, role: "view" },
    ],
  },
};

/** A good call of each operation but for who makes it; without `id` it goes to one that is active. */
async function callOf(
  given: Scenario,
  operation: OperationName,
  id: string,
  options: CallOptions,
): Promise<Response> {
  const bodies: Partial<Record<OperationName, object>> = {
    activate: given.newActivation(),
    update: { merchantEntitlementId: id, entitlementDisplayName: "taken over" },
  };
  const body = bodies[operation] as CallOptions["body"];
  return given.call(operation, operation in bodies ? null : id, { ...options, ...(body ? { body } : {}) });
}

const bearer = (token: string): CallOptions => ({
  auth: null,
  headers: { Authorization: `Bearer ${token}` },
});

onEveryDatabase(
  "every operation of the Server API",
  (given) => {
    const strangers: readonly (readonly [string, () => Promise<CallOptions>])[] = [
      ["no credential", () => Promise.resolve({ auth: null })],
      ["a wrong secret", () => Promise.resolve({ auth: "bango:wrong" })],
      ["an unknown user", () => Promise.resolve({ auth: `nobody:${PASSWORD}` })],
      ["another user's secret", () => Promise.resolve({ auth: `bango:${OTHER}` })],
      ["an OAuth client's secret as Basic", () => Promise.resolve({ auth: `other:${CLIENT_SECRET}` })],
      ["an admin token", () => Promise.resolve(bearer(ADMIN_TOKEN))],
      ["a token that nobody signed", () => Promise.resolve(bearer("e30.e30."))],
      ["a retired credential", retired],
    ];

    async function retired(): Promise<CallOptions> {
      const { manageCredentials, refreshSecrets } = given.core;
      const made = await manageCredentials.make({
        type: "basic",
        name: "retired",
        resellers: "*",
        owner: "bango",
      });
      if (made.kind !== "made") throw new Error(made.reason);
      await refreshSecrets();
      const options = { auth: `retired:${made.secret}` };
      expect((await given.call("echo", "1", options)).status).toBe(200);
      await manageCredentials.retire(made.credentialId);
      await refreshSecrets();
      return options;
    }

    it.each(strangers)("is shut to %s: 401, and nothing changes", async (_who, make) => {
      const id = idOf((await given.activate()).body as Record<string, string>);
      const options = await make();
      const before = await given.tables();
      for (const operation of OPERATION_NAMES)
        expect([operation, (await callOf(given, operation, id, options)).status]).toEqual([operation, 401]);
      expect(await given.tables()).toEqual(before);
    });

    it.each([
      ["Basic", () => Promise.resolve({ auth: `other:${OTHER}` })],
      ["a token", async () => bearer(await tokenOf(given, "other"))],
    ] as const)("tells another reseller nothing by %s: as if it were not there", async (_how, make) => {
      const id = idOf((await given.activate()).body as Record<string, string>);
      const options = await make();
      const before = await given.tables();
      for (const operation of OPERATION_NAMES.filter((name) => name !== "echo")) {
        const reply = await callOf(given, operation, id, options);
        expect([operation, reply.status]).toEqual([operation, operation === "activate" ? 403 : 404]);
        expect(reply.text).not.toContain("BANGOTEL");
      }
      expect(await given.tables()).toEqual(before);
    });
  },
  { file: FILE },
);

onEveryDatabase(
  "every operation of the Merchant API",
  (given) => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

    it.each([
      ["no token", null],
      ["a wrong token", "Bearer wrong"],
      ["the beginning of a token", `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
      ["a good token as Basic", basic(`back-office:${ADMIN_TOKEN}`)],
      ["Bango's credential", basic(`bango:${PASSWORD}`)],
      ["Bango's secret as a token", `Bearer ${PASSWORD}`],
    ])("is shut to %s: 401, and nothing changes", async (_who, header) => {
      await everyOperation(header === null ? {} : { Authorization: header }, () => 401);
    });

    it("lets one that may look do nothing else: 403, and nothing changes", async () => {
      await everyOperation({ Authorization: `Bearer ${VIEW_TOKEN}` }, (method) =>
        method === "GET" ? 200 : 403,
      );
    });

    async function everyOperation(
      headers: Readonly<Record<string, string>>,
      expected: (method: string) => number,
    ): Promise<void> {
      const id = idOf((await given.activate()).body as Record<string, string>);
      const before = await given.tables();
      for (const { operation, method, path } of MERCHANT_OPERATIONS) {
        const where = `${MERCHANT_API_BASE}${path.replace(/:\w+/, id)}`;
        const reply = await given.admin[method === "GET" ? "get" : "post"](where).set(headers);
        expect([operation, reply.status]).toEqual([operation, expected(method)]);
      }
      expect(await given.tables()).toEqual(before);
    }
  },
  { file: FILE },
);

onEveryDatabase("a link other than the one that was given out", (given) => {
  const typed = { choice: "new", email: "nobody@example.com", password: "right-0123456789", consent: "yes" };

  /** What somebody makes of a link: a character changed, cut off, put in, or swapped with its neighbour. */
  const tampered = (token: string): fc.Arbitrary<string> =>
    fc
      .tuple(
        fc.nat(token.length - 1),
        fc.constantFrom(..."AZaz09-_".split("")),
        fc.constantFrom("change", "cut", "insert", "swap"),
      )
      .map(([at, put, how]) => {
        const [before, here, after] = [token.slice(0, at), token.charAt(at), token.slice(at + 1)];
        if (how === "change") return before + put + after;
        if (how === "cut") return before || "-";
        if (how === "insert") return before + put + here + after;
        return before + after.charAt(0) + here + after.slice(1);
      })
      .filter((made) => made !== token);

  it("opens nothing, and its form does nothing, though the form is of the good link", async () => {
    const { activationUrl } = (await given.activate({ productKey: "MUSIC" })).body as Record<string, string>;
    const path = pathOf(activationUrl ?? "");
    const token = path.slice(path.lastIndexOf("/") + 1);
    const formToken = formTokenOf(await given.http.get(path));
    const before = await given.tables();
    // 429 once there were 60 of them within a minute: refused all the same.
    await fc.assert(
      fc.asyncProperty(tampered(token), async (forged) => {
        const shown = await given.http.get(`/activate/${forged}`);
        const sent = await given.http
          .post(`/activate/${forged}`)
          .type("form")
          .send({ ...typed, formToken });
        for (const { status, text } of [shown, sent]) {
          expect([404, 429]).toContain(status);
          expect(text).not.toMatch(/<form|MUSIC/);
        }
      }),
      { numRuns: 100 },
    );
    expect(await given.tables()).toEqual(before);
    expect((await given.http.get(path)).status).toBe(200);
  });

  it("of another entitlement has its own form: the one's does nothing at the other", async () => {
    const [one, other] = await Promise.all(
      ["a", "b"].map(async () => {
        const { body } = await given.activate({ productKey: "MUSIC" });
        return pathOf((body as Record<string, string>).activationUrl ?? "");
      }),
    );
    const formToken = formTokenOf(await given.http.get(one ?? ""));
    const reply = await unchangedBy(given, async () =>
      given.http
        .post(other ?? "")
        .type("form")
        .send({ ...typed, formToken }),
    );
    expect(reply.status).toBe(403);
  });
});
