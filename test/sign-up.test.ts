import crypto, { randomUUID } from "node:crypto";
import { beforeEach, expect, it, jest } from "@jest/globals";
import supertest from "supertest";
import type { Response } from "supertest";
import { demoAccountSystem } from "../src/accounts/demo/demo-account-system.js";
import type { DemoAccountSystem } from "../src/accounts/demo/demo-account-system.js";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import type { Core } from "../src/compose.js";
import { loadConfig } from "../src/config/load-config.js";
import { pinoLogger } from "../src/logger.js";
import type { AccountSystem } from "../src/ports/account-system.js";
import { openDatabase } from "../src/store/database.js";
import type { Database } from "../src/store/database.js";
import { parseDatabaseUrl } from "../src/store/database-url.js";
import { formTokenOf, pathOf, postForm, signUpThrough } from "./support/browser.js";
import type { TypedForm } from "./support/browser.js";
import { BANGOTEL, environmentOf, inDefaultShape } from "./support/scenario.js";
import type { Body, Scenario, ScenarioOptions } from "./support/scenario.js";

const onEveryDatabase = inDefaultShape("a customer meets pages, which no contract shapes");

const HOUR_MS = 3_600_000;
const WELCOME = "/welcome";
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A link as Bango got it for its customer. */
interface Invited {
  readonly url: string;
  readonly id: string;
  readonly entitlementId: string;
  readonly sharedCustomerId: string;
}

async function invite(given: Scenario, overrides: Body = {}): Promise<Invited> {
  const reply = await given.activate({ productKey: "MUSIC", ...overrides });
  expect(reply.status).toBe(202);
  const { activationUrl, merchantEntitlementId, entitlementId, sharedCustomerId } = reply.body as Record<
    string,
    string
  >;
  return {
    url: activationUrl ?? "",
    id: merchantEntitlementId ?? "",
    entitlementId: entitlementId ?? "",
    sharedCustomerId: sharedCustomerId ?? "",
  };
}

const someone = (more: Partial<TypedForm> = {}): TypedForm => ({
  email: `${randomUUID()}@example.com`,
  password: `right-${randomUUID()}`,
  ...more,
});

const endOf = ({ status, headers }: Response): unknown[] => [status, headers.location];
const GOOD_END = [303, WELCOME];
const h1Of = ({ text }: Response): string => /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? "";
const statusOf = async (given: Scenario, { id }: Invited): Promise<string> =>
  String(((await given.call("read", id)).body as Body).status);
const historyOf = async (given: Scenario, { id }: Invited): Promise<string[]> =>
  (await given.core.store.listHistory(id)).map(({ operation }) => operation);
const rowsOf = (given: Scenario, table: string, where: Body): Promise<Body[]> =>
  Promise.resolve(given.core.database.knex<Body>(table).where(where));
const outboxOf = async (given: Scenario, { id }: Invited): Promise<unknown[]> =>
  (await rowsOf(given, "outbox", { merchantEntitlementId: id })).map(({ kind }) => kind);

/** Every table that there is, ours or not yet known to any test. */
async function wholeDatabase({ engine, core }: Scenario): Promise<Record<string, string>> {
  const { knex } = core.database;
  const names =
    engine === "sqlite"
      ? await knex("sqlite_master").where({ type: "table" }).pluck<string[]>("name")
      : (
          await knex
            .select({ name: "table_name" })
            .from("information_schema.tables")
            .whereRaw("table_schema = database()")
        ).map(
          // MySQL 8 and later name the column TABLE_NAME unless it is named here.
          ({ name }: { name: string }) => name,
        );
  const entries = await Promise.all(
    names.map(async (name) => [name, JSON.stringify(await knex(name).select("*"))] as const),
  );
  return Object.fromEntries(entries);
}

