import { strict as assert } from "node:assert";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { SettledResult } from "../../src/core/account-result.js";
import type { Command, CommandMove, Terms } from "../../src/core/command.js";
import { applyResult } from "../../src/core/apply-result.js";
import { decide } from "../../src/core/decide.js";
import type { Outcome } from "../../src/core/apply-result.js";
import type { Decision } from "../../src/core/decide.js";
import { holdsSlot } from "../../src/core/entitlement.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import { fold } from "../../src/core/fold.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import { ACTIVATION, DAY, EXPIRED, HOUR, NOW, PRODUCT, commandOf, termsWith } from "./values.js";

/**
 * The model: states are letters, moves are rewritings of letters, written from 2.4 and in no way like the code.
 *   0 none · p PENDING for the customer · q PENDING for the account system · a ACTIVE · e ACTIVE-ENDING
 *   s SUSPENDED · t SUSPENDED with an end date · c CANCELLED · r REVOKED · k CANCELLED by our clock
 * `ab` reads: from a to b. Letters from which a move leads nowhere are unlike each other only in what is answered.
 */
const DONE_MOVES: Readonly<Record<Wish, string>> = {
  activate: "0a",
  activateOther: "",
  signUp: "pa",
  update: "pp qq aa ee ss tt",
  suspend: "as et",
  resume: "sa te",
  cancel: "pc qc ae sc",
  cancelNow: "pc qc ac sc",
  cancelExpired: "pc qc ac ec sc tc",
  reinstate: "ea ts",
  revoke: "pr qr ar er sr tr",
  endDate: "ek tk",
  tooOld: "pk qk",
  expiry: "pk qk ak ek sk tk",
};
/** Where the wish is true already: success, and nothing changes. */
const ALREADY: Readonly<Record<Wish, string>> = {
  activate: "pqaest",
  activateOther: "",
  signUp: "ae",
  update: "",
  suspend: "st",
  resume: "ae",
  cancel: "et",
  cancelNow: "et",
  cancelExpired: "",
  reinstate: "a",
  revoke: "",
  endDate: "",
  tooOld: "",
  expiry: "",
};

type Letter = "0" | "p" | "q" | "a" | "e" | "s" | "t" | "c" | "r" | "k";
type Wish =
  | "activate"
  | "activateOther"
  | "signUp"
  | "update"
  | "suspend"
  | "resume"
  | "cancel"
  | "cancelNow"
  | "cancelExpired"
  | "reinstate"
  | "revoke"
  | "endDate"
  | "tooOld"
  | "expiry";
type Kind = "done" | "alreadySo" | "accepted" | "refused" | "signUpRequired";

interface Step {
  readonly wish: Wish;
  readonly kind: Kind;
  /** By how much the clock moves before this step; it may go back. */
  readonly passes: number;
  readonly periodDays: number;
  readonly name: string;
}

interface Model {
  readonly letter: Letter;
  readonly version: number;
  /** When our clock ended it, for the 48 hours. */
  readonly endedAt: number | null;
  readonly name: string | null;
}

const ENDINGS: readonly Wish[] = ["cancel", "cancelNow", "cancelExpired", "revoke"];
const BY_CLOCK: readonly Wish[] = ["endDate", "tooOld", "expiry"];

function modelled(model: Model, step: Step, now: number): { readonly next: Model; readonly answer: string } {
  const { letter } = model;
  const { wish, kind } = step;
  const stays = (answer: string) => ({ next: model, answer });
  if (letter === "0" && wish !== "activate" && wish !== "activateOther") return stays("refuse");
  if (letter === "0") return modelledFirst(model, step);
  if (letter === "k" && ENDINGS.includes(wish) && model.endedAt !== null && now - model.endedAt <= 48 * HOUR)
    return stays("ok");
  if (ALREADY[wish].includes(letter))
    return stays(wish === "activate" && letter === "p" ? "signUp" : letter === "q" ? "queued" : "ok");
  const to = DONE_MOVES[wish].split(" ").find((pair) => pair.startsWith(letter))?.[1] as Letter | undefined;
  if (to === undefined) return stays("refuse");
  if (wish === "update" && step.name === model.name) return stays("ok");
  const asks = letter !== "p" || wish === "signUp";
  if (asks && kind === "refused") return stays("declined");
  if (asks && kind === "accepted" && wish === "signUp")
    return { next: { ...model, letter: "q", version: model.version + 1 }, answer: "queued" };
  if (asks && kind === "accepted" && !BY_CLOCK.includes(wish)) return stays("queued");
  return {
    next: {
      letter: to,
      version: model.version + 1,
      endedAt: to === "k" ? now : null,
      name: wish === "update" ? step.name : model.name,
    },
    answer: "ok",
  };
}

