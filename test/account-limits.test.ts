import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import supertest from "supertest";
import type { Response } from "supertest";
import { withHooks } from "../src/accounts/with-hooks.js";
import { withLimits } from "../src/accounts/with-limits.js";
import { composeCore } from "../src/compose.js";
import { composeServer } from "../src/compose-server.js";
import { pinoLogger } from "../src/logger.js";
import type { AccountCall, AccountSystem } from "../src/ports/account-system.js";
import type { Database } from "../src/store/database.js";
import { fakeAccounts } from "./support/fake-accounts.js";
import { accountCall } from "./support/http-accounts.js";
import { BANGOTEL, openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";
import { ENGINES } from "./support/engines.js";

const OTHERTEL = { ...BANGOTEL, resellerId: "OTHERTEL", limits: { accountCalls: 1 } };
const FILE = { resellers: [BANGOTEL, OTHERTEL] };

type Given = Scenario & { close: () => Promise<void> };

/** Lets BANGOTEL's calls in one by one, when told to; everybody else's are answered at once. */
function slowFor(resellerId: string) {
  const inside: (() => void)[] = [];
  const asked: AccountCall[] = [];
  let most = 0;
  let now = 0;
  const system: AccountSystem = {
    ...fakeAccounts().system,
    activate: async (call) => {
      asked.push(call);
      if (call.entitlement.resellerId === resellerId) {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => inside.push(resolve));
        now -= 1;
      }
      return { kind: "done", accountReference: "account-1" };
    },
  };
  return {
    system,
    asked: (of: string) => asked.filter(({ entitlement }) => entitlement.resellerId === of),
    most: () => most,
    /** Answers whoever is inside, and whoever comes in then, until `answers` have all come. */
    open: async (answers: readonly Promise<Response>[]): Promise<Response[]> => {
      const over = { yet: false };
      const all = Promise.all(answers).finally(() => {
        over.yet = true;
      });
      while (!over.yet) {
        for (const leave of inside.splice(0)) leave();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return all;
    },
  };
}

/** The same database, which knows how many transactions are under way. */
function counted(inner: Database): { readonly database: Database; readonly open: () => number } {
  let open = 0;
  const database: Database = {
    ...inner,
    transaction: async (script) => {
      open += 1;
      try {
        return await inner.transaction(script);
      } finally {
        open -= 1;
      }
    },
  };
  return { database, open: () => open };
}

describe.each(ENGINES)("a slow account system (%s)", (engine) => {
  let given: Given;
  const opened = async (
    accounts: AccountSystem,
    limits: Record<string, number>,
    act: (http: ReturnType<typeof supertest>, open: () => number) => Promise<void>,
  ): Promise<void> => {
    given = await openScenario(engine, { file: FILE, limits, accounts: () => accounts });
    try {
      const { database, open } = counted(given.core.database);
      const core = await composeCore(given.core.config, {
        database,
        log: pinoLogger("silent"),
        accounts: () => accounts,
      });
      await act(supertest(composeServer(core).publicApp), open);
      await core.close();
    } finally {
      await given.close();
    }
  };
  const sell = (http: ReturnType<typeof supertest>, resellerId: string, id: string = randomUUID()) =>
    given.callOf(http, "activate", null, {
      body: given.newActivation({
        resellerId,
        entitlementId: id,
        sharedCustomerId: `of-${id}`,
        requestId: id,
      }),
    });

  it("takes up one reseller's places, opens no transaction meanwhile, and delays no other", async () => {
    const slow = slowFor("BANGOTEL");
    const limits = {
      accountCallsPerReseller: 2,
      accountDeadlineMs: 20_000,
      accountQueueMs: 10_000,
      leaseMs: 30_000,
    };
    await opened(slow.system, limits, async (http, open) => {
      // Two are asked, four times as many wait: of eleven there is one for whom no place is left.
      const calls = Array.from({ length: 11 }, () => sell(http, "BANGOTEL"));
      const shed = await Promise.race(calls);
      expect([shed.status, shed.headers["retry-after"]]).toEqual([503, "2"]);
      expect(shed.body.responseCode).toBe("SERVICE_UNAVAILABLE");
      expect(open()).toBe(0);
      const others = await Promise.all([sell(http, "OTHERTEL"), sell(http, "OTHERTEL")]);
      expect(others.map(({ status }) => status)).toEqual([201, 201]);
      expect([slow.asked("BANGOTEL").length, slow.asked("OTHERTEL").length]).toEqual([2, 2]);
      expect(open()).toBe(0);

      const statuses = (await slow.open(calls)).map(({ status }) => status);
      expect(statuses.sort()).toEqual([...Array<number>(10).fill(201), 503]);
      expect([slow.asked("BANGOTEL").length, slow.most()]).toEqual([10, 2]);
    });
  });

  it("sheds who waits too long, before its deadline: nothing is asked, held or kept, and the repeat is served", async () => {
    const slow = slowFor("BANGOTEL");
    const limits = {
      accountCallsPerReseller: 1,
      accountDeadlineMs: 20_000,
      accountQueueMs: 20,
      leaseMs: 30_000,
    };
    await opened(slow.system, limits, async (http) => {
      const first = sell(http, "BANGOTEL");
      // Of two calls at once either may be the one that is asked.
      while (slow.asked("BANGOTEL").length === 0) await new Promise((resolve) => setImmediate(resolve));
      const id = randomUUID();
      const second = await Promise.race([first, sell(http, "BANGOTEL", id)]);
      expect(second.status).toBe(503);
      expect(slow.asked("BANGOTEL")).toHaveLength(1);
      expect(await given.core.store.listUnknownRows(10)).toEqual([]);
      const served = await slow.open([first, first.then(() => sell(http, "BANGOTEL", id))]);
      expect(served.map(({ status }) => status)).toEqual([201, 201]);
      expect(slow.asked("BANGOTEL")).toHaveLength(2);
    });
  });

  it("does not take a repeat that did nothing for news of the call before it", async () => {
    const fake = fakeAccounts({ lookup: false, idempotent: true });
    let isBusy = false;
    const repeats: boolean[] = [];
    const system: AccountSystem = {
      ...fake.system,
      suspend: (call) => {
        repeats.push(call.repeat === true);
        return isBusy ? Promise.resolve({ kind: "retryLater" }) : fake.system.suspend!(call);
      },
    };
    await opened(system, { accountDeadlineMs: 300, turnWaitMs: 100 }, async (http) => {
      const { merchantEntitlementId = "" } = await given.entitlementAt("ACTIVE");
      const suspend = () =>
        given.callOf(http, "suspend", merchantEntitlementId, { body: { requestId: "suspend-1" } });
      fake.next("suspend", "silent after its effect");
      expect((await suspend()).status).toBe(503);
      isBusy = true;
      expect((await suspend()).status).toBe(503);
      expect(await given.core.store.listUnknownRows(10)).toHaveLength(1);
      isBusy = false;
      expect((await suspend()).body.status).toBe("SUSPENDED");
      expect([repeats[0], new Set(repeats.slice(1))]).toEqual([false, new Set([true])]);
      expect(fake.effects.size).toBe(2);
    });
  });
});

it("an account system whose methods are not async is asked as any other is", async () => {
  const log = pinoLogger("silent");
  // Plain JavaScript may do so; the types of the port would not let it.
  const plain = { ...fakeAccounts().system, activate: () => ({ kind: "done" }) } as unknown as AccountSystem;
  const limits = { accountCalls: () => 1, queueMs: 0, log };
  expect(await withLimits(plain, limits).activate(accountCall())).toEqual({ kind: "done" });
  expect(await withHooks(plain, {}, { timeoutMs: 100, log }).activate(accountCall())).toEqual({
    kind: "done",
  });
});

describe("the places of a reseller", () => {
  const log = pinoLogger("silent");
  const callOf = (key: string, resellerId = "A", deadlineMs = 60_000) => {
    const controller = new AbortController();
    const call = {
      idempotencyKey: key,
      entitlement: { resellerId },
      signal: controller.signal,
      deadlineAt: Date.now() + deadlineMs,
    } as unknown as AccountCall;
    return {
      call,
      abort: () => {
        controller.abort();
      },
    };
  };
  /** A system whose every call is answered by hand, and a limit that can be moved. */
  const limited = (queueMs = 30_000) => {
    const answers = new Map<string, () => void>();
    const asked: string[] = [];
    const max = { current: 1 };
    const system = withLimits(
      {
        ...fakeAccounts().system,
        suspend: ({ idempotencyKey }) => {
          asked.push(idempotencyKey);
          return new Promise((resolve) => {
            answers.set(idempotencyKey, () => {
              resolve({ kind: "done" });
            });
          });
        },
      },
      { accountCalls: () => max.current, queueMs, log },
    );
    const ask = (given: { call: AccountCall }) => system.suspend!(given.call);
    return { ask, asked, max, answer: (key: string) => answers.get(key)!() };
  };

  /** All that can go on has gone on. */
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("are given in the order of coming", async () => {
    const { ask, asked, answer } = limited();
    const calls = ["1", "2", "3"].map((key) => ask(callOf(key)));
    for (const [index, key] of ["1", "2", "3"].entries()) {
      await turn();
      expect(asked).toHaveLength(index + 1);
      answer(key);
      expect(await calls[index]).toEqual({ kind: "done" });
    }
    expect(asked).toEqual(["1", "2", "3"]);
  });

  it("are left by whoever gives up, in the queue and inside", async () => {
    const { ask, asked, answer } = limited();
    const inside = callOf("inside");
    const gone = callOf("gone");
    const calls = [ask(inside), ask(gone), ask(callOf("next"))] as const;
    gone.abort();
    expect((await calls[1]).kind).toBe("retryLater");
    inside.abort();
    await expect(calls[0]).rejects.toThrow("deadline");
    expect(asked).toEqual(["inside", "next"]);
    answer("next");
    expect(await calls[2]).toEqual({ kind: "done" });
  });

  it("are never waited for longer than half of what the call has left", async () => {
    const { ask, asked } = limited();
    const held = callOf("held");
    const stays = ask(held);
    const short = callOf("short", "A", 40);
    const shed = await ask(short);
    expect(shed.kind).toBe("retryLater");
    expect(Date.now()).toBeLessThan(short.call.deadlineAt);
    expect(asked).toEqual(["held"]);
    held.abort();
    await expect(stays).rejects.toThrow("deadline");
  });

  it("follow a limit that is changed, at the next call", async () => {
    const { ask, asked, max, answer } = limited();
    const first = ask(callOf("1"));
    max.current = 2;
    const second = ask(callOf("2"));
    await turn();
    expect(asked).toEqual(["1", "2"]);
    answer("1");
    answer("2");
    await Promise.all([first, second]);
  });
});
