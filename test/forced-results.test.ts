import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { withForcedResults } from "../src/accounts/forced-results.js";
import type { AccountOperation } from "../src/core/moves.js";
import type { AccountCall, AccountResult } from "../src/ports/account-system.js";
import { fakeAccounts } from "./support/fake-accounts.js";
import { accountCall } from "./support/http-accounts.js";

const WORDS: Readonly<Record<Exclude<AccountOperation, "link" | "eligibility">, string>> = {
  activate: "activate",
  suspend: "suspend",
  resume: "resume",
  change: "update",
  endAtPeriod: "cancel",
  reinstate: "reinstate",
  revoke: "revoke",
};
const OPERATIONS = Object.keys(WORDS) as (keyof typeof WORDS)[];

type Id = "sharedCustomerId" | "bangoUserId" | "customerIdentifier";

const callOf = (customer: string, more: Partial<AccountCall> = {}, as: Id = "sharedCustomerId") => {
  const call = accountCall({ idempotencyKey: randomUUID(), ...more });
  const nobody = { sharedCustomerId: null, bangoUserId: null, customerIdentifier: null };
  return { ...call, entitlement: { ...call.entitlement, ...nobody, [as]: customer } };
};

function given() {
  const fake = fakeAccounts();
  const { activate } = fake.system;
  const system = withForcedResults({ ...fake.system, eligibility: activate, link: activate });
  const ask = (operation: AccountOperation, call: AccountCall): Promise<AccountResult> => {
    const step = system[operation];
    if (!step) throw new Error(`the fake has no ${operation}`);
    return step(call);
  };
  return { fake, system, ask, asked: () => fake.calls.map(({ operation }) => operation) };
}

afterEach(() => {
  jest.useRealTimers();
});

describe("testers' customers, with an account system that knows nothing of them", () => {
  it.each(OPERATIONS)("%s is declined, and not asked for", async (operation) => {
    const { ask, asked } = given();
    for (const prefix of ["decline-", `${WORDS[operation]}-decline-`])
      expect(await ask(operation, callOf(`${prefix}anna`))).toMatchObject({ kind: "refused" });
    expect(asked()).toEqual([]);
  });

  it.each(OPERATIONS)("%s is down, and not asked for", async (operation) => {
    const { ask, asked } = given();
    expect(await ask(operation, callOf("down-anna"))).toEqual({ kind: "retryLater", afterMs: 2000 });
    expect(asked()).toEqual([]);
  });

  it.each(OPERATIONS)("%s takes effect, and is said to be accepted", async (operation) => {
    const { ask, asked } = given();
    expect(await ask(operation, callOf("accepted-anna"))).toEqual({ kind: "accepted" });
    expect(asked()).toEqual([operation]);
  });

  it("is not said to be accepted where the account system refuses it", async () => {
    const { ask, fake } = given();
    fake.next("suspend", { kind: "refused", reason: "NO" });
    expect(await ask("suspend", callOf("accepted-anna"))).toEqual({ kind: "refused", reason: "NO" });
  });

  it.each(OPERATIONS)("%s takes effect, and is silent until nobody waits any longer", async (operation) => {
    const { ask, asked } = given();
    const abort = new AbortController();
    const call = callOf("unknown-anna", { signal: abort.signal });
    const ended = jest.fn();
    const asking = ask(operation, call).then(ended, ended);
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked(), ended.mock.calls.length]).toEqual([[operation], 0]);
    abort.abort();
    await asking;
    expect(ended).toHaveBeenCalledWith(expect.any(Error));
  });

  it("is slow: asked after three seconds, and not at all where nobody waits so long", async () => {
    jest.useFakeTimers();
    const { ask, asked } = given();
    const slow = ask("resume", callOf("slow-anna"));
    await jest.advanceTimersByTimeAsync(2999);
    expect(asked()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await slow).toMatchObject({ kind: "done" });
    const abort = new AbortController();
    const abandoned = ask("resume", callOf("slow-anna", { signal: abort.signal }));
    abort.abort();
    await expect(abandoned).rejects.toThrow();
    await jest.advanceTimersByTimeAsync(5000);
    expect(asked()).toEqual(["resume"]);
  });

  it("is forced by whichever id is sent, at its beginning alone, and for that operation alone", async () => {
    const { ask, asked } = given();
    for (const id of ["sharedCustomerId", "bangoUserId", "customerIdentifier"] as const)
      expect((await ask("suspend", callOf("decline-anna", {}, id))).kind).toBe("refused");
    for (const customer of ["anna", "x-decline-anna", "resume-decline-anna", "decline"])
      expect((await ask("suspend", callOf(customer))).kind).toBe("done");
    expect(asked()).toEqual(["suspend", "suspend", "suspend", "suspend"]);
  });

  it("means both ends where it is a terminate's", async () => {
    const { ask } = given();
    for (const operation of ["endAtPeriod", "revoke"] as const)
      expect((await ask(operation, callOf("terminate-decline-anna"))).kind).toBe("refused");
    expect((await ask("suspend", callOf("terminate-decline-anna"))).kind).toBe("done");
  });

  it("is slow once in a sign-up, whose question would take the activation's time", async () => {
    const { ask } = given();
    const { command } = accountCall();
    const signUp = { command: { ...command, operation: "completeSignUp" } };
    expect((await ask("eligibility", callOf("slow-anna", signUp))).kind).toBe("done");
    expect((await ask("eligibility", callOf("decline-anna", signUp))).kind).toBe("refused");
  });

  it("means the cancel where a cancel that ends at once asks for revoke", async () => {
    const { ask } = given();
    const { command } = accountCall();
    const cancel = { command: { ...command, operation: "cancel" } };
    expect((await ask("revoke", callOf("cancel-decline-anna", cancel))).kind).toBe("refused");
    expect((await ask("revoke", callOf("revoke-decline-anna", cancel))).kind).toBe("done");
  });

  it("answers a question of eligibility as an activation would be, and never accepts one", async () => {
    const { ask } = given();
    expect((await ask("eligibility", callOf("activate-decline-anna"))).kind).toBe("refused");
    expect((await ask("eligibility", callOf("accepted-anna"))).kind).toBe("done");
  });

  it("leaves link, look-up and what is missing as they are", async () => {
    const { ask, fake, system } = given();
    expect((await ask("link", callOf("decline-anna"))).kind).toBe("done");
    const call = callOf("accepted-anna");
    await ask("activate", call);
    const { signal, deadlineAt } = call;
    expect(await system.lookup?.(call.idempotencyKey, { signal, deadlineAt })).toMatchObject({
      kind: "present",
      result: { kind: "done" },
    });
    expect(system.list).toBe(fake.system.list);
    const { suspend: _suspend, ...less } = fake.system;
    expect(withForcedResults(less).suspend).toBeUndefined();
  });
});