async function expectSetUpOnce(given: Scenario, invited: Invited, email: string): Promise<void> {
  expect(await statusOf(given, invited)).toBe("ACTIVE");
  expect(await historyOf(given, invited)).toEqual(["activate", "completeSignUp"]);
  expect(await outboxOf(given, invited)).toEqual(["activate"]);
  const accounts = await rowsOf(given, "demo_account", { customer: email.toLowerCase() });
  const logins = await rowsOf(given, "demo_login", { email: email.toLowerCase() });
  expect([accounts.length, logins.length]).toEqual([1, 1]);
  const effects = await rowsOf(given, "demo_effect", { entitlementId: invited.entitlementId });
  expect(effects.map(({ operation }) => operation).sort()).toEqual(["activate", "link"]);
  const [subscription] = await rowsOf(given, "demo_subscription", { merchantEntitlementId: invited.id });
  expect(subscription).toMatchObject({ accountId: accounts[0]?.accountId, status: "active" });
  expect(await given.core.store.listEntitlements({ limit: 1000 })).toContainEqual(
    expect.objectContaining({
      merchantEntitlementId: invited.id,
      accountReference: accounts[0]?.accountId,
      waitingFor: null,
    }),
  );
  expect((await given.tables()).turn).toEqual([]);
  await given.expectBooksToAgree();
}

async function unchangedBy<T>(given: Scenario, act: () => PromiseLike<T>): Promise<T> {
  const before = await given.tables();
  const value = await act();
  expect(await given.tables()).toEqual(before);
  return value;
}

/** Another replica on the same database. */
async function secondCore(given: Scenario): Promise<{ core: Core; close: () => Promise<void> }> {
  const database = openDatabase(parseDatabaseUrl(given.databaseUrl));
  const config = loadConfig(environmentOf(given.folder, given.databaseUrl, {}), given.folder);
  const core = await composeCore(config, { database, log: pinoLogger("silent") });
  const close = async (): Promise<void> => {
    await core.close();
    await database.close();
  };
  return { core, close };
}

onEveryDatabase("looking at an activation link", (given) => {
  it("changes nothing, though it is opened 100 times by GET and HEAD", async () => {
    const { url } = await invite(given);
    await unchangedBy(given, async () => {
      const replies = await Promise.all(
        times(100, (index) => (index % 2 ? given.http.head(pathOf(url)) : given.http.get(pathOf(url)))),
      );
      expect(replies.map(({ status }) => status)).toEqual(times(100, () => 200));
    });
  });

  it("changes nothing of one that is set up, or has ended", async () => {
    const used = await invite(given);
    await signUpThrough(given.http, used.url, someone());
    const ended = await invite(given);
    expect((await given.call("revoke", ended.id)).status).toBe(200);
    await unchangedBy(given, async () => {
      for (const method of ["get", "head", "get"] as const) {
        expect((await given.http[method](pathOf(used.url))).status).toBe(200);
        expect((await given.http[method](pathOf(ended.url))).status).toBe(410);
      }
    });
  });
});

onEveryDatabase("signing up as a new customer", (given) => {
  it("makes it ACTIVE with one account, one link, one event and one confirmation for Bango", async () => {
    const invited = await invite(given);
    const typed = someone();
    expect(await statusOf(given, invited)).toBe("PENDING");
    expect(endOf(await signUpThrough(given.http, invited.url, typed))).toEqual(GOOD_END);
    await expectSetUpOnce(given, invited, typed.email);
    const event = (await given.core.store.listHistory(invited.id))[1];
    expect(event).toMatchObject({
      version: 2,
      operation: "completeSignUp",
      owner: "sign-up",
      actor: "customer",
      before: "PENDING",
      after: "ACTIVE",
    });
  });

  it("gives Bango's repeated activate the present record, without a link", async () => {
    const body = given.newActivation({ productKey: "MUSIC" });
    const { activationUrl } = (await given.call("activate", null, { body })).body as Record<string, string>;
    await signUpThrough(given.http, activationUrl ?? "", someone());
    const repeat = await given.call("activate", null, { body: { ...body, requestId: randomUUID() } });
    expect([repeat.status, (repeat.body as Body).status]).toEqual([200, "ACTIVE"]);
    expect(repeat.body).not.toHaveProperty("activationUrl");
  });

  it("takes the e-mail in any case as one address", async () => {
    const first = await invite(given);
    const typed = someone({ email: `Anna-${randomUUID()}@Example.COM` });
    await signUpThrough(given.http, first.url, typed);
    const second = await invite(given);
    const again = { ...typed, email: typed.email.toUpperCase(), choice: "existing" as const };
    expect(endOf(await signUpThrough(given.http, second.url, again))).toEqual(GOOD_END);
    expect(await rowsOf(given, "demo_login", { email: typed.email.toLowerCase() })).toHaveLength(1);
  });

  it("holds the customer's slot from then on", async () => {
    const { url, sharedCustomerId } = await invite(given);
    await signUpThrough(given.http, url, someone());
    expect((await given.activate({ sharedCustomerId })).status).toBe(409);
  });

  it("lets Bango go on with it as with any other", async () => {
    const invited = await invite(given);
    await signUpThrough(given.http, invited.url, someone());
    for (const operation of ["suspend", "resume", "cancel", "reinstate", "revoke"] as const)
      expect((await given.call(operation, invited.id)).status).toBe(200);
    expect(await outboxOf(given, invited)).toEqual(["activate"]);
    await given.expectBooksToAgree();
  });
});

