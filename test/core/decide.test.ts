import { describe, expect, it } from "@jest/globals";
import type { SettledResult } from "../../src/core/account-result.js";
import type { Command, CommandMove, Terms } from "../../src/core/command.js";
import { applyResult } from "../../src/core/apply-result.js";
import { decide } from "../../src/core/decide.js";
import type { Decision } from "../../src/core/decide.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import {
  ACTIVATION,
  ACTIVE,
  COLUMNS,
  DAY,
  EXPIRED,
  HOUR,
  NOW,
  OPERATIONS_OF_ACCOUNTS,
  PERIOD_END,
  PRODUCT,
  allBut,
  commandOf,
  termsWith,
} from "./values.js";

const DONE: SettledResult = { kind: "done" };
const SIGN_UP = termsWith({ product: { ...PRODUCT, activation: "sign-up" } });

function asked(decision: Decision): Extract<Decision, { kind: "ask" }> {
  if (decision.kind !== "ask") throw new Error(`nothing was asked: ${JSON.stringify(decision)}`);
  return decision;
}

const decided = (before: Entitlement | null, command: Command, terms: Terms = termsWith()): Decision =>
  decide(before, command, terms, NOW);
const refusedAs = (code: string): unknown => ({
  kind: "refuse",
  refusal: expect.objectContaining({ code }),
});

function afterOf(before: Entitlement | null, command: Command, result: SettledResult, now = NOW) {
  const { entitlement, event, answer } = applyResult(before, command, result, now);
  if (entitlement === null || event === null) throw new Error("nothing changed");
  return { entitlement, event, answer };
}

describe("activating", () => {
  it("asks the account system for an immediate product, and says 201 when it is done", () => {
    expect(asked(decided(null, commandOf("activate")))).toMatchObject({ operation: "activate" });
    const { entitlement, event, answer } = afterOf(null, commandOf("activate"), {
      kind: "done",
      accountReference: "account-7",
      activationCode: "CODE",
    });
    expect(answer).toEqual({ kind: "created" });
    expect(entitlement).toMatchObject({
      status: "ACTIVE",
      version: 1,
      dateCreated: NOW,
      dateActivated: NOW,
      dateLastUpdated: NOW,
      accountReference: "account-7",
      activationCode: "CODE",
      waitingFor: null,
      activationRequestId: "request-9",
    });
    expect(event).toMatchObject({ version: 1, before: null, after: "ACTIVE", at: NOW });
  });

  it("waits for the customer where the account system wants a sign-up", () => {
    const { entitlement, answer } = afterOf(null, commandOf("activate"), { kind: "signUpRequired" });
    expect(answer).toEqual({ kind: "signUp" });
    expect(entitlement).toMatchObject({ status: "PENDING", waitingFor: "customer", dateActivated: null });
  });

  it("waits for the account system where that accepts, without a link", () => {
    const { entitlement, answer } = afterOf(null, commandOf("activate"), { kind: "accepted" });
    expect(answer).toEqual({ kind: "queued" });
    expect(entitlement).toMatchObject({ status: "PENDING", waitingFor: "account", dateActivated: null });
  });

  it("keeps nothing where the account system refuses", () => {
    expect(
      applyResult(null, commandOf("activate"), { kind: "refused", reason: "NOT_ELIGIBLE" }, NOW),
    ).toEqual({ entitlement: null, event: null, answer: { kind: "declined", reason: "NOT_ELIGIBLE" } });
  });

  it("refuses a product that the reseller does not sell, without asking", () => {
    expect(decided(null, commandOf("activate"), termsWith({ product: null }))).toEqual(
      refusedAs("productNotSold"),
    );
  });

  it("asks a sign-up product's eligibility alone, with no slot", () => {
    expect(decided(null, commandOf("activate"), SIGN_UP)).toEqual({
      kind: "ask",
      operation: "eligibility",
      access: "none",
      slot: null,
    });
  });

  it("asks nothing for a sign-up product where there is no eligibility", () => {
    const decision = decided(null, commandOf("activate"), {
      ...SIGN_UP,
      accountCan: allBut("eligibility"),
    });
    expect(decision).toMatchObject({
      kind: "write",
      outcome: { answer: { kind: "signUp" }, entitlement: { status: "PENDING", waitingFor: "customer" } },
    });
  });

  it("never asks eligibility for an immediate product", () => {
    expect(asked(decided(null, commandOf("activate"))).operation).toBe("activate");
    expect(
      asked(decided(null, commandOf("activate"), termsWith({ accountCan: allBut("eligibility") }))).operation,
    ).toBe("activate");
  });

  it("keeps the first call's fields, whatever the account system answers", () => {
    const command = commandOf("activate", { unknownFields: { colour: "red" } });
    for (const kind of ["done", "signUpRequired", "accepted"] as const)
      expect(afterOf(null, command, { kind }).entitlement).toMatchObject({
        ...ACTIVATION,
        identity: "e-1",
        merchantEntitlementId: "m-1",
        unknownFields: { colour: "red" },
      });
  });
});

