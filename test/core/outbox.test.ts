import { strict as assert } from "node:assert";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { outboundContract } from "../../src/contract/outbound-contract.js";
import type { Command, CommandMove } from "../../src/core/command.js";
import { decide } from "../../src/core/decide.js";
import { applyResult } from "../../src/core/apply-result.js";
import type { Outcome } from "../../src/core/apply-result.js";
import type { Entitlement, State } from "../../src/core/entitlement.js";
import { afterDelivery, bangoStateOf, followUp, isSuperseded, messageFor } from "../../src/core/outbox.js";
import type { BangoState, Goal, Message } from "../../src/core/outbox.js";
import { sameJson } from "../../src/core/fold.js";
import { ACTIVATION, ACTIVE, COLUMNS, NOW, PERIOD_END, commandOf, termsWith } from "./values.js";

const iso = (at: number): string => new Date(at).toISOString();
const toStatus = (status: Entitlement["status"]): Goal => ({ kind: "status", status });

/** What the account system has done for `move`, and what Bango is told of it. */
function told(before: Entitlement, move: CommandMove, overrides: Partial<Command> = {}): Message | null {
  const command = commandOf(move, { owner: "merchant", ...overrides });
  const { event, entitlement } = applyResult(
    before,
    command,
    { kind: "done", periodEndsAt: PERIOD_END },
    NOW,
  );
  assert(event && entitlement);
  return messageFor(event, entitlement);
}

describe("what Bango is told of a change", () => {
  it("is activate, with its date and the merchant's data, after a sign-up", () => {
    expect(told(COLUMNS["PENDING customer"], "completeSignUp")).toEqual({
      kind: "activate",
      goal: toStatus("ACTIVE"),
      body: { dateActivated: iso(NOW), merchantExtensionData: { seats: 2 } },
    });
  });

  it("is nothing where an activation still waits for its customer", () => {
    const { event, entitlement } = applyResult(
      null,
      commandOf("activate", { activation: ACTIVATION }),
      { kind: "signUpRequired" },
      NOW,
    );
    expect(messageFor(event!, entitlement!)).toBeNull();
  });

  it("is suspend and resume, with the reason where there is one", () => {
    const reason = { category: "REVOKED", code: "FRAUD", description: null };
    expect(told(ACTIVE, "suspend", { reason })).toEqual({
      kind: "suspend",
      goal: toStatus("SUSPENDED"),
      body: { reasonCategory: "REVOKED", reasonCode: "FRAUD" },
    });
    expect(told(COLUMNS.SUSPENDED, "resume")).toEqual({ kind: "resume", goal: toStatus("ACTIVE"), body: {} });
  });

  it("is a terminate that is not immediate where access lasts until a date", () => {
    const ending = {
      kind: "terminate",
      goal: toStatus("ACTIVE-ENDING"),
      body: {
        immediate: false,
        terminationDate: iso(PERIOD_END),
        reasonCategory: "CUSTOMER_CANCELLED",
        reasonCode: "OTHER",
      },
    };
    expect(told(ACTIVE, "cancel")).toEqual(ending);
    expect(told(COLUMNS["SUSPENDED+end"], "resume")).toEqual(ending);
  });

  it("is an immediate terminate where it has ended, whoever ended it", () => {
    expect(told(ACTIVE, "revoke")).toEqual({
      kind: "terminate",
      goal: toStatus("REVOKED"),
      body: {
        immediate: true,
        terminationDate: iso(NOW),
        reasonCategory: "REVOKED",
        reasonCode: "OTHER",
      },
    });
    expect(told(COLUMNS.SUSPENDED, "cancel")).toMatchObject({ goal: toStatus("CANCELLED") });
    const byClock = { owner: "clock" } as const;
    expect(told(COLUMNS["PENDING customer"], "pendingTooOld", byClock)).toMatchObject({
      kind: "terminate",
      body: { immediate: true, reasonCategory: "CUSTOMER_CANCELLED" },
    });
    expect(told(ACTIVE, "expiryPassed", byClock)).toMatchObject({ kind: "terminate" });
  });

  it("is nothing when our clock ends what Bango has cancelled", () => {
    expect(told(COLUMNS["ACTIVE-ENDING"], "endDateReached", { owner: "clock" })).toBeNull();
  });

  it("is resume where a cancel is taken back", () => {
    expect(told(COLUMNS["ACTIVE-ENDING"], "reinstate")).toMatchObject({
      kind: "resume",
      goal: toStatus("ACTIVE"),
    });
  });

  it("is the changed fields that Bango keeps, and no others", () => {
    expect(
      told(ACTIVE, "update", { update: { productKey: "MUSIC_PREMIUM", entitlementDisplayName: "More" } }),
    ).toEqual({
      kind: "update",
      goal: { kind: "fields", fields: { productKey: "MUSIC_PREMIUM" } },
      body: { productKey: "MUSIC_PREMIUM" },
    });
    expect(told(ACTIVE, "update", { update: { merchantExtensionData: null } })).toMatchObject({
      body: { merchantExtensionData: null },
    });
    expect(told(ACTIVE, "update", { update: { entitlementDisplayName: "More" } })).toBeNull();
  });
});

