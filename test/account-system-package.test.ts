import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CONSUMER_MS_MAX, openConsumerProject } from "./support/consumer-project.js";
import type { ConsumerProject } from "./support/consumer-project.js";
import { mia } from "./support/mia.js";
import { BANGOTEL } from "./support/scenario.js";

/** A merchant's own adapter: what must compile, and what must not. */
const CONSUMER = `
import { defineAccountSystem, defineHooks, done, present, refused } from "merchant-interface-adapter/account-system";
import type {
  AccountPage,
  AccountResult,
  AccountSystem,
  ListedAccess,
  ListPage,
  Refuse,
  TraceContext,
} from "merchant-interface-adapter/account-system";

const books = new Map<string, AccountResult>();
const traces: TraceContext[] = [];
const noPlan: Refuse = { reason: "NO_PLAN" };

function pageOf({ cursor, limit }: ListPage): AccountPage {
  const rest = [...books.keys()].sort().filter((key) => cursor === null || key > cursor);
  const items = rest.slice(0, limit).map((key): ListedAccess => ({
    merchantEntitlementId: key,
    accountReference: null,
    access: "full",
  }));
  return { items, next: rest.length > limit ? (items.at(-1)?.merchantEntitlementId ?? null) : null };
}

export default defineAccountSystem<{ readonly greeting: string }>((options, { log }): AccountSystem => {
  log.warn("mine.opened", { greeting: options.greeting });
  return {
    name: "mine",
    accountSystemVersion: 1,
    lagMs: 0,
    activate: async ({ idempotencyKey, entitlement, signal, trace }) => {
      traces.push(trace);
      if (signal.aborted || entitlement.plan === null) return refused(noPlan.reason);
      const result = done({ accountReference: entitlement.merchantEntitlementId });
      books.set(idempotencyKey, result);
      return result;
    },
    revoke: async () => done(),
    lookup: async (key) => {
      const result = books.get(key);
      return result ? present(result) : { kind: "absent" };
    },
    list: async (page) => pageOf(page),
    health: async () => ({ ok: true }),
  };
});

export const hooks = defineHooks({
  before: { activate: async (call) => { call.entitlement.resellerId.trim(); } },
  onSuccess: { "*": (_call, result) => result.kind },
});

export const refusedByTheCompiler: unknown[] = [
  // @ts-expect-error nobody knows this result
  (): AccountResult => ({ kind: "perhaps" }),
  // @ts-expect-error an account system can be looked after
  defineAccountSystem(() => ({ name: "x", accountSystemVersion: 1, activate: async () => done(), revoke: async () => done() })),
  // @ts-expect-error nor is there such an operation
  defineHooks({ before: { suspnd: () => undefined } }),
];
`;

describe("the account system's types as a package", () => {
  let project: ConsumerProject;
  beforeAll(async () => {
    project = await openConsumerProject({ "my-accounts.ts": CONSUMER });
  }, CONSUMER_MS_MAX);
  afterAll(() => {
    project.remove();
  });

  it(
    "compile in a strict project that has nothing else installed, and what comes of it starts",
    async () => {
      expect(await project.compile()).toEqual([0, ""]);
      const { folder } = project;
      const configure = (accountSystem: object): void => {
        project.write({ "mia.config.json": JSON.stringify({ resellers: [BANGOTEL], accountSystem }) });
      };
      configure({ module: "./my-accounts.js", options: { greeting: "hello" } });
      const env = { MIA_PROFILE: "sandbox" };
      expect((await mia(["migrate"], folder, env)).code).toBe(0);
      const listed = await mia(["entitlement", "list"], folder, env);
      expect([listed.code, listed.err]).toEqual([0, ""]);
      configure({ module: "./my-accounts.js" });
      expect((await mia(["entitlement", "list"], folder, env)).err).toContain("its factory threw TypeError");
    },
    CONSUMER_MS_MAX,
  );
});