describe("a repeated activate", () => {
  it("is measured against the first activate, not against what an update made of it", () => {
    const updated = afterOf(ACTIVE, commandOf("update", { update: { productKey: "MUSIC_PREMIUM" } }), DONE);
    expect(decided(updated.entitlement, commandOf("activate"))).toMatchObject({
      kind: "write",
      outcome: { event: null, answer: { kind: "ok" } },
    });
  });

  it("says of an ended entitlement that it exists, with the same content and with another", () => {
    const other = commandOf("activate", { activation: { ...ACTIVATION, contentHash: "content-2" } });
    for (const command of [commandOf("activate"), other])
      expect(decided(COLUMNS.REVOKED, command)).toEqual(refusedAs("alreadyExists"));
  });
});

describe("completing a sign-up", () => {
  it("is refused while the account system is the one that is waited for", () => {
    expect(decided(COLUMNS["PENDING account"], commandOf("completeSignUp"))).toEqual(refusedAs("conflict"));
  });

  it("makes it ACTIVE, as of now", () => {
    const { entitlement } = afterOf(COLUMNS["PENDING customer"], commandOf("completeSignUp"), {
      kind: "done",
      accountReference: "account-8",
    });
    expect(entitlement).toMatchObject({
      status: "ACTIVE",
      waitingFor: null,
      dateActivated: NOW,
      accountReference: "account-8",
    });
  });
});