onEveryDatabase("signing up with an account", (given) => {
  const withAccount = async (): Promise<TypedForm> => {
    const typed = someone();
    await signUpThrough(given.http, (await invite(given)).url, typed);
    return typed;
  };
  const accountsOf = ({ email }: TypedForm): Promise<Body[]> =>
    rowsOf(given, "demo_account", { customer: email });

  it.each(["existing", "new"] as const)("signs in where one said “%s”", async (choice) => {
    const typed = await withAccount();
    const [account] = await accountsOf(typed);
    const invited = await invite(given);
    expect(endOf(await signUpThrough(given.http, invited.url, { ...typed, choice }))).toEqual(GOOD_END);
    await expectSetUpOnce(given, invited, typed.email);
    const [subscription] = await rowsOf(given, "demo_subscription", { merchantEntitlementId: invited.id });
    expect(subscription?.accountId).toBe(account?.accountId);
  });

  it.each(["existing", "new"] as const)(
    "refuses a wrong password where one said “%s”, and changes nothing",
    async (choice) => {
      const typed = await withAccount();
      const invited = await invite(given);
      const wrong = { ...typed, choice, password: "not-the-password" };
      const reply = await unchangedBy(given, () => signUpThrough(given.http, invited.url, wrong));
      expect(reply.status).toBe(422);
      expect(reply.text).toContain(typed.email);
      expect(reply.text).toContain(`id="${choice === "new" ? "email" : "password"}-error"`);
      expect(reply.text).not.toContain("not-the-password");
      expect(await statusOf(given, invited)).toBe("PENDING");
      expect(endOf(await signUpThrough(given.http, invited.url, typed))).toEqual(GOOD_END);
    },
  );

  it("refuses an address without an account in the words of a wrong password", async () => {
    const known = await withAccount();
    const [first, second] = [await invite(given), await invite(given)];
    const replies = [
      await signUpThrough(given.http, first.url, { ...known, choice: "existing", password: "wrong-one" }),
      await unchangedBy(given, () => signUpThrough(given.http, second.url, someone({ choice: "existing" }))),
    ];
    const [wrong, nobody] = replies.map(({ status, text }) => [
      status,
      /<div class="problem"[^]*?<\/div>/.exec(text)?.[0],
    ]);
    expect(nobody).toEqual(wrong);
    expect(nobody?.[1]).toBeDefined();
  });
});

