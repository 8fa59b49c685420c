import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { formTokenOf, pathOf } from "./support/browser.js";
import type { TypedForm } from "./support/browser.js";
import { ENGINES } from "./support/engines.js";
import { requireBuilt } from "./support/mia.js";
import { environmentOf, openScenario } from "./support/scenario.js";
import type { Body, Scenario } from "./support/scenario.js";
import { startServe } from "./support/serve-process.js";
import type { ServeProcess } from "./support/serve-process.js";

/** Nothing has happened yet that the customer's repeat would not find again. */
const BEFORE_THE_REFERENCE = [
  "before begin",
  "after begin",
  "before eligibility",
  "after eligibility",
  "before register",
  "after register",
  "before note",
] as const;
const BEFORE_ACTIVATION = ["after note", "before link", "after link", "before activate"] as const;
const AFTER_ACTIVATION = ["after activate", "during apply"] as const;
const AFTER_COMMIT = ["after apply"] as const;
/** Where the repeat could find something else than a step before; the others are killed below. */
const STEPS = [
  ...["before begin", "after begin", "before register", "after register"],
  ...[...BEFORE_ACTIVATION, ...AFTER_ACTIVATION, ...AFTER_COMMIT],
];

/** A dead process's lease has to run out on MySQL, where another process might be alive: not long, here. */
const OPTIONS = { limits: { accountDeadlineMs: 1000, leaseMs: 1300 } };
const SETTLED_MS = 20_000;

