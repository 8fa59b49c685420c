import { isBangoCall } from "../core/command.js";
import type { Command } from "../core/command.js";
import { Problem, problem, refusal } from "../core/problem.js";
import { isListedReason } from "../core/reasons.js";
import type { TraceContext } from "../ports/trace.js";
import type { BeginOutcome, Holder } from "../store/begin-call.js";
import type { StoredReply } from "../store/change.js";
import { allowForReseller, resellerOf } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import { finishCall } from "./finish-call.js";
import type { BegunCall } from "./finish-call.js";
import { forReseller } from "./dependencies.js";
import type { Dependencies } from "./dependencies.js";
import { hearLate } from "./hear-late.js";
import { planCommand } from "./plan-command.js";
import { UNKNOWN_PAUSE_MS } from "./settle-schedule.js";
import type { SettleUnknown } from "./settle-unknown.js";

export interface CommandRequest {
  readonly command: Command;
  /** Of the entitlement that it is about. */
  readonly resellerId: string;
  readonly fingerprint: string;
  readonly trace: TraceContext;
  /** What is left where the entitlement was looked for first; without it, the whole. */
  readonly budget?: Budget;
  /** The entitlement's version for which this is meant: a later one is refused. */
  readonly onlyVersion?: number;
  /** Runs once the call has begun, before the account system is asked. Where it throws, it has ended the call. */
  readonly prepare?: (call: BegunCall, budget: Budget) => Promise<BegunCall>;
}

export interface CommandReply {
  readonly reply: StoredReply;
  readonly replayed: boolean;
  /** For deriving the URL of a reply that has one. */
  readonly merchantEntitlementId: string;
}

/** Throws Problem for every refusal and wherever nothing is known. */
export type RunCommand = (request: CommandRequest) => Promise<CommandReply>;

/** The key under which equal calls find each other (2.5.1). `within`: what else their request ids depend on. */
export const journalKeyOf = (
  hash: Dependencies["hash"],
  { owner, operation, requestId }: Pick<Command, "owner" | "operation" | "requestId">,
  fingerprint: string,
  within: readonly string[] = [],
): string =>
  requestId === null
    ? hash("equal", owner, operation, fingerprint)
    : hash("request", owner, operation, requestId, ...within);

/** A platform that uses request ids again does so on other entitlements too; an activate is what names one. */
const keyScope = ({ contract }: Dependencies, command: Command): readonly string[] =>
  contract.replay === "untilNextMove" && isBangoCall(command) && command.operation !== "activate"
    ? [command.identity]
    : [];

/** Takes a command from its call to its stored reply, once, however often it is called. */
export function makeRunCommand(deps: Dependencies, settle: SettleUnknown): RunCommand {
  const inFlight = new Map<
    string,
    { readonly fingerprint: string; readonly answer: Promise<CommandReply> }
  >();
  return (request) => {
    const { command, fingerprint } = request;
    const key = journalKeyOf(deps.hash, command, fingerprint, keyScope(deps, command));
    const joined = inFlight.get(key);
    if (joined?.fingerprint === fingerprint) return joined.answer;
    if (joined) return runOnce(deps, settle, key, request);
    const answer = runOnce(deps, settle, key, request).finally(() => inFlight.delete(key));
    inFlight.set(key, { fingerprint, answer });
    return answer;
  };
}