describe("cancelling", () => {
  const endOf = (before: Entitlement, result: SettledResult, now = NOW): Entitlement =>
    afterOf(before, commandOf("cancel"), result, now).entitlement;

  it.each([
    { expiry: null, period: PERIOD_END, end: PERIOD_END },
    { expiry: PERIOD_END + DAY, period: PERIOD_END, end: PERIOD_END },
    { expiry: PERIOD_END - DAY, period: PERIOD_END, end: PERIOD_END - DAY },
    { expiry: NOW - DAY, period: PERIOD_END, end: NOW },
    { expiry: null, period: NOW - DAY, end: NOW },
  ])("ends at the earlier of period end and dateExpiry, never before now: %p", ({ expiry, period, end }) => {
    const { entitlement, answer } = afterOf({ ...ACTIVE, dateExpiry: expiry }, commandOf("cancel"), {
      kind: "done",
      periodEndsAt: period,
    });
    expect(entitlement).toMatchObject({ status: "ACTIVE-ENDING", endsAt: end, dateEnded: null });
    expect(answer).toEqual({ kind: "ok", terminationDate: end });
  });

  it("ends at once where the account system names no period end", () => {
    const { entitlement, answer } = afterOf(ACTIVE, commandOf("cancel"), DONE);
    expect(entitlement).toMatchObject({
      status: "CANCELLED",
      endsAt: null,
      dateEnded: NOW,
      endedBy: "bango",
    });
    expect(answer).toEqual({ kind: "ok", terminationDate: NOW });
  });

  it("takes the period end of an account system that had ended it already", () => {
    expect(endOf(ACTIVE, { kind: "alreadySo", periodEndsAt: PERIOD_END })).toMatchObject({
      status: "ACTIVE-ENDING",
      endsAt: PERIOD_END,
    });
  });

  it("ends what is SUSPENDED at once, whatever period end is named", () => {
    expect(endOf(COLUMNS.SUSPENDED, { kind: "done", periodEndsAt: PERIOD_END }).status).toBe("CANCELLED");
  });

  it("revokes at once where the account system cannot end at a period's end", () => {
    const decision = decided(ACTIVE, commandOf("cancel"), termsWith({ accountCan: allBut("endAtPeriod") }));
    expect(asked(decision)).toMatchObject({ operation: "revoke", access: "none" });
    expect(endOf(ACTIVE, DONE).status).toBe("CANCELLED");
  });

  it("answers the same date where one is set, while ACTIVE-ENDING and while SUSPENDED", () => {
    for (const before of [COLUMNS["ACTIVE-ENDING"], COLUMNS["SUSPENDED+end"]])
      expect(decided(before, commandOf("cancel"))).toEqual({
        kind: "write",
        outcome: {
          entitlement: before,
          event: null,
          answer: { kind: "ok", terminationDate: PERIOD_END },
        },
      });
  });

  it("ends now when its code is EXPIRED, even where an end date is set", () => {
    const expired = commandOf("cancel", { reason: EXPIRED });
    for (const before of [ACTIVE, COLUMNS["ACTIVE-ENDING"], COLUMNS.SUSPENDED, COLUMNS["SUSPENDED+end"]]) {
      expect(asked(decided(before, expired)).operation).toBe("revoke");
      const { entitlement, event, answer } = afterOf(before, expired, {
        kind: "done",
        periodEndsAt: PERIOD_END,
      });
      expect(entitlement).toMatchObject({ status: "CANCELLED", endsAt: null, dateEnded: NOW });
      expect(event).toMatchObject({ operation: "cancel", reason: EXPIRED });
      expect(answer).toEqual({ kind: "ok", terminationDate: NOW });
    }
  });

  it("goes by the period for any other code", () => {
    const reason = { category: "CUSTOMER_CANCELLED", code: "NOT_RENEWED", description: "EXPIRED" };
    expect(asked(decided(ACTIVE, commandOf("cancel", { reason }))).operation).toBe("endAtPeriod");
  });
});

describe("ending what has ended", () => {
  const endedByClock = (ago: number): Entitlement => ({
    ...ACTIVE,
    status: "CANCELLED",
    endedBy: "clock",
    dateEnded: NOW - ago,
    dateLastUpdated: NOW - ago,
  });
  const commands = [commandOf("cancel"), commandOf("cancel", { reason: EXPIRED }), commandOf("revoke")];

  it("is already so for 48 hours where our clock has ended it", () => {
    for (const command of commands)
      for (const ago of [0, HOUR, 48 * HOUR]) {
        const before = endedByClock(ago);
        const answer =
          command.move === "cancel" ? { kind: "ok", terminationDate: NOW - ago } : { kind: "ok" };
        expect(decided(before, command)).toEqual({
          kind: "write",
          outcome: { entitlement: before, event: null, answer },
        });
      }
  });

  it("is a conflict one millisecond later", () => {
    for (const command of commands)
      expect(decided(endedByClock(48 * HOUR + 1), command)).toEqual(refusedAs("conflict"));
  });

  it("is a conflict where somebody else has ended it, however lately", () => {
    for (const endedBy of ["bango", "merchant", "compensation"])
      for (const command of commands)
        expect(decided({ ...endedByClock(0), endedBy }, command)).toEqual(refusedAs("conflict"));
  });

  it("makes nothing else possible in those hours", () => {
    for (const move of ["suspend", "resume", "reinstate", "update"] as const)
      expect(decided(endedByClock(0), commandOf(move))).toEqual(refusedAs("conflict"));
  });
});