onEveryDatabase("one sign-up sent many times at once", (given) => {
  it("20 times: one account, one link, one event, one confirmation, and one good end for all", async () => {
    const invited = await invite(given);
    const typed = someone();
    const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
    const replies = await Promise.all(times(20, () => postForm(given.http, invited.url, formToken, typed)));
    expect(replies.map(endOf)).toEqual(times(20, () => GOOD_END));
    await expectSetUpOnce(given, invited, typed.email);
  });

  it("20 times over two processes: the same", async () => {
    const other = await secondCore(given);
    try {
      const doors = [given.http, supertest(composeServer(other.core).publicApp)];
      const invited = await invite(given);
      const typed = someone();
      const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
      const replies = await Promise.all(
        times(20, (index) => postForm(doors[index % 2] ?? given.http, invited.url, formToken, typed)),
      );
      expect(replies.map(endOf)).toEqual(times(20, () => GOOD_END));
      await expectSetUpOnce(given, invited, typed.email);
    } finally {
      await other.close();
    }
  });

  it("six sign-ups that make the same account at once all end well, with one account", async () => {
    for (let round = 0; round < 2; round += 1) {
      const all = await Promise.all(times(6, () => invite(given)));
      const typed = someone();
      const replies = await Promise.all(all.map(({ url }) => signUpThrough(given.http, url, typed)));
      expect(replies.map(endOf)).toEqual(times(6, () => GOOD_END));
      for (const invited of all) await expectSetUpOnce(given, invited, typed.email);
    }
  });

  it("races a revoke: whoever is first, the books agree and the link says what came of it", async () => {
    for (let round = 0; round < 8; round += 1) {
      const invited = await invite(given);
      const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
      const [reply, revoked] = await Promise.all([
        postForm(given.http, invited.url, formToken, someone()),
        given.call("revoke", invited.id),
      ]);
      expect(revoked.status).toBe(200);
      expect([303, 410]).toContain(reply.status);
      expect(await statusOf(given, invited)).toBe("REVOKED");
      expect((await given.http.get(pathOf(invited.url))).status).toBe(410);
      await given.expectBooksToAgree();
    }
  });
});

onEveryDatabase("coming again to an activation link", (given) => {
  it("finds the same good end by the back button, with anything typed, and changes nothing", async () => {
    const invited = await invite(given);
    const typed = someone();
    const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
    const first = await postForm(given.http, invited.url, formToken, typed);
    await unchangedBy(given, async () => {
      for (const again of [typed, someone(), { ...typed, password: "" }])
        expect(endOf(await postForm(given.http, invited.url, formToken, again))).toEqual(endOf(first));
    });
    await expectSetUpOnce(given, invited, typed.email);
  });

  it("finds it from a second tab with another link of the same entitlement", async () => {
    const invited = await invite(given);
    const fresh = (await given.call("activationInfo", invited.id)).body as Record<string, string>;
    const secondUrl = fresh.activationUrl ?? "";
    expect(secondUrl).not.toBe(invited.url);
    const tabs = [invited.url, secondUrl];
    const formTokens = await Promise.all(
      tabs.map(async (url) => formTokenOf(await given.http.get(pathOf(url)))),
    );
    const typed = someone();
    for (const [index, url] of tabs.entries())
      expect(endOf(await postForm(given.http, url, formTokens[index] ?? "", typed))).toEqual(GOOD_END);
    await expectSetUpOnce(given, invited, typed.email);
  });

  it("finds it from two tabs at once", async () => {
    const invited = await invite(given);
    const fresh = (await given.call("activationInfo", invited.id)).body as Record<string, string>;
    const typed = someone();
    const replies = await Promise.all(
      [invited.url, fresh.activationUrl ?? ""].map((url) => signUpThrough(given.http, url, typed)),
    );
    expect(replies.map(endOf)).toEqual([GOOD_END, GOOD_END]);
    await expectSetUpOnce(given, invited, typed.email);
  });

  it("is told “already set up” with 200, and where to go on", async () => {
    const { url } = await invite(given);
    await signUpThrough(given.http, url, someone());
    const reply = await given.http.get(pathOf(url));
    expect([reply.status, h1Of(reply)]).toEqual([200, "You are already set up"]);
    expect(reply.text).toContain(`href="${WELCOME}"`);
  });

  it("is told 410 once it has ended, also with the form in hand, and nothing changes", async () => {
    const invited = await invite(given);
    const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
    await given.call("revoke", invited.id);
    await unchangedBy(given, async () => {
      expect((await given.http.get(pathOf(invited.url))).status).toBe(410);
      expect((await postForm(given.http, invited.url, formToken, someone())).status).toBe(410);
    });
  });
});

