import { problemReply, renderAnswer } from "../../src/contract/replies.js";
import { applyResult } from "../../src/core/apply-result.js";
import type { Command, CommandMove, Terms } from "../../src/core/command.js";
import { decide } from "../../src/core/decide.js";
import { standingOf } from "../../src/core/entitlement.js";
import type { Entitlement, Instant } from "../../src/core/entitlement.js";
import { fold } from "../../src/core/fold.js";
import type { HistoryEvent } from "../../src/core/fold.js";
import { cellOf } from "../../src/core/moves.js";
import type { AccountOperation, Move } from "../../src/core/moves.js";
import { BLOCK, requestIdOf } from "./race-calls.js";
import type { Heard, Sold, Wish } from "./race-calls.js";

const TERMS: Terms = {
  product: { plan: "premium", activation: "sign-up", slot: { scope: "", max: 1 } },
  nextProduct: null,
  switchedOff: false,
  accountCan: (operation) => operation !== "eligibility" && operation !== "link",
  canSignUp: true,
};

const MOVE_OF: Readonly<Record<string, CommandMove>> = { terminate: "cancel" };

function commandOf(wish: Wish, sold: Sold, before: Entitlement): Command {
  const common = {
    actor: "",
    requestId: sold.merchantEntitlementId,
    identity: before.identity,
    merchantEntitlementId: before.merchantEntitlementId,
    reason: null,
    activation: null,
    update: null,
    unknownFields: null,
  };
  switch (wish.by) {
    case "customer":
      return { ...common, operation: "completeSignUp", move: "completeSignUp", owner: "sign-up" };
    case "merchant": {
      const by = { ...common, owner: "merchant", requestId: requestIdOf(sold, wish) };
      if ("completes" in wish) return { ...by, operation: "complete", move: wish.completes as CommandMove };
      const block = wish.move === "block" || wish.move === "unblock" ? BLOCK : undefined;
      return { ...by, operation: wish.move, move: wish.move, block };
    }
    case "bango": {
      const { operation } = wish;
      const requestId = requestIdOf(sold, wish);
      const move = MOVE_OF[operation] ?? (operation as CommandMove);
      // Only its hash is compared: every activate of a race repeats the first.
      const activation = operation === "activate" ? before : null;
      return { ...common, operation, move, owner: "bango", requestId, activation };
    }
  }
}

interface Answered {
  readonly status: number;
  readonly code: string;
  readonly state: string | null;
}
interface Modelled extends Answered {
  readonly event: HistoryEvent | null;
}

const PERIOD_MS = 30 * 86_400_000;

/** What the pure core makes of a command that nobody disturbs. */
function alone(before: Entitlement, command: Command, now: Instant): Modelled {
  const decision = decide(before, command, TERMS, now);
  if (decision.kind === "refuse") return { ...answeredBy(problemReply(decision.refusal)), event: null };
  const outcome =
    decision.kind === "write"
      ? decision.outcome
      : applyResult(
          before,
          command,
          decision.operation === "endAtPeriod"
            ? { kind: "done", periodEndsAt: now + PERIOD_MS }
            : { kind: "done", accountReference: "account-1" },
          now,
        );
  return { ...answeredBy(renderAnswer(outcome.answer, outcome.entitlement)), event: outcome.event };
}

const nothingBut = (before: Entitlement): Modelled => ({
  status: 200,
  code: "OK",
  state: before.status,
  event: null,
});

function answeredBy(reply: { readonly status: number; readonly body: string }): Answered {
  const body = JSON.parse(reply.body) as { responseCode: string; status?: string };
  return { status: reply.status, code: body.responseCode, state: body.status ?? null };
}

const UNKNOWN = 503;

/** Where a serial order has come to. */
interface Point {
  /** Events of the history that it has explained. */
  readonly version: number;
  readonly left: readonly Heard[];
  readonly stored: ReadonlyMap<string, Answered>;
}

/**
 * Whether one order of the calls, each of them alone, gives that history and those answers. A call that had ended
 * before another began goes before it; one that was answered 503 may have taken effect at any time since, or never.
 */
