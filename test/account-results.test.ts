import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import { ACCOUNT_RESULTS } from "../src/core/account-matrix.js";
import { ACCOUNT_RESULT_KINDS } from "../src/core/account-result.js";
import type { AccountResult, AccountResultKind } from "../src/core/account-result.js";
import type { AccountOperation } from "../src/core/moves.js";
import type { AccountStep, AccountSystem } from "../src/ports/account-system.js";
import { ADMIN_TOKEN, onEveryDatabase } from "./support/scenario.js";
import type { Place, Scenario } from "./support/scenario.js";

const OPERATIONS = Object.keys(ACCOUNT_RESULTS) as AccountOperation[];

/** Answers `done` unless told otherwise for the next call of an operation. */
function scripted(): { readonly system: AccountSystem; readonly next: Map<string, AccountResult> } {
  const next = new Map<string, AccountResult>();
  const step =
    (operation: AccountOperation): AccountStep =>
    (call) => {
      const said = next.get(operation);
      next.delete(operation);
      const usual: AccountResult =
        operation === "endAtPeriod"
          ? { kind: "done", periodEndsAt: call.now + 1_000_000 }
          : { kind: "done", accountReference: "account-1" };
      return Promise.resolve(said ?? usual);
    };
  const steps = Object.fromEntries(OPERATIONS.map((operation) => [operation, step(operation)]));
  const system = {
    name: "scripted",
    accountSystemVersion: 1,
    idempotent: true,
    ...steps,
    health: () => Promise.resolve({ ok: true }),
    // What has to be signed up for can be sold; nobody signs up here.
    register: () => Promise.resolve({ kind: "unknown" }),
    authenticate: () => Promise.resolve({ kind: "unknown" }),
  } as unknown as AccountSystem;
  return { system, next };
}

const RESULTS: Readonly<Record<AccountResultKind, AccountResult>> = {
  done: { kind: "done" },
  alreadySo: { kind: "alreadySo" },
  signUpRequired: { kind: "signUpRequired" },
  accepted: { kind: "accepted" },
  refused: { kind: "refused", reason: "TOO_MANY_STREAMS" },
  retryLater: { kind: "retryLater" },
  unknown: { kind: "unknown" },
};

/** Where an operation is asked from, and where it leads where it takes effect. */
const WALKS: Readonly<Record<AccountOperation, { readonly from: Place | null; readonly to: string }>> = {
  activate: { from: null, to: "ACTIVE" },
  eligibility: { from: null, to: "PENDING" },
  link: { from: "ACTIVE", to: "ACTIVE" },
  suspend: { from: "ACTIVE", to: "SUSPENDED" },
  resume: { from: "SUSPENDED", to: "ACTIVE" },
  change: { from: "ACTIVE", to: "ACTIVE" },
  endAtPeriod: { from: "ACTIVE", to: "CANCELLED" },
  reinstate: { from: "ACTIVE-ENDING", to: "ACTIVE" },
  revoke: { from: "ACTIVE", to: "REVOKED" },
};

const CALLED = {
  suspend: "suspend",
  resume: "resume",
  endAtPeriod: "cancel",
  reinstate: "reinstate",
  revoke: "revoke",
} as const;

function walk(given: Scenario, operation: AccountOperation, id: string): Promise<Response> {
  switch (operation) {
    case "activate":
      return given.activate({ entitlementId: id });
    case "eligibility":
      return given.activate({ entitlementId: id, productKey: "MUSIC" });
    case "change":
      return given.call("update", null, {
        body: { merchantEntitlementId: id, productKey: "MUSIC_PREMIUM" },
      });
    case "link":
      return given.admin
        .post(`/merchant/v1/entitlements/${id}/relink`)
        .set("Authorization", `Bearer ${ADMIN_TOKEN}`)
        .send({ accountId: "account-2" });
    default:
      return given.call(CALLED[operation], id);
  }
}

const accounts = scripted();

onEveryDatabase(
  "what a result of the account system comes to",
  (given) => {
    const cells = OPERATIONS.flatMap((operation) =>
      ACCOUNT_RESULT_KINDS.map((kind) => ({ operation, kind, ...ACCOUNT_RESULTS[operation][kind] })),
    );

    it.each(cells)("$operation, $kind: $status, $comes", async ({ operation, kind, status, comes }) => {
      const { from, to } = WALKS[operation];
      const before = from === null ? null : await given.entitlementAt(from);
      const id = before?.merchantEntitlementId ?? randomUUID();
      const already = given.logged().length;
      accounts.next.set(operation, RESULTS[kind]);
      const reply = await walk(given, operation, id);
      expect(accounts.next.size).toBe(0);
      expect(reply.status).toBe(status);
      expect(reply.headers["retry-after"]).toBe(status === 503 ? "2" : undefined);

      const found = await given.core.store.listEntitlements({ limit: 1000 });
      const after = found.find(({ merchantEntitlementId, entitlementId }) =>
        before === null ? entitlementId === id : merchantEntitlementId === id,
      );
      const kept = before === null ? undefined : before.status;
      const pending = before === null ? "PENDING" : kept;
      const expected = {
        takesEffect: to,
        waits: pending,
        signUp: "PENDING",
        declined: kept,
        nothingDone: kept,
        alarm: kept,
        held: kept,
      };
      expect(after?.status).toBe(expected[comes]);
      if (operation === "change")
        expect(after?.productKey).toBe(comes === "takesEffect" ? "MUSIC_PREMIUM" : "MUSIC_DIRECT");
      if (operation === "link")
        expect(after?.accountReference).toBe(comes === "takesEffect" ? "account-2" : "account-1");
      if (before === null) expect(reply.body.activationUrl !== undefined).toBe(comes === "signUp");

      const open = await given.core.store.listUnknownRows(1000);
      const own = open.filter(({ command }) =>
        before === null ? command.activation?.entitlementId === id : command.merchantEntitlementId === id,
      );
      expect(own).toHaveLength(comes === "held" ? 1 : 0);
      const alarms = given
        .logged()
        .slice(already)
        .filter(({ msg }) => msg === "account_system.refused_to_end_access");
      expect(alarms).toHaveLength(comes === "alarm" ? 1 : 0);
    });
  },
  { accounts: () => accounts.system, defaultShapeBecause: "what is asked does not depend on the wire" },
);

describe("the matrix", () => {
  it("says the same of everything that is neither an activation, a question nor an end", () => {
    const { activate, eligibility, revoke, ...others } = ACCOUNT_RESULTS;
    expect(new Set(Object.values(others)).size).toBe(1);
    expect([activate.refused, eligibility.unknown, revoke.refused].map(({ comes }) => comes)).toEqual([
      "declined",
      "nothingDone",
      "alarm",
    ]);
  });
});