onEveryDatabase("a link that does not work", (given) => {
  it("is 404 when it has expired, also with the form in hand, and nothing changes", async () => {
    const { url } = await invite(given);
    const formToken = formTokenOf(await given.http.get(pathOf(url)));
    await given.advance(25 * HOUR_MS);
    await unchangedBy(given, async () => {
      expect((await given.http.get(pathOf(url))).status).toBe(404);
      expect((await postForm(given.http, url, formToken, someone())).status).toBe(404);
    });
  });

  it("still says “already set up” after its expiry where it was used", async () => {
    const { url } = await invite(given);
    await signUpThrough(given.http, url, someone());
    await given.advance(25 * HOUR_MS);
    expect((await given.http.get(pathOf(url))).status).toBe(200);
  });

  it("each lives until its own expiry: a newer one kills no older one", async () => {
    const invited = await invite(given);
    await given.advance(20 * HOUR_MS);
    const fresh = (await given.call("activationInfo", invited.id)).body as Record<string, string>;
    const newer = fresh.activationUrl ?? "";
    const seen = async (): Promise<number[]> => [
      (await given.http.get(pathOf(invited.url))).status,
      (await given.http.get(pathOf(newer))).status,
    ];
    expect(await seen()).toEqual([200, 200]);
    await given.advance(5 * HOUR_MS);
    expect(await seen()).toEqual([404, 200]);
    const typed = someone();
    expect(endOf(await signUpThrough(given.http, newer, typed))).toEqual(GOOD_END);
    expect(await seen()).toEqual([200, 200]);
    await expectSetUpOnce(given, invited, typed.email);
  });

  it("is 404 when it is forged, cut or another's, with the same page as an expired one", async () => {
    const { url } = await invite(given);
    const token = url.slice(url.lastIndexOf("/") + 1);
    const swapped = (token.startsWith("A") ? "B" : "A") + token.slice(1);
    const expired = await invite(given);
    await given.advance(25 * HOUR_MS);
    const expected = await given.http.get(pathOf(expired.url));
    expect(expected.status).toBe(404);
    for (const wrong of [swapped, token.slice(0, -1), `${token}A`, token.toUpperCase(), "x"]) {
      const reply = await unchangedBy(given, () => given.http.get(`/activate/${wrong}`));
      expect([reply.status, reply.text]).toEqual([404, expected.text]);
    }
  });

  it.each([
    ["another link's", async () => formTokenOf(await given.http.get(pathOf((await invite(given)).url)))],
    ["a made-up", () => Promise.resolve(`${String(Date.now())}.${"A".repeat(43)}`)],
    ["no", () => Promise.resolve("")],
  ] as const)("does not take %s form token, and changes nothing", async (_name, formToken) => {
    const invited = await invite(given);
    const sent = await formToken();
    const typed = someone();
    const reply = await unchangedBy(given, () => postForm(given.http, invited.url, sent, typed));
    expect(reply.status).toBe(403);
    expect(reply.text).toContain(typed.email);
    expect(await statusOf(given, invited)).toBe("PENDING");
    const again = await postForm(given.http, invited.url, formTokenOf(reply), typed);
    expect(endOf(again)).toEqual(GOOD_END);
  });
});

/** The demo, with steps of it replaced by a test. */
function steered(
  title: string,
  tests: (given: Scenario, steps: Steps) => void,
  options: ScenarioOptions = {},
): void {
  const replaced = new Map<string, Step>();
  const asked: string[] = [];
  const accounts = ({ knex }: Database): AccountSystem => {
    const { ledger: _ledger, ...demo } = demoAccountSystem(knex);
    const members = Object.entries(demo).map(([name, member]: [string, unknown]) => {
      if (typeof member !== "function") return [name, member];
      const own = member as (...args: unknown[]) => Promise<unknown>;
      const step = async (...args: unknown[]): Promise<unknown> => {
        asked.push(name);
        const other = replaced.get(name);
        return other ? other(() => own(...args)) : own(...args);
      };
      return [name, step];
    });
    return Object.fromEntries(members) as AccountSystem;
  };
  const once: Steps["once"] = (name, step) => {
    replaced.set(name, (own) => {
      replaced.delete(name);
      return step(own);
    });
  };
  onEveryDatabase(
    title,
    (given) => {
      beforeEach(() => {
        replaced.clear();
        asked.length = 0;
      });
      tests(given, { once, always: (name, step) => replaced.set(name, step), asked });
    },
    { accounts, ...options },
  );
}

