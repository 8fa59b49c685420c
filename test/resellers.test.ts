import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { formTokenOf, signUpThrough } from "./support/browser.js";
import { BANGO_PASSWORD, BANGO_USER, startFakeBango } from "./support/fake-bango.js";
import type { FakeBango } from "./support/fake-bango.js";
import { merchantRequest } from "./support/outbox-scenario.js";
import type { Sold } from "./support/outbox-scenario.js";
import { DAY_MS, inDefaultShape } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";

const onEveryDatabase = inDefaultShape("what is sold is no part of the contract");

const secretOf = (name: string): string => `${name}-secret-0123456789-0123456789`;
const authOf = (user: string): string => `${user}:${secretOf(user)}`;
const credential = (username: string, resellers: readonly string[], owner: string) => ({
  id: username,
  type: "basic",
  username,
  password: secretOf(username),
  resellers,
  owner,
});

const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const immediate = (productKey: string, more: Body = {}): Body => ({
  productKey,
  plan: "basic",
  activation: "immediate",
  ...more,
});

const bangos: { alpha: FakeBango; beta: FakeBango } = {} as { alpha: FakeBango; beta: FakeBango };
const fileOf = {
  inbound: {
    credentials: [
      credential("alpha", ["ALPHA"], "alpha"),
      credential("beta", ["BETA"], "beta"),
      // Of one owner, as where one Bango has a credential for each reseller.
      credential("alpha-too", ["ALPHA"], "bango"),
      credential("beta-too", ["BETA"], "bango"),
      credential("everybody", ["*"], "bango"),
    ],
  },
  // Read when the file is written: only then is it known where the Bangos are.
  get resellers() {
    return [
      {
        resellerId: "ALPHA",
        publicUrl: "https://tv.alpha.example",
        returnUrls: ["https://shop.alpha.example/"],
        operations: { suspend: false, revoke: false, cancel: false },
        limits: { activationTtlMs: 3_600_000 },
        bango: { baseUrl: bangos.alpha.baseUrl, username: "at-alpha", password: "alpha-outbound-0123456789" },
        products: [
          { productKey: "SIGN_UP", plan: "premium", activation: "sign-up" },
          immediate("MUSIC"),
          immediate("ONLY_ALPHA", { maxLivePerCustomer: 3 }),
          immediate("STOPPED", { stopSell: true, maxLivePerCustomer: 9 }),
          immediate("LATER", { validFrom: inDays(10), maxLivePerCustomer: 9 }),
          immediate("SOON_OVER", { validTo: inDays(5), maxLivePerCustomer: 9 }),
          {
            productKey: "SIGN_UP_SOON_OVER",
            plan: "premium",
            activation: "sign-up",
            validTo: inDays(5),
            maxLivePerCustomer: 9,
          },
        ],
      },
      {
        resellerId: "BETA",
        publicUrl: "https://shop.beta.example/tv/",
        bango: { baseUrl: bangos.beta.baseUrl, username: BANGO_USER, password: BANGO_PASSWORD },
        products: [{ productKey: "SIGN_UP", plan: "premium", activation: "sign-up" }, immediate("MUSIC")],
      },
      { resellerId: "HASTY", limits: { accountDeadlineMs: 150 }, products: [immediate("MUSIC")] },
      {
        resellerId: "*",
        maxLivePerCustomer: 1,
        products: [immediate("MUSIC"), immediate("*", { plan: "catch-all", maxLivePerCustomer: 1 })],
      },
    ];
  },
};

function withBangos(tests: (given: Scenario) => void): void {
  beforeAll(async () => {
    Object.assign(bangos, { alpha: await startFakeBango(), beta: await startFakeBango() });
  });
  afterAll(() => Promise.all([bangos.alpha.close(), bangos.beta.close()]));
  onEveryDatabase("with two brands", tests, { file: fileOf });
}

const as = (user: string) => ({ auth: authOf(user) });
const codeOf = ({ status, body }: Response): string =>
  `${String(status)} ${String((body as Body).responseCode)}`;