describe("what the account system cannot do", () => {
  it.each([
    { move: "suspend", before: ACTIVE, operation: "suspend" },
    { move: "resume", before: COLUMNS.SUSPENDED, operation: "resume" },
    { move: "update", before: ACTIVE, operation: "change" },
    { move: "reinstate", before: COLUMNS["ACTIVE-ENDING"], operation: "reinstate" },
  ] as const)("$move is not offered without $operation", ({ move, before, operation }) => {
    expect(decided(before, commandOf(move), termsWith({ accountCan: allBut(operation) }))).toEqual(
      refusedAs("switchedOff"),
    );
    const others = OPERATIONS_OF_ACCOUNTS.filter((name) => name !== operation);
    expect(
      asked(decided(before, commandOf(move), termsWith({ accountCan: allBut(...others) }))).operation,
    ).toBe(operation);
  });

  it("is refused in every state alike, also where it would be already so", () => {
    for (const move of ["update", "suspend", "resume", "reinstate"] as const)
      for (const before of Object.values(COLUMNS))
        expect(decided(before, commandOf(move), termsWith({ accountCan: () => false }))).toEqual(
          refusedAs("switchedOff"),
        );
  });
});

describe("an operation that is switched off for the reseller", () => {
  it.each(["activate", "update", "suspend", "resume", "cancel", "revoke", "reinstate"] as const)(
    "is refused in every state: %s",
    (move) => {
      for (const before of Object.values(COLUMNS))
        expect(decided(before, commandOf(move), termsWith({ switchedOff: true }))).toEqual(
          refusedAs("switchedOff"),
        );
    },
  );
});

describe("PENDING for the customer", () => {
  const pending = COLUMNS["PENDING customer"];

  it.each([
    { move: "cancel", status: "CANCELLED" },
    { move: "revoke", status: "REVOKED" },
    { move: "pendingTooOld", status: "CANCELLED" },
    { move: "expiryPassed", status: "CANCELLED" },
  ] as const)("$move asks nothing and writes $status", ({ move, status }) => {
    expect(decided(pending, commandOf(move), termsWith({ accountCan: () => false }))).toMatchObject({
      kind: "write",
      outcome: {
        entitlement: { status, waitingFor: null, dateEnded: NOW },
        event: { before: "PENDING", after: status },
      },
    });
  });

  it("update asks nothing, and it goes on waiting", () => {
    expect(
      decided(pending, commandOf("update"), termsWith({ accountCan: (operation) => operation === "change" })),
    ).toMatchObject({
      kind: "write",
      outcome: {
        entitlement: {
          status: "PENDING",
          waitingFor: "customer",
          entitlementDisplayName: "Music and more",
        },
      },
    });
  });
});

describe("PENDING for the account system", () => {
  it.each(["cancel", "revoke", "pendingTooOld", "expiryPassed"] as const)("%s asks revoke", (move) => {
    expect(asked(decided(COLUMNS["PENDING account"], commandOf(move)))).toMatchObject({
      operation: "revoke",
      access: "none",
    });
  });
});

describe("the access that the account system is asked to give in the end", () => {
  it.each([
    ["activate", "none", "full"],
    ["completeSignUp", "PENDING customer", "full"],
    ["update", "PENDING account", "none"],
    ["update", "ACTIVE", "full"],
    ["update", "ACTIVE-ENDING", "full"],
    ["update", "SUSPENDED", "none"],
    ["update", "SUSPENDED+end", "none"],
    ["suspend", "ACTIVE", "none"],
    ["suspend", "ACTIVE-ENDING", "none"],
    ["resume", "SUSPENDED", "full"],
    ["resume", "SUSPENDED+end", "full"],
    ["cancel", "ACTIVE", "full"],
    ["cancel", "SUSPENDED", "none"],
    ["reinstate", "ACTIVE-ENDING", "full"],
    ["reinstate", "SUSPENDED+end", "none"],
    ["revoke", "ACTIVE", "none"],
    ["revoke", "SUSPENDED", "none"],
    ["endDateReached", "ACTIVE-ENDING", "none"],
  ] as const)("%s while %s: %s", (move, column, access) => {
    expect(asked(decided(COLUMNS[column], commandOf(move))).access).toBe(access);
  });
});