async function runOnce(
  live: Dependencies,
  settle: SettleUnknown,
  journalKey: string,
  request: CommandRequest,
): Promise<CommandReply> {
  // A reload meanwhile is for the next call: this one is planned and settled by one configuration.
  const { command, resellerId, fingerprint } = request;
  const deps = forReseller(live.pinned(), resellerId);
  if (command.reason && !isListedReason(command.reason)) deps.log.info("reason.unlisted");
  const budget: Budget = request.budget ?? { leftMs: deps.limits.accountDeadlineMs };
  const wait = makePatience(deps);
  for (;;) {
    const attemptToken = deps.token();
    const rowId = deps.token();
    const [outcome] = await deps.store.begin([
      {
        journalKey,
        rowId,
        attemptToken,
        fingerprint,
        command,
        resellerId,
        leaseMs: deps.limits.leaseMs,
        replay: isBangoCall(command) ? deps.contract.replay : "always",
        plan: (before, now, waited) =>
          request.onlyVersion !== undefined && before?.version !== request.onlyVersion
            ? { kind: "refuse", refusal: refusal("conflict", "the entitlement has changed meanwhile") }
            : planCommand(deps, command, before, now, waited),
      },
    ]);
    if (!outcome) throw new Error("begin gave no outcome");
    switch (outcome.kind) {
      case "answered":
        if (outcome.late === true && isBangoCall(command)) await hearLate(deps, outcome.reply);
        return replyFor(command, outcome.reply, outcome.replayed);
      case "refused":
        throw new Problem(outcome.refusal);
      case "otherCall":
        deps.log.warn("request_id.reused", { operation: command.operation });
        throw problem("conflict", "this request id was used with another content");
      case "wait":
        await wait(outcome, (onlyIfDue) =>
          settle(outcome.holder.journalKey, {
            for: outcome.for === "call" ? "repeat" : "neighbour",
            resellerId,
            onlyIfDue,
            budget,
            trace: request.trace,
          }),
        );
        continue;
      case "ask": {
        const call = {
          journalKey,
          attemptToken,
          rowId: outcome.rowId,
          compensations: outcome.compensations,
          command,
          before: outcome.before,
          operation: outcome.plan.operation,
          access: outcome.plan.access,
          now: outcome.now,
          trace: request.trace,
          heard: isBangoCall(command),
        };
        allowForReseller(deps, budget, resellerOf(call));
        const prepared = request.prepare ? await request.prepare(call, budget) : call;
        return replyFor(command, await finishCall(deps, prepared, budget), false);
      }
    }
  }
}

const replyFor = (command: Command, reply: StoredReply, replayed: boolean): CommandReply => ({
  reply,
  replayed,
  merchantEntitlementId: idOf(reply) ?? command.merchantEntitlementId,
});

/** The stored body knows the id that won, where this call proposed another one. */
function idOf(reply: StoredReply): string | null {
  if (!reply.link) return null;
  const { merchantEntitlementId } = JSON.parse(reply.body) as { merchantEntitlementId?: string };
  return merchantEntitlementId ?? null;
}

type Waiting = Extract<BeginOutcome, { kind: "wait" }>;
/** True where the call that is waited for has ended. */
type Settle = (onlyIfDue: boolean) => Promise<boolean>;

const PAUSE_MS = { first: 5, most: 60 };

/**
 * How long a call waits for another: for its turn 2 s, behind an unknown outcome 1 s, and for an equal call as long
 * as that one's lease may last. Throws `unavailable` when that is over; then nothing of this call is left.
 */
function makePatience(deps: Dependencies): (waiting: Waiting, settle: Settle) => Promise<void> {
  const startedAt = performance.now();
  let pauseMs = PAUSE_MS.first;
  let unsettledSince: number | null = null;
  let lookedAt: string | null = null;
  const { turnWaitMs, unknownWaitMs, leaseMs } = deps.limits;
  const hasPassed = (since: number | null, ms: number): boolean =>
    since !== null && performance.now() - since >= ms;
  return async (waiting, settle) => {
    const stopWhenOver = (): void => {
      if (
        hasPassed(startedAt, waiting.for === "call" ? leaseMs + turnWaitMs : turnWaitMs) ||
        hasPassed(unsettledSince, unknownWaitMs)
      )
        throw problem("unavailable", "another call on this entitlement has not ended yet");
    };
    let holder: Holder | null = waiting.holder;
    // Asked of the row alone: to begin once more costs five statements, and changes nothing while the row is open.
    for (; holder !== null; holder = await deps.store.viewOpenRow(holder.journalKey)) {
      stopWhenOver();
      const { journalKey, settleable, due } = holder;
      // Each look costs the account system a question and the database two writes: at once, and then when it is due.
      if (settleable && (due || lookedAt !== journalKey)) {
        if (await settle(lookedAt === journalKey)) return;
        lookedAt = journalKey;
        unsettledSince ??= performance.now();
      }
      stopWhenOver();
      await deps.pause((settleable ? UNKNOWN_PAUSE_MS : pauseMs) * (0.5 + Math.random()));
      pauseMs = Math.min(PAUSE_MS.most, pauseMs * 1.5);
    }
  };
}