type Step = (own: () => Promise<unknown>) => Promise<unknown>;
interface Steps {
  /** The next call of this step does so instead. */
  readonly once: (name: keyof DemoAccountSystem, step: Step) => void;
  /** All calls of this step do, until the test ends. */
  readonly always: (name: keyof DemoAccountSystem, step: Step) => void;
  readonly asked: readonly string[];
}

const DOWN: Step = () => Promise.resolve({ kind: "retryLater" });
const LOST: Step = async (own) => {
  await own();
  throw new Error("the connection was reset");
};

steered("an account system that refuses", (given, steps) => {
  it("tells who may not have more, before any account is made, and changes nothing", async () => {
    const invited = await invite(given);
    expect((await given.activate({ sharedCustomerId: invited.sharedCustomerId })).status).toBe(201);
    const typed = someone();
    const reply = await unchangedBy(given, () => signUpThrough(given.http, invited.url, typed));
    expect(reply.status).toBe(422);
    expect(reply.text).toContain("as many of these subscriptions as it may");
    expect(reply.text).toContain(typed.email);
    expect(await statusOf(given, invited)).toBe("PENDING");
  });

  it.each([
    ["NOT_ELIGIBLE", "cannot have this subscription"],
    ["ALREADY_SUBSCRIBED", "has such a subscription already"],
  ])("tells who became %s between activate and sign-up, and registers nobody", async (reason, text) => {
    const invited = await invite(given);
    steps.once("eligibility", () => Promise.resolve({ kind: "refused", reason }));
    const reply = await unchangedBy(given, () => signUpThrough(given.http, invited.url, someone()));
    expect(reply.status).toBe(422);
    expect(reply.text).toContain(text);
    expect(steps.asked).not.toContain("register");
  });

  it.each([
    ["register", "EMAIL_INVALID", 'id="email-error"', "address cannot be used here"],
    ["register", "PASSWORD_TOO_WEAK", 'id="password-error"', "password cannot be used here"],
    ["activate", "ALREADY_SUBSCRIBED", "alert", "has such a subscription already"],
    ["link", "ALREADY_SUBSCRIBED", "alert", "has such a subscription already"],
  ] as const)("says what to do where %s is refused for %s", async (name, reason, place, text) => {
    const invited = await invite(given);
    steps.once(name, () => Promise.resolve({ kind: "refused", reason }));
    const reply = await signUpThrough(given.http, invited.url, someone());
    expect(reply.status).toBe(422);
    expect(reply.text).toContain(place);
    expect(reply.text).toContain(text);
    expect(await statusOf(given, invited)).toBe("PENDING");
  });

  it.each([undefined, "", 17, "x".repeat(256)])(
    "sets nobody up on an account that is called %j",
    async (accountReference) => {
      const invited = await invite(given);
      steps.once("register", () => Promise.resolve({ kind: "done", accountReference }));
      expect((await signUpThrough(given.http, invited.url, someone())).status).toBe(503);
      expect(await statusOf(given, invited)).toBe("PENDING");
      expect(steps.asked.slice(-1)).toEqual(["register"]);
    },
  );

  it.each(["register", "link", "activate"] as const)(
    "tells of a refused %s, leaves it PENDING, and lets the next try end well",
    async (name) => {
      const invited = await invite(given);
      const typed = someone();
      steps.once(name, () => Promise.resolve({ kind: "refused", reason: "NO" }));
      const reply = await signUpThrough(given.http, invited.url, typed);
      expect(reply.status).toBe(422);
      expect(reply.text).toContain("could not set this up with that account");
      expect(await statusOf(given, invited)).toBe("PENDING");
      const { turn, slot = [] } = await given.tables();
      expect([turn, slot.filter((row) => String(row).includes(invited.id))]).toEqual([[], []]);
      expect(endOf(await signUpThrough(given.http, invited.url, typed))).toEqual(GOOD_END);
      expect(await historyOf(given, invited)).toEqual(["activate", "completeSignUp"]);
    },
  );
});