describe("slots", () => {
  const claimed = (before: Entitlement | null, command: Command, terms?: Terms) =>
    asked(decided(before, command, terms)).slot;

  it.each([
    ["activate", "none", "alreadyExists"],
    ["completeSignUp", "PENDING customer", "alreadyExists"],
    ["reinstate", "ACTIVE-ENDING", "conflict"],
    ["reinstate", "SUSPENDED+end", "conflict"],
  ] as const)("%s while %s claims one; without one: %s", (move, column, code) => {
    expect(claimed(COLUMNS[column], commandOf(move))).toMatchObject({
      customerKey: "customer-key-1",
      scope: "",
      max: 1,
      refusal: { code },
    });
  });

  it.each([
    ["suspend", "ACTIVE"],
    ["suspend", "ACTIVE-ENDING"],
    ["resume", "SUSPENDED"],
    ["resume", "SUSPENDED+end"],
    ["cancel", "ACTIVE"],
    ["revoke", "ACTIVE"],
    ["update", "ACTIVE"],
    ["endDateReached", "ACTIVE-ENDING"],
  ] as const satisfies readonly (readonly [CommandMove, keyof typeof COLUMNS])[])(
    "%s while %s claims none",
    (move, column) => {
      expect(claimed(COLUMNS[column], commandOf(move))).toBeNull();
    },
  );

  describe("when an update goes to a product that is counted apart", () => {
    const apart = { ...PRODUCT, slot: { scope: "MUSIC_PREMIUM", max: 2 } };
    const update = commandOf("update", { update: { productKey: "MUSIC_PREMIUM" } });
    const terms = termsWith({ nextProduct: apart });

    it("claims a slot there where it holds one now", () => {
      for (const column of ["ACTIVE", "SUSPENDED", "PENDING account"] as const)
        expect(claimed(COLUMNS[column], update, terms)).toMatchObject({
          scope: "MUSIC_PREMIUM",
          max: 2,
          refusal: { code: "conflict" },
        });
    });

    it("claims none where it holds none", () => {
      for (const column of ["ACTIVE-ENDING", "SUSPENDED+end"] as const)
        expect(claimed(COLUMNS[column], update, terms)).toBeNull();
    });
  });
});

describe("updating", () => {
  it("asks nothing where nothing would change", () => {
    const same = commandOf("update", {
      update: { productKey: "MUSIC", merchantExtensionData: { seats: 2 }, dateExpiry: null },
    });
    expect(decided(ACTIVE, same)).toEqual({
      kind: "write",
      outcome: { entitlement: ACTIVE, event: null, answer: { kind: "ok" } },
    });
  });

  it("refuses a product that the reseller does not sell", () => {
    const update = commandOf("update", { update: { productKey: "NOTHING" } });
    expect(decided(ACTIVE, update, termsWith({ nextProduct: null }))).toEqual(refusedAs("productNotSold"));
  });

  it("lets other fields change though the present product is sold no more", () => {
    const gone = termsWith({ product: null, nextProduct: null });
    expect(asked(decided(ACTIVE, commandOf("update"), gone)).operation).toBe("change");
  });

  it("writes what was sent, clears with null, and leaves the rest", () => {
    const update = commandOf("update", {
      update: { entitlementDisplayName: null, dateExpiry: PERIOD_END },
    });
    const { entitlement, event } = afterOf(ACTIVE, update, DONE);
    expect(entitlement).toEqual({
      ...ACTIVE,
      entitlementDisplayName: null,
      dateExpiry: PERIOD_END,
      version: 4,
      dateLastUpdated: NOW,
    });
    expect(event.changes).toEqual({ entitlementDisplayName: null, dateExpiry: PERIOD_END });
  });
});

describe("suspending, resuming and reinstating", () => {
  it("keeps the end date through a suspension, and dates both steps", () => {
    const suspended = afterOf(COLUMNS["ACTIVE-ENDING"], commandOf("suspend"), DONE).entitlement;
    expect(suspended).toMatchObject({ status: "SUSPENDED", endsAt: PERIOD_END, dateSuspended: NOW });
    const resumed = afterOf(suspended, commandOf("resume"), DONE, NOW + HOUR).entitlement;
    expect(resumed).toMatchObject({
      status: "ACTIVE-ENDING",
      endsAt: PERIOD_END,
      dateSuspended: NOW,
      dateResumed: NOW + HOUR,
    });
  });

  it("resumes to ACTIVE where no end date is set", () => {
    expect(afterOf(COLUMNS.SUSPENDED, commandOf("resume"), DONE).entitlement).toMatchObject({
      status: "ACTIVE",
      endsAt: null,
      dateResumed: NOW,
    });
  });

  it("clears the end date when reinstating, and leaves SUSPENDED as it is", () => {
    expect(afterOf(COLUMNS["ACTIVE-ENDING"], commandOf("reinstate"), DONE).entitlement).toMatchObject({
      status: "ACTIVE",
      endsAt: null,
    });
    expect(afterOf(COLUMNS["SUSPENDED+end"], commandOf("reinstate"), DONE).entitlement).toMatchObject({
      status: "SUSPENDED",
      endsAt: null,
    });
  });
});

