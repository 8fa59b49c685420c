import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { AccountSystemRefused } from "../src/accounts/check-account-system.js";
import { loadHooks } from "../src/accounts/load-hooks.js";
import type { AccountCall, AccountHooks, AccountResult } from "../src/ports/account-system.js";
import { renewableFake } from "./support/fake-accounts.js";
import { ENGINES } from "./support/engines.js";
import { openScenario } from "./support/scenario.js";
import type { Scenario } from "./support/scenario.js";

/** What the module on the disk hands its calls to: a test decides what each hook does. */
interface Bridge {
  hooks: AccountHooks;
}
const bridge = globalThis as unknown as { miaHooks: Bridge };

const MODULE = `
const over = (side) => ({
  "*": (call, result) => globalThis.miaHooks.hooks[side]?.["*"]?.(call, result),
  suspend: (call, result) => globalThis.miaHooks.hooks[side]?.suspend?.(call, result),
});
export const before = over("before");
export const onSuccess = over("onSuccess");
export const onFailure = over("onFailure");
`;

const renewable = renewableFake({ lookup: false, idempotent: true });

describe.each(ENGINES)("hooks around the account system (%s)", (engine) => {
  let folder: string;
  let given: Scenario & { close: () => Promise<void> };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mia-hooks-"));
    writeFileSync(join(folder, "hooks.mjs"), MODULE);
    given = await openScenario(engine, {
      file: {
        accountSystem: { type: "demo", hooks: { module: join(folder, "hooks.mjs"), timeoutMs: 40 } },
      },
      limits: { accountDeadlineMs: 400, turnWaitMs: 100 },
      accounts: () => renewable.system,
    });
  });
  afterAll(async () => {
    await given.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    renewable.renew();
    bridge.miaHooks = { hooks: {} };
  });

  const active = async (): Promise<string> => {
    const { merchantEntitlementId = "" } = await given.entitlementAt("ACTIVE");
    return merchantEntitlementId;
  };
  const suspend = (id: string, requestId: string = randomUUID()) =>
    given.call("suspend", id, { body: { requestId } });
  const suspensions = (): number =>
    renewable.fake().calls.filter(({ operation }) => operation === "suspend").length;
  const open = async (): Promise<number> => (await given.core.store.listUnknownRows(100)).length;
  const failedHooks = (since: number): unknown[] =>
    given
      .logged()
      .slice(since)
      .filter(({ msg }) => msg === "hook.failed")
      .map(({ hook, operation }) => ({ hook, operation }));
  /** A hook has 40 ms: what is not logged long after that never will be. */
  const logged = async (isThere: () => boolean): Promise<void> => {
    const giveUpAt = Date.now() + 5000;
    while (!isThere() && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const never = (): Promise<never> => new Promise(() => undefined);

  describe("before", () => {
    it("see the call, those of all operations first, and let it pass", async () => {
      const id = await active();
      const seen: string[] = [];
      bridge.miaHooks.hooks = {
        before: {
          "*": ({ entitlement }: AccountCall) => {
            seen.push(`* ${entitlement.merchantEntitlementId}`);
          },
          suspend: async ({ access }: AccountCall) => {
            await Promise.resolve();
            seen.push(`suspend ${access}`);
          },
        },
      };
      expect((await suspend(id)).body.status).toBe("SUSPENDED");
      expect(seen).toEqual([`* ${id}`, "suspend none"]);
    });

    it("may refuse: Bango hears why, and nobody is asked", async () => {
      const id = await active();
      bridge.miaHooks.hooks = {
        before: { suspend: () => ({ refuse: { reason: "HOUSE_RULE", text: "not on Sundays" } }) },
      };
      const reply = await suspend(id);
      expect(reply.status).toBe(403);
      expect(JSON.stringify(reply.body)).toContain("HOUSE_RULE");
      expect(suspensions()).toBe(0);
      expect((await given.call("read", id)).text).toContain('"ACTIVE"');
    });

    it.each([
      ["throw", () => Promise.reject(new Error("the secret is 4711"))],
      [
        "throw at once",
        () => {
          throw new TypeError("oops");
        },
      ],
      ["never end", never],
      ["answer nonsense", () => ({ refuse: "yes" }) as never],
    ])("that %s: 503, nobody is asked and nothing is held; the repeat is served", async (_, hook) => {
      const id = await active();
      const since = given.logged().length;
      bridge.miaHooks.hooks = { before: { suspend: hook } };
      const requestId = randomUUID();
      const reply = await suspend(id, requestId);
      expect([reply.status, reply.headers["retry-after"], suspensions()]).toEqual([503, "2", 0]);
      expect(await open()).toBe(0);
      expect(failedHooks(since)).toEqual([{ hook: "before", operation: "suspend" }]);
      expect(JSON.stringify(given.logged().slice(since))).not.toContain("4711");
      bridge.miaHooks.hooks = {};
      expect((await suspend(id, requestId)).body.status).toBe("SUSPENDED");
    });

    it("are not asked again about a request whose outcome is not known", async () => {
      const id = await active();
      const requestId = randomUUID();
      renewable.fake().next("suspend", "silent after its effect");
      expect((await suspend(id, requestId)).status).toBe(503);
      bridge.miaHooks.hooks = { before: { suspend: () => ({ refuse: { reason: "TOO_LATE" } }) } };
      expect((await suspend(id, requestId)).body.status).toBe("SUSPENDED");
    });
  });

  describe("afterwards", () => {
    type Heard = readonly [side: string, id: string, kind: AccountResult["kind"]];
    const heard: Heard[] = [];
    const listen = (): void => {
      heard.length = 0;
      const hears = (side: string) => (call: AccountCall, result: AccountResult) => {
        heard.push([side, call.entitlement.merchantEntitlementId, result.kind]);
        // What is done to the result here is done to a copy.
        Object.assign(result, { kind: "unknown" });
      };
      bridge.miaHooks.hooks = {
        onSuccess: { suspend: hears("onSuccess") },
        onFailure: { suspend: hears("onFailure") },
      };
    };

    it("hear what was answered, once, and not of a replay or of what was already so", async () => {
      const id = await active();
      listen();
      const requestId = randomUUID();
      const first = await suspend(id, requestId);
      expect(first.body.status).toBe("SUSPENDED");
      expect((await suspend(id, requestId)).text).toBe(first.text);
      expect((await suspend(id)).status).toBe(200);
      expect(heard).toEqual([["onSuccess", id, "done"]]);
    });

    it.each([
      ["a refusal", { kind: "refused", reason: "NO" }, "refused", 403],
      ["nothing done", { kind: "retryLater" }, "retryLater", 503],
      ["silence", "silent before any effect", "unknown", 503],
      ["a throw", "throws", "unknown", 503],
      ["nonsense", "nonsense", "unknown", 503],
    ] as const)("hear of %s as a failure", async (_, behaviour, kind, status) => {
      const id = await active();
      listen();
      renewable.fake().next("suspend", behaviour);
      expect((await suspend(id)).status).toBe(status);
      expect(heard).toEqual([["onFailure", id, kind]]);
    });

    it.each([
      [
        "throw",
        () => {
          throw new Error("at once");
        },
      ],
      ["reject", () => Promise.reject(new Error("later"))],
      ["never end", never],
    ])("may %s: the answer is the same, nobody waits, and it is logged", async (_, hook) => {
      const id = await active();
      const since = given.logged().length;
      bridge.miaHooks.hooks = { onSuccess: { suspend: hook } };
      expect((await suspend(id)).body.status).toBe("SUSPENDED");
      await logged(() => failedHooks(since).length > 0);
      expect(failedHooks(since)).toEqual([{ hook: "onSuccess", operation: "suspend" }]);
    });
  });
});

describe("a module of hooks", () => {
  it.each([
    ["there is none", null, /is not found/],
    ["it has none", "export const other = 1;", /has no hooks/],
    [
      "one is of no operation",
      "export const before = { suspnd: () => undefined };",
      /before\.suspnd .* is no operation/,
    ],
    [
      "one is no function",
      "export const onFailure = { suspend: 1 };",
      /onFailure\.suspend .* is no function/,
    ],
    ["they are no table", "export const onSuccess = () => undefined;", /onSuccess .* is no object/],
  ])("stops the start where %s", async (_, text, reason) => {
    const folder = mkdtempSync(join(tmpdir(), "mia-hooks-"));
    try {
      if (text !== null) writeFileSync(join(folder, "hooks.mjs"), text);
      const source = { module: "./hooks.mjs", folder };
      const error: unknown = await loadHooks(source).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AccountSystemRefused);
      const { faults } = error as AccountSystemRefused;
      expect(faults).toHaveLength(1);
      expect(faults[0]?.what).toMatch(reason);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