const knownAs = (entitlement: Entitlement): BangoState => bangoStateOf(entitlement);
const messageTo = (kind: Message["kind"], goal: Goal): Message => ({ kind, goal, body: {} });

describe("a message that is not sent any more", () => {
  it("says what Bango knows, or what is no longer so", () => {
    const suspend = messageTo("suspend", toStatus("SUSPENDED"));
    expect(isSuperseded(suspend, COLUMNS.SUSPENDED, knownAs(ACTIVE))).toBe(false);
    expect(isSuperseded(suspend, COLUMNS.SUSPENDED, null)).toBe(false);
    expect(isSuperseded(suspend, COLUMNS.SUSPENDED, knownAs(COLUMNS.SUSPENDED))).toBe(true);
    expect(isSuperseded(suspend, ACTIVE, knownAs(ACTIVE))).toBe(true);
    expect(isSuperseded(suspend, ACTIVE, knownAs(COLUMNS.CANCELLED))).toBe(true);
  });

  it("is an activate only where the entitlement has ended", () => {
    const activate = messageTo("activate", toStatus("ACTIVE"));
    const pending = knownAs(COLUMNS["PENDING customer"]);
    for (const column of ["ACTIVE", "ACTIVE-ENDING", "SUSPENDED"] as const)
      expect(isSuperseded(activate, COLUMNS[column], pending)).toBe(false);
    expect(isSuperseded(activate, ACTIVE, knownAs(COLUMNS.SUSPENDED))).toBe(false);
    for (const column of ["CANCELLED", "REVOKED"] as const)
      expect(isSuperseded(activate, COLUMNS[column], pending)).toBe(true);
  });

  it("is an update whose fields are known, or have changed again, or of what has ended", () => {
    const fields = { productKey: "MUSIC", merchantExtensionData: { seats: 2 } };
    const update = messageTo("update", { kind: "fields", fields });
    const other = { ...knownAs(ACTIVE), merchantExtensionData: null };
    expect(isSuperseded(update, ACTIVE, other)).toBe(false);
    expect(isSuperseded(update, ACTIVE, null)).toBe(false);
    expect(isSuperseded(update, ACTIVE, knownAs(ACTIVE))).toBe(true);
    expect(isSuperseded(update, { ...ACTIVE, productKey: "OTHER" }, other)).toBe(true);
    expect(isSuperseded(update, COLUMNS.REVOKED, other)).toBe(true);
  });

  it("is never a notify", () => {
    const notify = messageTo("notify", { kind: "none" });
    for (const entitlement of [ACTIVE, COLUMNS.REVOKED])
      expect(isSuperseded(notify, entitlement, knownAs(entitlement))).toBe(false);
  });
});