describe("the moment of a change", () => {
  const earlier = ACTIVE.dateLastUpdated - 5 * DAY;

  it.each([
    { move: "suspend", field: "dateSuspended", before: ACTIVE },
    { move: "resume", field: "dateResumed", before: COLUMNS.SUSPENDED },
    { move: "revoke", field: "dateEnded", before: ACTIVE },
    { move: "cancel", field: "dateEnded", before: ACTIVE },
    { move: "completeSignUp", field: "dateActivated", before: COLUMNS["PENDING customer"] },
  ] as const)("is never earlier than the last event's: $move", ({ move, field, before }) => {
    const { entitlement, event } = afterOf(before, commandOf(move), DONE, earlier);
    expect(event.at).toBe(ACTIVE.dateLastUpdated);
    expect(entitlement[field]).toBe(ACTIVE.dateLastUpdated);
    expect(entitlement.dateLastUpdated).toBe(ACTIVE.dateLastUpdated);
  });

  it("is what an end date is measured against, too", () => {
    const { entitlement } = afterOf(
      ACTIVE,
      commandOf("cancel"),
      { kind: "done", periodEndsAt: earlier },
      earlier,
    );
    expect(entitlement.endsAt).toBe(ACTIVE.dateLastUpdated);
  });
});

describe("an account system that accepts, to do it later", () => {
  it("leaves the state, and the call is queued", () => {
    for (const [move, before] of [
      ["suspend", ACTIVE],
      ["cancel", ACTIVE],
      ["revoke", ACTIVE],
      ["resume", COLUMNS.SUSPENDED],
      ["update", ACTIVE],
    ] as const)
      expect(applyResult(before, commandOf(move), { kind: "accepted" }, NOW)).toEqual({
        entitlement: before,
        event: null,
        answer: { kind: "queued" },
      });
  });

  it("does not hold up our clock: the period is over", () => {
    const { entitlement } = afterOf(COLUMNS["ACTIVE-ENDING"], commandOf("endDateReached"), {
      kind: "accepted",
    });
    expect(entitlement).toMatchObject({
      status: "CANCELLED",
      endedBy: "clock",
      dateEnded: NOW,
      endsAt: null,
    });
  });
});

describe("an account system that refuses", () => {
  it("changes nothing, and its reason is answered", () => {
    for (const move of ["suspend", "cancel", "update", "revoke"] as const)
      expect(applyResult(ACTIVE, commandOf(move), { kind: "refused", reason: "NOT_NOW" }, NOW)).toEqual({
        entitlement: ACTIVE,
        event: null,
        answer: { kind: "declined", reason: "NOT_NOW" },
      });
  });
});

describe("who ends it", () => {
  it("is written down, with operation, actor, request and reason", () => {
    const reason = { category: "REVOKED", code: "FRAUD", description: "stolen card" };
    const { entitlement, event } = afterOf(
      ACTIVE,
      commandOf("revoke", { operation: "terminate", actor: "bango-1", reason }),
      DONE,
    );
    expect(entitlement.endedBy).toBe("bango");
    expect(event).toEqual({
      merchantEntitlementId: "m-1",
      version: 4,
      operation: "revoke",
      owner: "bango",
      actor: "bango-1",
      requestId: "request-9",
      reason,
      at: NOW,
      before: "ACTIVE",
      after: "REVOKED",
      changes: { status: "REVOKED", endedBy: "bango", dateEnded: NOW },
    });
  });
});