steered(
  "an account system that is down",
  (given, steps) => {
    const FAULTS = { "that says so": DOWN, "that takes effect and never answers": LOST };
    const CASES = (["eligibility", "register", "link", "activate"] as const).flatMap((name) =>
      Object.entries(FAULTS).map(([how, step]) => ({ name, how, step })),
    );

    it.each(CASES)(
      "at $name, $how: 503 with the e-mail kept, and later the same form ends well",
      async ({ name, step }) => {
        const invited = await invite(given);
        const typed = someone();
        const formToken = formTokenOf(await given.http.get(pathOf(invited.url)));
        steps.once(name, step);
        const reply = await postForm(given.http, invited.url, formToken, typed);
        expect([reply.status, Number(reply.headers["retry-after"])]).toEqual([503, 15]);
        expect(reply.text).toContain(`value="${typed.email}"`);
        expect(reply.text).not.toContain(typed.password);
        expect(await historyOf(given, invited)).toEqual(["activate"]);
        expect(await outboxOf(given, invited)).toEqual([]);
        expect(endOf(await postForm(given.http, invited.url, formToken, typed))).toEqual(GOOD_END);
        await expectSetUpOnce(given, invited, typed.email);
      },
    );

    it("at authenticate: 503, and later the same form ends well", async () => {
      const known = someone();
      await signUpThrough(given.http, (await invite(given)).url, known);
      const invited = await invite(given);
      const typed = { ...known, choice: "existing" as const };
      steps.once("authenticate", DOWN);
      expect((await signUpThrough(given.http, invited.url, typed)).status).toBe(503);
      expect(endOf(await signUpThrough(given.http, invited.url, typed))).toEqual(GOOD_END);
      await expectSetUpOnce(given, invited, typed.email);
    });

    it("finds the lost activation in the background too, where the customer does not come back", async () => {
      const invited = await invite(given);
      const typed = someone();
      steps.once("activate", LOST);
      expect((await signUpThrough(given.http, invited.url, typed)).status).toBe(503);
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      expect(await given.core.settleDue()).toBe(1);
      await expectSetUpOnce(given, invited, typed.email);
      expect((await given.http.get(pathOf(invited.url))).status).toBe(200);
    });
  },
  { limits: { accountDeadlineMs: 1500 } },
);

/** All that a sign-up asks takes four times this long; one request has time for two and a half. */
const SLOW_MS = 400;
const SLOWLY: Step = async (own) => {
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  return own();
};
const SLOW_STEPS = ["eligibility", "register", "link", "activate", "lookup"] as const;

steered(
  "an account system that is too slow for all of a sign-up in one request",
  (given, steps) => {
    const slowly = (): void => {
      for (const name of SLOW_STEPS) steps.always(name, SLOWLY);
    };
    const settleOnce = async (): Promise<void> => {
      await given.core.database.knex("journal").where({ state: "unknown" }).update({ dueAt: 0 });
      await given.core.settleDue();
    };

    it("has the customer's next form go on where the first one stopped", async () => {
      const invited = await invite(given);
      const typed = someone();
      slowly();
      let tries = 0;
      for (let reply: Response | null = null; reply?.status !== 303; tries += 1) {
        expect(tries).toBeLessThan(4);
        reply = await signUpThrough(given.http, invited.url, typed);
        if (reply.text.includes("already set up")) break;
      }
      expect(tries).toBeGreaterThan(1);
      await expectSetUpOnce(given, invited, typed.email);
    });

    it("sets up a customer who does not come back, once the account is known", async () => {
      const invited = await invite(given);
      const typed = someone();
      slowly();
      expect((await signUpThrough(given.http, invited.url, typed)).status).toBe(503);
      for (let pass = 0; pass < 4 && (await statusOf(given, invited)) === "PENDING"; pass += 1)
        await settleOnce();
      await expectSetUpOnce(given, invited, typed.email);
    });
  },
  { limits: { accountDeadlineMs: 2.5 * SLOW_MS } },
);

