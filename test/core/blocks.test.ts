import { strict as assert } from "node:assert";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { accessOf } from "../../src/core/access.js";
import type { Access } from "../../src/core/access.js";
import { applyResult } from "../../src/core/apply-result.js";
import { BLOCKS_MAX } from "../../src/core/blocks.js";
import type { Command } from "../../src/core/command.js";
import { decide } from "../../src/core/decide.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import { fold } from "../../src/core/fold.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import { ACTIVE, COLUMNS, NOW, PERIOD_END, allBut, commandOf, termsWith } from "./values.js";

const blocking = (move: "block" | "unblock", kind: string, reason = "because"): Command =>
  commandOf(move, { owner: "merchant", block: { kind, reason } });

const wishes: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom("suspend", "resume", "cancel", "reinstate", "update").map((move) => commandOf(move)),
  fc
    .tuple(fc.constantFrom("block", "unblock"), fc.constantFrom("fraud", "unpaid", "__proto__"))
    .map(([move, kind]) => blocking(move, kind)),
);

/** Plays an account system that does as it is asked, beside an entitlement that starts ACTIVE. */
function play(commands: readonly Command[]): void {
  let entitlement: Entitlement = ACTIVE;
  let access: Access = "full";
  const blocks = new Set<string>();
  const events: HistoryEvent[] = [];
  for (const command of commands) {
    const decision = decide(entitlement, command, termsWith(), NOW);
    if (decision.kind === "refuse") continue;
    const result = {
      kind: "done",
      ...(command.move === "cancel" ? { periodEndsAt: PERIOD_END } : {}),
    } as const;
    const outcome =
      decision.kind === "write" ? decision.outcome : applyResult(entitlement, command, result, NOW);
    assert.ok(outcome.entitlement);
    // What changes access is asked for; what is asked for names the access that holds afterwards.
    if (decision.kind === "ask") {
      access = decision.access;
      if (decision.operation === "suspend" || decision.operation === "resume")
        assert.notEqual(accessOf(entitlement), accessOf(outcome.entitlement));
    }
    if (command.block && command.move === "block") blocks.add(command.block.kind);
    if (command.block && command.move === "unblock") blocks.delete(command.block.kind);
    entitlement = outcome.entitlement;
    if (outcome.event) events.push(outcome.event);
    const ended = entitlement.status === "CANCELLED";
    assert.deepEqual(new Set(Object.keys(entitlement.blocks ?? {})), blocks);
    if (ended) break;
    assert.equal(access, accessOf(entitlement));
    assert.equal(access === "full", entitlement.status.startsWith("ACTIVE") && blocks.size === 0);
  }
  const created = { ...events[0], version: 3, changes: ACTIVE } as unknown as HistoryEvent;
  const folded = fold([
    { ...created, after: "ACTIVE", at: ACTIVE.dateLastUpdated, merchantEntitlementId: "m-1" },
    ...events,
  ]);
  assert.deepEqual(folded, entitlement);
}

describe("blocks in any walk", () => {
  it("and the state together say which access there is, and the account system is asked for just that", () => {
    fc.assert(fc.property(fc.array(wishes, { maxLength: 40 }), play), { numRuns: 2000, seed: 20_261_123 });
  });
});

describe("a block", () => {
  const blocked = (...kinds: string[]): Entitlement => ({
    ...ACTIVE,
    blocks: Object.fromEntries(
      kinds.map((kind) => [kind, { reason: "so", since: "2026-03-15T12:00:00.000Z" }]),
    ),
  });

  it("is written with its reason and since when", () => {
    const { entitlement } = applyResult(ACTIVE, blocking("block", "fraud"), { kind: "done" }, NOW);
    expect(entitlement?.blocks).toEqual({ fraud: { reason: "because", since: "2026-03-15T12:00:00.000Z" } });
  });

  it("leaves no empty object behind", () => {
    const { entitlement } = applyResult(
      blocked("fraud"),
      blocking("unblock", "fraud"),
      { kind: "done" },
      NOW,
    );
    expect(entitlement?.blocks).toBeNull();
  });

  it("needs the account system's suspend, its lifting the resume, in every state", () => {
    for (const before of [COLUMNS.ACTIVE, COLUMNS.SUSPENDED]) {
      const without = termsWith({ accountCan: allBut("suspend", "resume") });
      for (const move of ["block", "unblock"] as const)
        expect(decide(before, blocking(move, "fraud"), without, NOW)).toMatchObject({
          refusal: { code: "switchedOff" },
        });
    }
  });

  it(`is refused beyond ${String(BLOCKS_MAX)} kinds, while one that is there stays already so`, () => {
    const full = blocked(...Array.from({ length: BLOCKS_MAX }, (_, index) => `kind-${String(index)}`));
    expect(decide(full, blocking("block", "one more"), termsWith(), NOW)).toMatchObject({
      refusal: { code: "conflict" },
    });
    expect(decide(full, blocking("block", "kind-0"), termsWith(), NOW)).toMatchObject({
      kind: "write",
      outcome: { event: null },
    });
  });
});

describe("a relink", () => {
  const relink = commandOf("relink", { owner: "merchant", accountReference: "account-2" });

  it("goes with the access that there is", () => {
    const asked = (before: Entitlement) => decide(before, relink, termsWith(), NOW);
    expect(asked(ACTIVE)).toMatchObject({ operation: "link", access: "full", slot: null });
    expect(asked({ ...ACTIVE, blocks: { fraud: {} } })).toMatchObject({ operation: "link", access: "none" });
    expect(asked(COLUMNS.SUSPENDED)).toMatchObject({ operation: "link", access: "none" });
  });

  it("to the same account is already so; without `link` it is not offered, to none at all", () => {
    expect(decide({ ...ACTIVE, accountReference: "account-2" }, relink, termsWith(), NOW)).toMatchObject({
      kind: "write",
      outcome: { event: null },
    });
    expect(decide(ACTIVE, relink, termsWith({ accountCan: allBut("link") }), NOW)).toMatchObject({
      refusal: { code: "switchedOff" },
    });
  });
});