describe("what Bango knows after a delivery", () => {
  const known = { status: "PENDING", productKey: "OLD", merchantExtensionData: null } as const;
  const fields = { productKey: "MUSIC" };

  it("is the goal over what it knew", () => {
    expect(afterDelivery(toStatus("ACTIVE"), ACTIVE, known, ACTIVE)).toEqual({ ...known, status: "ACTIVE" });
    expect(afterDelivery({ kind: "fields", fields }, ACTIVE, known, ACTIVE)).toEqual({ ...known, ...fields });
    expect(afterDelivery({ kind: "none" }, ACTIVE, known, ACTIVE)).toEqual(known);
  });

  it("is the goal too where something else has changed meanwhile", () => {
    const later = { ...COLUMNS.SUSPENDED, version: ACTIVE.version + 1 };
    expect(afterDelivery({ kind: "fields", fields }, later, known, ACTIVE)).toEqual({ ...known, ...fields });
  });

  it("is not certain where it may have changed while the message was on its way", () => {
    const { status, ...rest } = known;
    const thereAndBack = { ...ACTIVE, version: ACTIVE.version + 2 };
    expect(afterDelivery(toStatus("ACTIVE"), thereAndBack, known, ACTIVE)).toEqual(rest);
    expect(afterDelivery(toStatus("ACTIVE"), COLUMNS.SUSPENDED, known, COLUMNS.SUSPENDED)).toEqual(rest);
    expect(afterDelivery(toStatus("ACTIVE"), ACTIVE, known, COLUMNS.SUSPENDED)).toEqual(rest);
    expect(afterDelivery({ kind: "fields", fields }, { ...ACTIVE, productKey: "P" }, known, ACTIVE)).toEqual({
      status,
      merchantExtensionData: null,
    });
    expect(afterDelivery({ kind: "none" }, thereAndBack, known, ACTIVE)).toEqual(known);
    const resume = messageTo("resume", toStatus("ACTIVE"));
    expect(isSuperseded(resume, ACTIVE, rest)).toBe(false);
    expect(followUp(resume, ACTIVE, rest)).toMatchObject({ kind: "resume" });
  });
});

describe("what follows a message", () => {
  it("is the present state where Bango has another by then", () => {
    const activate = messageTo("activate", toStatus("ACTIVE"));
    expect(followUp(activate, COLUMNS.SUSPENDED, knownAs(ACTIVE))).toMatchObject({ kind: "suspend" });
    expect(followUp(activate, COLUMNS["ACTIVE-ENDING"], knownAs(ACTIVE))).toMatchObject({
      kind: "terminate",
      body: { immediate: false, terminationDate: iso(PERIOD_END) },
    });
    expect(followUp(activate, ACTIVE, knownAs(ACTIVE))).toBeNull();
    expect(followUp(activate, ACTIVE, null)).toBeNull();
  });

  it("is nothing where Bango has ended it too, in whatever way, or will on the date it knows", () => {
    const terminate = messageTo("terminate", toStatus("CANCELLED"));
    expect(followUp(terminate, COLUMNS.CANCELLED, knownAs(COLUMNS.REVOKED))).toBeNull();
    const byClock = { ...COLUMNS.CANCELLED, endedBy: "clock" };
    expect(followUp(terminate, byClock, knownAs(COLUMNS["ACTIVE-ENDING"]))).toBeNull();
    expect(followUp(terminate, byClock, knownAs(ACTIVE))).toMatchObject({ kind: "terminate" });
    expect(followUp(terminate, COLUMNS.CANCELLED, knownAs(COLUMNS["ACTIVE-ENDING"]))).toMatchObject({
      kind: "terminate",
    });
  });

  it("is the fields of an update that Bango has not, and never a state", () => {
    const fields = { productKey: "OLD", merchantExtensionData: { seats: 2 } };
    const update = messageTo("update", { kind: "fields", fields });
    const known = { status: "SUSPENDED", productKey: "MUSIC", merchantExtensionData: null } as const;
    expect(followUp(update, ACTIVE, known)).toEqual({
      kind: "update",
      goal: { kind: "fields", fields: { merchantExtensionData: { seats: 2 } } },
      body: { merchantExtensionData: { seats: 2 } },
    });
    expect(followUp(update, ACTIVE, { ...known, merchantExtensionData: { seats: 2 } })).toBeNull();
    expect(followUp(update, COLUMNS.REVOKED, known)).toBeNull();
    expect(followUp(messageTo("notify", { kind: "none" }), ACTIVE, known)).toBeNull();
  });
});