function modelledFirst(model: Model, { kind }: Step): { readonly next: Model; readonly answer: string } {
  if (kind === "refused") return { next: model, answer: "declined" };
  const [letter, answer] = (
    {
      done: ["a", "created"],
      alreadySo: ["a", "created"],
      signUpRequired: ["p", "signUp"],
      accepted: ["q", "queued"],
    } as const
  )[kind];
  return { next: { ...model, letter, version: 1, name: ACTIVATION.entitlementDisplayName }, answer };
}

function letterOf(entitlement: Entitlement | null): Letter {
  if (entitlement === null) return "0";
  const ends = entitlement.endsAt !== null;
  switch (entitlement.status) {
    case "PENDING":
      return entitlement.waitingFor === "customer" ? "p" : "q";
    case "ACTIVE":
      return "a";
    case "ACTIVE-ENDING":
      return "e";
    case "SUSPENDED":
      return ends ? "t" : "s";
    case "REVOKED":
      return "r";
    case "CANCELLED":
      return entitlement.endedBy === "clock" ? "k" : "c";
  }
}

const MOVE_OF: Readonly<Record<Wish, CommandMove>> = {
  activate: "activate",
  activateOther: "activate",
  signUp: "completeSignUp",
  update: "update",
  suspend: "suspend",
  resume: "resume",
  cancel: "cancel",
  cancelNow: "cancel",
  cancelExpired: "cancel",
  reinstate: "reinstate",
  revoke: "revoke",
  endDate: "endDateReached",
  tooOld: "pendingTooOld",
  expiry: "expiryPassed",
};

function commandFor({ wish, name }: Step, exists: boolean): Command {
  const overrides: Partial<Command> =
    wish === "cancelExpired"
      ? { reason: EXPIRED }
      : wish === "activateOther" && exists
        ? { activation: { ...ACTIVATION, contentHash: "content-2" } }
        : wish === "update"
          ? { update: { entitlementDisplayName: name } }
          : {};
  return commandOf(MOVE_OF[wish], overrides);
}

function resultFor({ wish, kind, periodDays }: Step, now: number): SettledResult {
  if (kind === "refused") return { kind, reason: "NOT_NOW" };
  if (kind === "accepted" || kind === "signUpRequired") return { kind };
  return wish === "cancel" ? { kind, periodEndsAt: now + periodDays * DAY } : { kind };
}

const wishes = Object.keys(DONE_MOVES) as Wish[];
const stepsOf = (from: readonly Wish[]): fc.Arbitrary<Step> =>
  fc.record({
    wish: fc.constantFrom(...from),
    kind: fc.constantFrom<Kind>("done", "done", "done", "done", "alreadySo", "accepted", "refused"),
    passes: fc.constantFrom(0, 1, HOUR, DAY, 40 * DAY, -1, -HOUR, -3 * DAY),
    periodDays: fc.integer({ min: 0, max: 40 }),
    name: fc.constantFrom("Music", "Music and more", "Jazz"),
  });
const firstSteps = stepsOf(["activate"]).chain((step) =>
  fc.constantFrom<Kind>("done", "signUpRequired", "accepted").map((kind): Step => ({ ...step, kind })),
);
/** Ends come seldom enough that most walks are long ones. */
const laterSteps = fc.oneof(
  {
    weight: 6,
    arbitrary: stepsOf(["update", "suspend", "resume", "cancel", "reinstate", "activate", "signUp"]),
  },
  // SUSPENDED with an end date is two steps away from ACTIVE, and the clock's moves are few.
  { weight: 3, arbitrary: stepsOf(["cancel", "suspend"]) },
  { weight: 1, arbitrary: stepsOf(wishes) },
);
const walks = fc
  .tuple(fc.option(stepsOf(wishes), { nil: null }), firstSteps, fc.array(laterSteps, { maxLength: 40 }))
  .map(([before, first, later]) => [...(before ? [before] : []), first, ...later]);

interface Walked {
  readonly before: Entitlement | null;
  readonly decision: Decision;
  readonly outcome: Outcome | null;
}