const soldBy = ({ body }: Response): Sold => body as Sold;

describe("two resellers", () => {
  withBangos((given) => {
    const activate = (user: string, resellerId: string, overrides: Body = {}): Promise<Response> =>
      given.call("activate", null, {
        body: given.newActivation({ resellerId, productKey: "MUSIC", ...overrides }),
        ...as(user),
      });
    const isLogged = (event: string, fields: Body): boolean =>
      given
        .logged()
        .some(
          (line) =>
            line.msg === event && Object.entries(fields).every(([name, value]) => line[name] === value),
        );

    describe("kept apart", () => {
      it("each credential sells for its own reseller alone", async () => {
        expect((await activate("alpha", "ALPHA")).status).toBe(201);
        expect(codeOf(await activate("alpha", "BETA"))).toBe("403 NOT_AVAILABLE");
        expect(codeOf(await activate("beta", "ALPHA"))).toBe("403 NOT_AVAILABLE");
        expect(codeOf(await activate("beta", "BETA", { productKey: "ONLY_ALPHA" }))).toBe(
          "403 NOT_AVAILABLE",
        );
      });

      it("no id of the one's entitlement is known to the other", async () => {
        const requestId = randomUUID();
        const first = given.newActivation({ resellerId: "ALPHA", productKey: "MUSIC", requestId });
        const sold = soldBy(await given.call("activate", null, { body: first, ...as("alpha-too") }));
        const before = await given.tables();
        for (const other of ["beta", "beta-too"]) {
          for (const id of [sold.merchantEntitlementId ?? "", requestId, sold.entitlementId ?? ""])
            for (const operation of ["read", "activationInfo", "resume", "terminate", "revoke"] as const)
              expect(codeOf(await given.call(operation, id, as(other)))).toBe("404 NOT_FOUND");
          const named = { entitlementId: sold.entitlementId, entitlementDisplayName: "Mine" };
          expect(codeOf(await given.call("update", null, { body: named, ...as(other) }))).toBe(
            "404 NOT_FOUND",
          );
        }
        expect(await given.tables()).toEqual(before);
        for (const id of [sold.merchantEntitlementId ?? "", requestId])
          expect((await given.call("read", id, as("alpha"))).status).toBe(200);
      });

      it("one request id used by both is two calls where their owners differ", async () => {
        const requestId = randomUUID();
        const one = await activate("alpha", "ALPHA", { requestId });
        const other = await activate("beta", "BETA", { requestId });
        expect([one.status, other.status]).toEqual([201, 201]);
        expect(soldBy(other).resellerId).toBe("BETA");
        const seen = await Promise.all(
          ["alpha", "beta"].map((user) => given.call("read", requestId, as(user))),
        );
        expect(seen.map((reply) => soldBy(reply).merchantEntitlementId)).toEqual([
          soldBy(one).merchantEntitlementId,
          soldBy(other).merchantEntitlementId,
        ]);
      });

      it("no stored reply of the one reaches the other, though they share an owner and send the same", async () => {
        const body = given.newActivation({
          resellerId: "ALPHA",
          productKey: "MUSIC",
          requestId: randomUUID(),
        });
        const stored = await given.call("activate", null, { body, ...as("alpha-too") });
        const sold = soldBy(stored);
        const same = await given.call("activate", null, { body, ...as("beta-too") });
        expect(codeOf(same)).toBe("403 NOT_AVAILABLE");
        const own = await given.call("activate", null, {
          body: { ...body, resellerId: "BETA" },
          ...as("beta-too"),
        });
        expect(codeOf(own)).toBe("409 CONFLICT");
        const other = await activate("beta-too", "BETA", { requestId: body.requestId });
        expect(codeOf(other)).toBe("409 CONFLICT");
        for (const reply of [same, own, other]) expect(reply.text).not.toContain(sold.merchantEntitlementId);
        expect((await given.call("activate", null, { body, ...as("alpha-too") })).text).toBe(stored.text);
      });

      it("a customer id that is equal in both is two customers, each with slots of its own", async () => {
        const sharedCustomerId = `customer-${randomUUID()}`;
        const sell = (user: string, resellerId: string) => activate(user, resellerId, { sharedCustomerId });
        expect((await sell("alpha", "ALPHA")).status).toBe(201);
        expect((await sell("beta", "BETA")).status).toBe(201);
        expect(codeOf(await sell("alpha", "ALPHA"))).toBe("409 ALREADY_EXISTS");
        expect(codeOf(await sell("beta", "BETA"))).toBe("409 ALREADY_EXISTS");
      });

      it("each one's news goes to its own Bango, with its own password", async () => {
        const alpha = soldBy(await activate("alpha", "ALPHA"));
        const beta = soldBy(await activate("beta", "BETA"));
        for (const sold of [alpha, beta]) await given.core.run(merchantRequest("suspend", sold));
        await given.core.deliverDue();
        const heard = (bango: FakeBango, sold: Sold) =>
          bango.toldOf(sold.entitlementId ?? "").map(({ kind, authorization }) => [kind, authorization]);
        const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
        expect(heard(bangos.alpha, alpha)).toEqual([
          ["suspend", basic("at-alpha:alpha-outbound-0123456789")],
        ]);
        expect(heard(bangos.beta, beta)).toEqual([["suspend", basic(`${BANGO_USER}:${BANGO_PASSWORD}`)]]);
        expect(heard(bangos.alpha, beta)).toEqual([]);
        expect(heard(bangos.beta, alpha)).toEqual([]);
      });
    });

    describe("each with its brand", () => {
      /** As the proxy of a brand does: its prefix is taken away. */
      const behind = (prefix: string, url: string): string => url.slice(prefix.length);
      const invite = async (user: string, resellerId: string): Promise<string> =>
        soldBy(await activate(user, resellerId, { productKey: "SIGN_UP" })).activationUrl ?? "";
      const typed = () => ({ email: `${randomUUID()}@example.com`, password: `right-${randomUUID()}` });

      it.each([
        ["alpha", "ALPHA", "https://tv.alpha.example", "https://shop.alpha.example/"],
        ["beta", "BETA", "https://shop.beta.example/tv", "/tv/welcome"],
      ])("%s has links, style and good end of its own", async (user, resellerId, prefix, goodEnd) => {
        const url = await invite(user, resellerId);
        expect(url).toMatch(new RegExp(`^${prefix}/activate/[\\w-]{43}$`));
        const page = await given.http.get(behind(prefix, url));
        expect(page.status).toBe(200);
        const [, href = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec(page.text) ?? [];
        const style = new URL(href, url).href;
        expect(style.startsWith(`${prefix}/assets/`)).toBe(true);
        expect((await given.http.get(behind(prefix, style))).status).toBe(200);
        const done = await signUpThrough(given.http, `http://x${behind(prefix, url)}`, typed());
        expect([done.status, done.headers.location]).toEqual([303, goodEnd]);
        const onward = new URL(goodEnd, url).href;
        const shown = onward.startsWith(prefix) ? await given.http.get(behind(prefix, onward)) : null;
        expect(shown?.status ?? 200).toBe(200);
        const again = await given.http.get(behind(prefix, url));
        expect(again.text).toContain(`href="${goodEnd}"`);
      });

      it("a form of one brand's link is worth nothing in the other's, and its return URLs are not allowed there", async () => {
        const [alpha, beta] = [await invite("alpha", "ALPHA"), await invite("beta", "BETA")];
        const betaPath = behind("https://shop.beta.example/tv", beta);
        const foreign = formTokenOf(
          await given.http.get(`/activate/${alpha.slice(alpha.lastIndexOf("/") + 1)}`),
        );
        const sent = await given.http
          .post(betaPath)
          .type("form")
          .send({ choice: "new", ...typed(), consent: "yes", formToken: foreign });
        expect(sent.status).toBe(403);
        const asked = `${betaPath}?returnUrl=${encodeURIComponent("https://shop.alpha.example/")}`;
        const done = await signUpThrough(given.http, `http://x${asked}`, typed());
        expect(done.headers.location).toBe("/tv/welcome");
      });

      it("has links that live as long as the reseller says", async () => {
        const lifeOf = async (user: string, resellerId: string): Promise<number> => {
          const sold = soldBy(await activate(user, resellerId, { productKey: "SIGN_UP" }));
          const info = soldBy(await given.call("activationInfo", sold.merchantEntitlementId ?? "", as(user)));
          expect(new URL(info.activationUrl ?? "").host).toBe(new URL(sold.activationUrl ?? "").host);
          return Date.parse(sold.urlExpiry ?? "") - Date.parse(sold.dateCreated ?? "");
        };
        expect(await lifeOf("alpha", "ALPHA")).toBe(3_600_000);
        expect(await lifeOf("beta", "BETA")).toBe(DAY_MS);
      });
    });

    it("each waits for the account system as long as its own deadline says", async () => {
      const slow = { sharedCustomerId: `slow-${randomUUID()}` };
      expect(codeOf(await activate("everybody", "HASTY", slow))).toBe("503 SERVICE_UNAVAILABLE");
    });

    describe("that switch operations off", () => {
      it("refuse Bango alone: the merchant, the customer, the clock and the outbox go on", async () => {
        const sold = soldBy(await activate("alpha", "ALPHA"));
        const id = sold.merchantEntitlementId ?? "";
        const statusOf = async (of: Sold): Promise<string | undefined> =>
          soldBy(await given.call("read", of.merchantEntitlementId ?? "", as("everybody"))).status;
        for (const operation of ["suspend", "revoke", "cancel"] as const)
          expect(codeOf(await given.call(operation, id, as("alpha")))).toBe("403 NOT_AVAILABLE");
        await given.core.run(merchantRequest("suspend", sold));
        expect(await statusOf(sold)).toBe("SUSPENDED");
        await given.core.run(merchantRequest("revoke", sold));
        expect(await statusOf(sold)).toBe("REVOKED");

        const ending = soldBy(await activate("alpha", "ALPHA"));
        await given.core.run(merchantRequest("cancel", ending));
        const ended = soldBy(await activate("alpha", "ALPHA"));
        bangos.alpha.states.set(ended.entitlementId ?? "", "REVOKED");
        await given.core.run(merchantRequest("suspend", ended));
        await given.core.deliverDue();
        expect(await statusOf(ended)).toBe("REVOKED");
        await given.core.moveClock({ advanceMs: 32 * DAY_MS });
        expect(await statusOf(ending)).toBe("CANCELLED");
      });
    });

    describe("with `*` for those that are not named", () => {
      const customer = () => ({ sharedCustomerId: `customer-${randomUUID()}` });

      it("sells for a reseller, and a product, that nobody has named, and counts it in the log", async () => {
        const reply = await activate("everybody", "GAMMA");
        expect(soldBy(reply)).toMatchObject({ status: "ACTIVE", resellerId: "GAMMA", productKey: "MUSIC" });
        expect(isLogged("catalogue.catch_all_used", { resellerId: "GAMMA" })).toBe(true);
        const other = await activate("everybody", "DELTA", { productKey: "ANYTHING" });
        expect(soldBy(other)).toMatchObject({ resellerId: "DELTA", productKey: "ANYTHING" });
        expect(isLogged("catalogue.catch_all_used", { resellerId: "ALPHA" })).toBe(false);
      });

      it("does not add to what is listed for a reseller that is named", async () => {
        expect(codeOf(await activate("everybody", "BETA", { productKey: "ANYTHING" }))).toBe(
          "403 NOT_AVAILABLE",
        );
      });

      it("counts slots for each reseller, customer and product by its own name", async () => {
        const one = customer();
        const sell = (resellerId: string, productKey: string) =>
          activate("everybody", resellerId, { productKey, ...one });
        expect((await sell("GAMMA", "MUSIC")).status).toBe(201);
        expect((await sell("DELTA", "MUSIC")).status).toBe(201);
        expect(codeOf(await sell("GAMMA", "MUSIC"))).toBe("409 ALREADY_EXISTS");
        expect((await sell("GAMMA", "FILMS")).status).toBe(201);
        expect((await sell("GAMMA", "SPORT")).status).toBe(201);
        expect(codeOf(await sell("GAMMA", "SPORT"))).toBe("409 ALREADY_EXISTS");
      });

      it("widens no credential", async () => {
        for (const resellerId of ["GAMMA", "*"])
          expect(codeOf(await activate("alpha", resellerId))).toBe("403 NOT_AVAILABLE");
        const sold = soldBy(await activate("everybody", "GAMMA"));
        expect(codeOf(await given.call("read", sold.merchantEntitlementId ?? "", as("alpha")))).toBe(
          "404 NOT_FOUND",
        );
      });
    });

    // Last: the clock of this database moves.
    describe("with products that are not always on sale", () => {
      it("refuse a new activate of one, and an update to it, and change nothing", async () => {
        const sold = soldBy(await activate("alpha", "ALPHA", { productKey: "ONLY_ALPHA" }));
        const before = await given.tables();
        expect(codeOf(await activate("alpha", "ALPHA", { productKey: "STOPPED" }))).toBe("403 NOT_AVAILABLE");
        const change = { merchantEntitlementId: sold.merchantEntitlementId, productKey: "STOPPED" };
        expect(codeOf(await given.call("update", null, { body: change, ...as("alpha") }))).toBe(
          "403 NOT_AVAILABLE",
        );
        expect(await given.tables()).toEqual(before);
      });
    });
  });
});

describe("a product's dates", () => {
  withBangos((given) => {
    const sell = (body: Body): Promise<Response> => given.call("activate", null, { body, ...as("alpha") });
    const fresh = (productKey: string): Body =>
      given.newActivation({ resellerId: "ALPHA", productKey, requestId: randomUUID() });

    it("are held against the business clock; what was sold before goes on", async () => {
      expect(codeOf(await sell(fresh("LATER")))).toBe("403 NOT_AVAILABLE");
      const [first, second, third] = [fresh("SOON_OVER"), fresh("SOON_OVER"), fresh("SIGN_UP_SOON_OVER")];
      const stored = await sell(first);
      const [active, suspended, pending] = [soldBy(stored), soldBy(await sell(second)), await sell(third)];
      expect([stored.status, suspended.status, pending.status]).toEqual([201, "ACTIVE", 202]);
      await given.core.run(merchantRequest("suspend", suspended));

      await given.core.moveClock({ advanceMs: 11 * DAY_MS });
      expect((await sell(fresh("LATER"))).status).toBe(201);
      expect(codeOf(await sell(fresh("SOON_OVER")))).toBe("403 NOT_AVAILABLE");
      expect(codeOf(await sell(fresh("SIGN_UP_SOON_OVER")))).toBe("403 NOT_AVAILABLE");

      expect((await sell(first)).text).toBe(stored.text);
      const already = await sell({ ...first, requestId: randomUUID() });
      expect([already.status, soldBy(already).merchantEntitlementId]).toEqual([
        200,
        active.merchantEntitlementId,
      ]);
      const resumed = await given.call("resume", suspended.merchantEntitlementId ?? "", as("alpha"));
      expect(soldBy(resumed).status).toBe("ACTIVE");
      const again = await sell(third);
      expect(again.status).toBe(202);
      const url = `http://x${new URL(soldBy(again).activationUrl ?? "").pathname}`;
      const done = await signUpThrough(given.http, url, {
        email: `${randomUUID()}@example.com`,
        password: `right-${randomUUID()}`,
      });
      expect(done.status).toBe(303);
      const signedUp = await given.call("read", soldBy(again).merchantEntitlementId ?? "", as("alpha"));
      expect(soldBy(signedUp).status).toBe("ACTIVE");
    });
  });
});