describe("what an answer of Bango's makes of a message", () => {
  const after = (
    status: number | null,
    responseCode: string | null = null,
    bodyStatus: string | null = null,
  ) => outcomeOf("SUSPENDED", { status, responseCode, bodyStatus });
  const outcomeOf = (
    goal: State | null,
    answer: { status: number | null; responseCode: string | null; bodyStatus: string | null },
  ) =>
    outboundContract({}).outcomeOf(
      { kind: "suspend", goal, present: "ACTIVE-ENDING" },
      { httpStatus: answer.status, responseCode: answer.responseCode, status: answer.bodyStatus },
    );

  it.each<[string, string, (number | null)[]]>([
    ["2xx", "delivered", [200, 201, 202, 204, 299]],
    ["410", "ended", [410]],
    ["401", "stop", [401]],
    ["none, 408, 425, 429 and 5xx", "retry", [null, 408, 425, 429, 500, 502, 503, 504, 599]],
    [
      "everything else",
      "dead",
      [199, 301, 302, 400, 402, 403, 404, 405, 406, 407, 409, 411, 418, 422, 428, 451, 499, 600],
    ],
  ])("%s: %s", (_rule, outcome, statuses) => {
    expect(statuses.map((status) => [status, after(status)])).toEqual(
      statuses.map((status) => [status, outcome]),
    );
  });

  it("409 by what its body says", () => {
    expect(after(409, "ALREADY_EXISTS")).toBe("delivered");
    expect(after(409, "CONFLICT", "SUSPENDED")).toBe("delivered");
    expect(after(409, "CONFLICT", "CANCELLED")).toBe("ended");
    expect(after(409, null, "REVOKED")).toBe("ended");
    expect(after(409, "CONFLICT", "ACTIVE")).toBe("dead");
    expect(after(409, "CONFLICT")).toBe("dead");
    expect(outcomeOf("CANCELLED", { status: 409, responseCode: null, bodyStatus: "CANCELLED" })).toBe(
      "delivered",
    );
    expect(outcomeOf(null, { status: 409, responseCode: null, bodyStatus: null })).toBe("dead");
  });

  it("the body alone decides nothing", () => {
    expect(after(404, "ALREADY_EXISTS")).toBe("dead");
    expect(after(503, "OK", "SUSPENDED")).toBe("retry");
    expect(after(400, "CONFLICT", "REVOKED")).toBe("dead");
  });
});

/** One step of a life: a change that Bango hears of as an answer, one that it does not, or what the outbox does. */
type Step =
  | { readonly kind: "heard" | "unheard"; readonly move: CommandMove; readonly field: number }
  | { readonly kind: "send" | "record" };

const MOVES: readonly CommandMove[] = [
  "completeSignUp",
  "suspend",
  "resume",
  "cancel",
  "reinstate",
  "update",
  "revoke",
];
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("heard" as const, "unheard" as const),
        // Ends are rare, or every walk would be short.
        move: fc.constantFrom(...MOVES.slice(0, -1), ...MOVES.slice(1, -1), ...MOVES),
        field: fc.nat(11),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("send" as const, "record" as const) }) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Step[]>;

/** The store, the sender and Bango, as far as they matter here. */
class Life {
  entitlement: Entitlement = COLUMNS["PENDING customer"];
  known: BangoState = bangoStateOf(this.entitlement);
  bango: BangoState = this.known;
  queue: Message[] = [];
  inFlight: { readonly message: Message; readonly sent: Entitlement } | null = null;
  /** What Bango was told, with what was so when it was decided to say it. */
  readonly said: { readonly message: Message; readonly present: Entitlement }[] = [];