function walked(before: Entitlement | null, step: Step, now: number, terms: Terms): Walked {
  const command = commandFor(step, before !== null);
  const decision = decide(before, command, terms, now);
  if (decision.kind === "refuse") return { before, decision, outcome: null };
  const outcome =
    decision.kind === "write" ? decision.outcome : applyResult(before, command, resultFor(step, now), now);
  return { before, decision, outcome };
}

/** Plain assertions: `expect` is slow enough to count at a hundred thousand steps. */
function check({ before, decision, outcome }: Walked, answer: string): void {
  assert.equal(outcome?.answer.kind ?? decision.kind, answer);
  const after = outcome ? outcome.entitlement : before;
  if (outcome?.event === null) assert.equal(after, before);
  if (after === null) return;
  const letter = letterOf(after);
  const isOne = (letters: string): boolean => letters.includes(letter);
  assert.deepEqual(
    {
      endDate: after.endsAt !== null,
      dateEnded: after.dateEnded !== null,
      endedBy: after.endedBy !== null,
      waits: after.waitingFor !== null,
      slot: holdsSlot(after),
    },
    {
      endDate: isOne("et"),
      dateEnded: isOne("crk"),
      endedBy: isOne("crk"),
      waits: isOne("pq"),
      slot: isOne("asq"),
    },
  );
  // Whoever comes to hold a slot has claimed it before the account system was asked.
  if (holdsSlot(after) && !(before !== null && holdsSlot(before)))
    assert.ok(decision.kind === "ask" && decision.slot !== null);
}

describe("any walk over the table of moves", () => {
  const seen = new Set<string>();

  it("comes where the model says, with a history that is the entitlement", () => {
    fc.assert(
      fc.property(walks, (steps) => {
        let now = NOW;
        let entitlement: Entitlement | null = null;
        let model: Model = { letter: "0", version: 0, endedAt: null, name: null };
        const history: HistoryEvent[] = [];
        for (const step of steps) {
          now += step.passes;
          const result = walked(entitlement, step, now, termsWith());
          const before: Letter = model.letter;
          // Our clock's 48 hours count from the date that was written, which no jump of the clock precedes.
          const { next, answer } = modelled(model, step, now);
          check(result, answer);
          const { outcome } = result;
          if (outcome?.event) {
            history.push(outcome.event);
            entitlement = outcome.entitlement;
          }
          model = next.letter === "k" && before !== "k" ? { ...next, endedAt: entitlement!.dateEnded } : next;
          seen.add(`${step.wish} ${before}${model.letter}`);
          assert.equal(letterOf(entitlement), model.letter);
          assert.equal(entitlement?.version ?? 0, model.version);
          assert.equal(entitlement?.entitlementDisplayName ?? null, model.name);
        }
        assert.deepEqual(fold(history), entitlement);
        // Through the database and back, too.
        assert.deepEqual(fold(JSON.parse(JSON.stringify(history)) as HistoryEvent[]), entitlement);
        expect(history.map(({ version }) => version)).toEqual(history.map((_, index) => index + 1));
        const times = history.map(({ at }) => at);
        expect(times).toEqual([...times].sort((left, right) => left - right));
        expect(history.map(({ before }) => before)).toEqual([
          ...(history.length > 0 ? [null] : []),
          ...history.slice(0, -1).map(({ after }) => after),
        ]);
        expect(entitlement?.dateLastUpdated ?? null).toBe(times.at(-1) ?? null);
      }),
      { numRuns: 3000, seed: 20_261_123 },
    );
  });

  it("has been down every path that the model knows", () => {
    const known = Object.entries(DONE_MOVES).flatMap(([wish, pairs]) =>
      pairs
        .split(" ")
        .filter(Boolean)
        .map((pair) => `${wish} ${pair}`),
    );
    expect(known.filter((path) => !seen.has(path))).toEqual([]);
  });
});

describe("a walk with a sign-up product", () => {
  const signUp = termsWith({ product: { ...PRODUCT, activation: "sign-up" } });

  it("claims no slot until the sign-up is completed", () => {
    fc.assert(
      fc.property(stepsOf(["activate"]), (step) => {
        const { decision } = walked(null, step, NOW, signUp);
        expect(decision).toMatchObject({ kind: "ask", operation: "eligibility", slot: null });
      }),
    );
  });
});