interface Reply {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Null where the other side died. */
async function send(
  serve: ServeProcess,
  url: string,
  fields?: Record<string, string>,
): Promise<Reply | null> {
  try {
    const response = await fetch(serve.publicUrl + pathOf(url), {
      method: fields ? "POST" : "GET",
      redirect: "manual",
      headers: { Connection: "close" },
      body: fields ? new URLSearchParams(fields) : null,
    });
    return {
      status: response.status,
      location: response.headers.get("location"),
      text: await response.text(),
    };
  } catch {
    return null;
  }
}

describe.each(ENGINES.map((engine) => ({ engine })))(
  "a process killed in the middle of a sign-up ($engine)",
  ({ engine }) => {
    let given: Scenario & { close: () => Promise<void> };
    let env: Readonly<Record<string, string>>;

    beforeAll(async () => {
      requireBuilt();
      given = await openScenario(engine, OPTIONS);
      env = environmentOf(given.folder, given.databaseUrl, OPTIONS);
    });
    afterAll(async () => {
      await given.close();
    });

    interface Dead {
      readonly url: string;
      readonly id: string;
      readonly entitlementId: string;
      readonly typed: TypedForm;
      /** As the customer's browser still has it. */
      readonly fields: Record<string, string>;
    }

    async function killedAt(step: string): Promise<Dead> {
      const activated = await given.activate({ productKey: "MUSIC" });
      expect(activated.status).toBe(202);
      const {
        activationUrl = "",
        merchantEntitlementId = "",
        entitlementId = "",
      } = activated.body as Record<string, string>;
      const typed = { email: `${randomUUID()}@example.com`, password: randomUUID() };
      const doomed = await startServe(env, given.folder, step);
      const page = await send(doomed, activationUrl);
      expect(page?.status).toBe(200);
      const formToken = formTokenOf({ text: page?.text ?? "" });
      const fields = { choice: "new", ...typed, consent: "yes", formToken };
      // On a busy machine a second is short for a password to be hashed: the customer tries once more, until it dies.
      let reply = await send(doomed, activationUrl, fields);
      for (let tries = 0; tries < 5 && reply?.status === 503; tries += 1)
        reply = await send(doomed, activationUrl, fields);
      expect(reply).toBeNull();
      await doomed.gone;
      return { url: activationUrl, id: merchantEntitlementId, entitlementId, typed, fields };
    }

    async function withHeir<T>(act: (heir: ServeProcess) => Promise<T>): Promise<T> {
      const heir = await startServe(env, given.folder);
      try {
        return await act(heir);
      } finally {
        await heir.kill("SIGKILL");
      }
    }

    const rows = (table: string, where: Body): Promise<Body[]> =>
      Promise.resolve(given.core.database.knex<Body>(table).where(where));
    const stateOf = async ({ id }: Dead): Promise<string> =>
      String(((await given.call("read", id)).body as Body).status);
    const isBegun = async ({ id }: Dead): Promise<boolean> =>
      (await rows("journal", { merchantEntitlementId: id })).some(
        ({ operation }) => operation === "completeSignUp",
      );

    /** Waits for the heir's own passes, as an operator would. */
    async function until(is: () => Promise<boolean>): Promise<void> {
      const endsAt = Date.now() + SETTLED_MS;
      while (!(await is())) {
        if (Date.now() > endsAt) throw new Error("it was never settled");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    async function expectSetUpOnce({ id, entitlementId, typed }: Dead): Promise<void> {
      const history = await given.core.store.listHistory(id);
      expect(history.map(({ operation }) => operation)).toEqual(["activate", "completeSignUp"]);
      const accounts = await rows("demo_account", { customer: typed.email });
      expect([accounts.length, (await rows("demo_login", { email: typed.email })).length]).toEqual([1, 1]);
      const effects = await given.ledger(entitlementId);
      expect(effects.map(({ operation }) => operation).sort()).toEqual(["activate", "link"]);
      expect(await rows("demo_subscription", { merchantEntitlementId: id })).toEqual([
        expect.objectContaining({ accountId: accounts[0]?.accountId, status: "active" }),
      ]);
      const confirmations = await rows("outbox", { merchantEntitlementId: id });
      expect(confirmations.map(({ kind }) => kind)).toEqual(["activate"]);
      expect((await given.tables()).turn).toEqual([]);
      await given.expectBooksToAgree();
    }

    it.each(STEPS)(
      "%s: the customer's repeated form ends well, with one account and one event",
      async (step) => {
        const dead = await killedAt(step);
        await withHeir(async (heir) => {
          let reply: Reply | null = null;
          for (let tries = 0; tries < 20 && reply?.status !== 303; tries += 1) {
            reply = await send(heir, dead.url, dead.fields);
            expect([303, 503]).toContain(reply?.status);
          }
          expect([reply?.status, reply?.location]).toEqual([303, "/welcome"]);
          expect((await send(heir, dead.url))?.text).toContain("You are already set up");
        });
        await expectSetUpOnce(dead);
      },
    );

    /** Killed one after the other, since a SQLite file serves one process; then there is one heir for all. */
    const leftBehind = (steps: readonly string[], isOver: (one: Dead) => Promise<boolean>) => {
      const dead = new Map<string, Dead>();
      beforeAll(async () => {
        for (const step of steps) {
          const one = await killedAt(step);
          dead.set(step, one);
          expect([step, await isBegun(one)]).toEqual([step, true]);
        }
        const areOver = async (): Promise<boolean> =>
          !(await Promise.all([...dead.values()].map(isOver))).includes(false);
        await withHeir(() => until(areOver));
      }, 90_000);
      return (step: string): Dead => {
        const one = dead.get(step);
        if (one === undefined) throw new Error("nobody died there");
        return one;
      };
    };

    describe("once its account is known, where the customer does not come back", () => {
      const GOING_ON = [...BEFORE_ACTIVATION, ...AFTER_ACTIVATION, ...AFTER_COMMIT];
      const deadAt = leftBehind(GOING_ON, async (one) => (await stateOf(one)) === "ACTIVE");

      it.each(GOING_ON)("%s: it becomes ACTIVE, with its confirmation", async (step) => {
        await expectSetUpOnce(deadAt(step));
      });
    });

    describe("before its account is known, where the customer does not come back", () => {
      const LAPSING = BEFORE_THE_REFERENCE.slice(1);
      const deadAt = leftBehind(LAPSING, async (one) => !(await isBegun(one)));

      it.each(LAPSING)("%s: it lapses: PENDING, no turn, no slot, nothing to tell", async (step) => {
        const one = deadAt(step);
        expect((await given.http.get(pathOf(one.url))).status).toBe(200);
        expect(await stateOf(one)).toBe("PENDING");
        const { turn, slot = [] } = await given.tables();
        expect([turn, slot.filter((row) => String(row).includes(one.id))]).toEqual([[], []]);
        expect(await rows("outbox", { merchantEntitlementId: one.id })).toEqual([]);
        expect(await rows("demo_subscription", { merchantEntitlementId: one.id })).toEqual([]);
        const history = await given.core.store.listHistory(one.id);
        expect(history.map(({ operation }) => operation)).toEqual(["activate"]);
      });
    });
  },
);