  change(kind: "heard" | "unheard", move: CommandMove, field: number): void {
    const isSignUp = move === "completeSignUp";
    // Bango cannot sign up, and who has not signed up is not known to be there for the others.
    if (isSignUp && kind === "heard") return;
    const update =
      move !== "update"
        ? null
        : {
            ...(field % 3 === 0 ? {} : { productKey: `P${String(field % 4)}` }),
            ...(field % 3 === 1 ? {} : { merchantExtensionData: { seats: field % 4 } }),
          };
    const command = commandOf(move, {
      owner: isSignUp ? "sign-up" : kind === "heard" ? "bango" : "merchant",
      update,
    });
    const outcome = this.outcomeOf(command);
    if (outcome === null) return;
    this.entitlement = outcome.entitlement ?? this.entitlement;
    if (kind === "heard") this.known = this.bango = bangoStateOf(this.entitlement);
    const message = kind === "unheard" && outcome.event ? messageFor(outcome.event, this.entitlement) : null;
    if (message) this.queue.push(message);
  }

  private outcomeOf(command: Command): Outcome | null {
    const decision = decide(this.entitlement, command, termsWith(), NOW);
    if (decision.kind === "refuse") return null;
    if (decision.kind === "write") return decision.outcome;
    return applyResult(this.entitlement, command, { kind: "done", periodEndsAt: PERIOD_END }, NOW);
  }

  /** The head of the queue is looked at, and arrives at Bango. */
  send(): void {
    if (this.inFlight) return;
    const [head] = this.queue;
    if (!head) return;
    if (isSuperseded(head, this.entitlement, this.known)) {
      this.queue.shift();
      if (head.kind !== "activate") this.follow(head);
      return;
    }
    this.said.push({ message: head, present: this.entitlement });
    this.inFlight = { message: head, sent: this.entitlement };
    const { goal } = head;
    if (this.bango.status === "CANCELLED" || this.bango.status === "REVOKED") return;
    if (goal.kind === "status") this.bango = { ...this.bango, status: goal.status };
    if (goal.kind === "fields") this.bango = { ...this.bango, ...goal.fields };
  }

  /** Its answer has come; by now other things may be so. */
  record(): void {
    if (!this.inFlight) return;
    const { message, sent } = this.inFlight;
    this.known = afterDelivery(message.goal, this.entitlement, this.known, sent);
    this.queue.splice(this.queue.indexOf(message), 1);
    this.follow(message);
    this.inFlight = null;
  }

  private follow(message: Message): void {
    const next = followUp(message, this.entitlement, this.known);
    if (next && !this.queue.some(({ goal }) => sameJson(goal, next.goal))) this.queue.push(next);
  }
}

describe("whatever happens here, at Bango and on the way", () => {
  const live = (walk: readonly Step[]): Life => {
    const life = new Life();
    for (const step of walk)
      if ("move" in step) life.change(step.kind, step.move, step.field);
      else if (step.kind === "send") life.send();
      else life.record();
    return life;
  };

  it("Bango has the present state when everything was delivered, and a bounded number of messages told it", () => {
    fc.assert(
      fc.property(steps, (walk) => {
        const life = live(walk);
        for (let rounds = 0; life.queue.length > 0; rounds += 1) {
          assert(rounds < 200, "the queue does not come to rest");
          life.send();
          life.record();
        }
        const present = bangoStateOf(life.entitlement);
        const ended = ["CANCELLED", "REVOKED"].includes(present.status);
        if (ended) assert(["CANCELLED", "REVOKED"].includes(life.bango.status ?? ""));
        else assert.deepEqual(life.bango, present);
        if (!ended) assert.deepEqual(life.known, present);
      }),
      { numRuns: 3000 },
    );
  });

  it("no message but activate says what was not so when it was sent", () => {
    fc.assert(
      fc.property(steps, (walk) => {
        for (const { message, present } of live(walk).said) {
          if (message.kind === "activate") assert(!["CANCELLED", "REVOKED"].includes(present.status));
          else if (message.goal.kind === "status")
            // The end date of a cancel is told while it stands, a suspension or not.
            assert(
              message.goal.status === present.status ||
                (message.goal.status === "ACTIVE-ENDING" &&
                  present.status === "SUSPENDED" &&
                  present.endsAt !== null),
            );
          else if (message.goal.kind === "fields")
            for (const [name, value] of Object.entries(message.goal.fields))
              assert.deepEqual(present[name as "productKey"], value);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