export function isSerial(
  history: readonly HistoryEvent[],
  from: number,
  heard: readonly Heard[],
  sold: Sold,
): boolean {
  const ends = ["CANCELLED", "REVOKED"].includes(history.at(-1)?.after ?? "");
  const at = (version: number): Entitlement => fold(history.slice(0, version))!;
  const explain = (point: Point): boolean => {
    const { version, left } = point;
    const mandatory = left.filter(({ status }) => status !== UNKNOWN);
    if (mandatory.length === 0 && version === history.length) return true;
    if (isClocks(history[version], at(version)) && explain({ ...point, version: version + 1 })) return true;
    return left
      .filter((one) => !mandatory.some((other) => other.endedAt < one.begunAt))
      .some((one) => {
        const next = taken(one, point);
        return next !== null && explain({ ...next, left: left.filter((other) => other !== one) });
      });
  };
  const taken = (one: Heard, { version, stored }: Point): Omit<Point, "left"> | null => {
    const before = at(version);
    const command = commandOf(one.wish, sold, before);
    const key = keyOf(command);
    const known = stored.get(key);
    if (known && one.wish.by !== "customer")
      return isHeard(one, known, ends, before) ? { version, stored } : null;
    const event = history[version];
    const isLate = one.wish.by === "merchant" && "completes" in one.wish && version > from;
    const now = Math.max(before.dateLastUpdated, event?.at ?? 0);
    // Whatever came after what was accepted has superseded it: its completion is only recorded.
    const modelled = isLate ? nothingBut(before) : alone(before, command, now);
    if (one.status !== UNKNOWN && !isHeard(one, modelled, ends, before)) return null;
    if (modelled.event && (!event || !isSame(modelled.event, event))) return null;
    return {
      version: modelled.event ? version + 1 : version,
      stored: modelled.status < 300 ? new Map([...stored, [key, modelled]]) : stored,
    };
  };
  const stored = sold.sofar.map((one) => [keyOf(commandOf(one.wish, sold, at(1))), one] as const);
  return explain({ version: from, left: heard, stored: new Map(stored) });
}

const keyOf = ({ owner, operation, requestId }: Command): string => [owner, operation, requestId].join();

function isClocks(event: HistoryEvent | undefined, before: Entitlement): boolean {
  if (event?.owner !== "clock" || before.endsAt === null || before.endsAt > event.at) return false;
  return cellOf("endDateReached", standingOf(before)).kind === "move" && event.after === "CANCELLED";
}

const isSame = (modelled: HistoryEvent, event: HistoryEvent): boolean =>
  JSON.stringify(gistOf(modelled)) === JSON.stringify(gistOf(event));

const gistOf = ({ operation, owner, requestId, before, after, changes }: HistoryEvent): unknown[] => [
  operation,
  owner,
  requestId,
  before,
  after,
  Object.keys(changes).sort(),
];

function isHeard(one: Heard, modelled: Answered, ends: boolean, before: Entitlement): boolean {
  if (one.wish.by !== "customer")
    return one.status === modelled.status && one.code === modelled.code && one.state === modelled.state;
  // The page is looked at before and after: what came in between may show in it.
  switch (one.code) {
    case "done":
      return modelled.status === 200;
    case "ended":
      return ends;
    case "setUp":
      return before.status !== "PENDING" && standingOf(before) !== "ENDED";
    default:
      return false;
  }
}

/** Faults of a history as a walk over the table of moves. */
export function strayMoves(history: readonly HistoryEvent[]): string[] {
  return history.flatMap((event, index) => {
    const before = fold(history.slice(0, index));
    const standing = standingOf(before);
    const cell = cellOf(event.operation as Move, standing);
    const isLegal = "to" in cell && cell.to.includes(event.after) && event.version === index + 1;
    return isLegal ? [] : [`${event.operation} from ${standing} to ${event.after} is not in the table`];
  });
}

/** What the account system was asked for these events, one effect each. */
export function effectsOf(history: readonly HistoryEvent[]): AccountOperation[] {
  return history.flatMap((event, index) => {
    const before = fold(history.slice(0, index));
    if (before === null) return event.after === "PENDING" ? [] : ["activate"];
    const { category, code, description } = event.reason ?? {};
    const block = category === "BLOCK" ? { kind: code ?? "", reason: description ?? "" } : undefined;
    const { operation, owner, requestId, reason } = event;
    const command = { operation, move: operation, owner, requestId, reason, block } as Command;
    const decision = decide(before, command, TERMS, event.at);
    return decision.kind === "ask" ? [decision.operation] : [];
  });
}