steered("what is kept of a sign-up", (given, steps) => {
  it("holds in no table a password or a token, and the e-mail only in the account system's", async () => {
    const tokens: string[] = [];
    const typed = someone();
    const middle: string[] = [];
    const look: Step = async (own) => {
      middle.push(JSON.stringify((await wholeDatabase(given)).journal));
      return own();
    };
    for (const choice of ["new", "existing"] as const) {
      const { url } = await invite(given);
      tokens.push(url.slice(url.lastIndexOf("/") + 1));
      for (const name of ["eligibility", "register", "authenticate", "link", "activate"] as const)
        steps.once(name, look);
      const wrong = { ...typed, choice: "existing" as const, password: "a-wrong-password" };
      expect((await signUpThrough(given.http, url, wrong)).status).toBe(422);
      for (const name of ["eligibility", "register", "authenticate", "link", "activate"] as const)
        steps.once(name, look);
      expect(endOf(await signUpThrough(given.http, url, { ...typed, choice }))).toEqual(GOOD_END);
    }
    expect(middle.length).toBeGreaterThanOrEqual(9);
    expect(middle.some((rows) => rows.includes("accountReference"))).toBe(true);
    for (const rows of middle) {
      expect(rows).toContain("completeSignUp");
      for (const secret of [typed.password, typed.email, "a-wrong-password", ...tokens])
        expect(rows).not.toContain(secret);
    }
    const tables = await wholeDatabase(given);
    expect(Object.keys(tables)).toEqual(expect.arrayContaining(["journal", "outbox", "demo_login"]));
    for (const [name, rows] of Object.entries(tables)) {
      for (const secret of [typed.password, "a-wrong-password", ...tokens])
        expect(rows).not.toContain(secret);
      if (!["demo_account", "demo_login"].includes(name)) expect(rows).not.toContain(typed.email);
    }
    const [login] = await rowsOf(given, "demo_login", { email: typed.email });
    expect(login?.passwordHash).toMatch(/^scrypt:[\w-]{22}:[\w-]{43}$/);
  });

  it("hashes passwords at no less than OWASP asks for, and where there is no such account too", async () => {
    const hash = jest.spyOn(crypto, "scrypt");
    const typed = someone();
    const invited = await invite(given);
    for (const [choice, status] of [
      ["existing", 422],
      ["new", 303],
    ] as const) {
      hash.mockClear();
      expect((await signUpThrough(given.http, invited.url, { ...typed, choice })).status).toBe(status);
      expect(hash).toHaveBeenCalled();
      for (const [, , , asked] of hash.mock.calls) expect(asked).toMatchObject({ N: 2 ** 16, r: 8, p: 1 });
    }
    hash.mockRestore();
  });
});

const LISTED = ["https://shop.example/done", "https://other.example/"];
const RESELLERS = [{ ...BANGOTEL, returnUrls: LISTED }];

onEveryDatabase(
  "where the customer goes on",
  (given) => {
    const asking = (returnUrl: string): Body => ({ extraInformation: { returnUrl } });
    const query = (url: string): string => `?returnUrl=${encodeURIComponent(url)}`;
    const CASES: readonly (readonly [string, Body, string, string])[] = [
      ["the reseller's first where nothing is asked", {}, "", "https://shop.example/done"],
      ["the activate call's", asking("https://other.example/a?b=1"), "", "https://other.example/a?b=1"],
      [
        "the query's before the activate call's",
        asking("https://other.example/a"),
        query("https://shop.example/done/q"),
        "https://shop.example/done/q",
      ],
      ["no stranger's", asking("https://evil.example/"), query("https://evil.example/"), LISTED[0] ?? ""],
      ["no path beside the listed one", {}, query("https://shop.example/done-evil"), LISTED[0] ?? ""],
      ["no script", {}, query("javascript:alert(1)"), LISTED[0] ?? ""],
    ];

    it.each(CASES)("is %s, at once and at every later visit", async (_name, overrides, search, expected) => {
      const { url } = await invite(given, overrides);
      expect(endOf(await signUpThrough(given.http, url + search, someone()))).toEqual([303, expected]);
      const again = await given.http.get(pathOf(url + search));
      expect(again.status).toBe(200);
      expect(again.text).toContain(`href="${expected}"`);
    });
  },
  { file: { resellers: RESELLERS } },
);
