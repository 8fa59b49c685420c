import { isAccountResult } from "../core/account-result.js";
import type { AccountResult } from "../core/account-result.js";
import { reasonOf } from "../core/command.js";
import type { Command } from "../core/command.js";
import type { Access } from "../core/decide.js";
import type { Entitlement } from "../core/entitlement.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountCall, AccountEntitlement, Lookup } from "../ports/account-system.js";
import { nameOfError } from "../ports/logger.js";
import type { TraceContext } from "../ports/trace.js";
import type { Now } from "../store/change.js";
import { accountEntitlement } from "./account-entitlement.js";
import type { Dependencies } from "./dependencies.js";

/** The time that one request may spend on the account system, in all its calls together. */
export interface Budget {
  leftMs: number;
}

/** Gives a budget that began with everybody's deadline the deadline of one reseller; once a budget. */
export function allowForReseller(deps: Dependencies, budget: Budget, resellerId: string | null): void {
  if (resellerId !== null)
    budget.leftMs += deps.accountDeadlineMs(resellerId) - deps.limits.accountDeadlineMs;
}

export const resellerOf = ({ before, command }: Pick<Ask, "before" | "command">): string | null =>
  (before ?? command.activation)?.resellerId ?? null;

/** One effect to ask for. */
export interface Ask {
  readonly command: Command;
  readonly before: Entitlement | null;
  readonly operation: AccountOperation;
  readonly access: Access;
  readonly idempotencyKey: string;
  readonly trace: TraceContext;
  readonly now: Now;
  /** Asked before, and what came of it is not known. */
  readonly repeat?: boolean;
}

/**
 * Asks the account system for one effect. Throwing, silence until the deadline and an answer of no known shape all
 * come back as `unknown`; no transaction or lock is open meanwhile.
 */
export async function askAccounts(deps: Dependencies, ask: Ask, budget: Budget): Promise<AccountResult> {
  const step = deps.accounts[ask.operation];
  if (!step) throw new Error(`the account system has no ${ask.operation}`);
  const answer = await withDeadline(deps, ask.operation, budget, (signal, deadlineAt) =>
    step(callFor(deps, ask, signal, deadlineAt)),
  );
  return isAccountResult(answer) ? answer : unknownAnswer(deps, ask.operation, answer);
}

/** Asks what became of an effect; whatever is not a clear answer is `unsure`. */
export async function lookUpEffect(
  deps: Dependencies,
  effect: { readonly idempotencyKey: string; readonly resellerId: string | null },
  budget: Budget,
): Promise<Lookup> {
  const { lookup } = deps.accounts;
  if (!lookup) return { kind: "unsure" };
  const answer = await withDeadline(deps, "lookup", budget, (signal, deadlineAt) =>
    lookup(effect.idempotencyKey, { signal, deadlineAt, resellerId: effect.resellerId ?? undefined }),
  );
  if (answer?.kind === "absent") return { kind: "absent" };
  return answer?.kind === "present" && isAccountResult(answer.result) ? answer : { kind: "unsure" };
}

/** Undefined where the call threw or was too late. */
export async function withDeadline<T>(
  deps: Dependencies,
  operation: string,
  budget: Budget,
  call: (signal: AbortSignal, deadlineAt: number) => Promise<T>,
): Promise<T | undefined> {
  if (budget.leftMs <= 0) return undefined;
  const startedAt = performance.now();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      deps.log.warn("account_call.late", { operation });
      resolve(undefined);
      controller.abort(new Error("the deadline has passed"));
    }, budget.leftMs);
  });
  try {
    return await Promise.race([call(controller.signal, Date.now() + budget.leftMs), late]);
  } catch (error) {
    deps.log.warn("account_call.failed", {
      operation,
      error: nameOfError(error),
    });
    return undefined;
  } finally {
    clearTimeout(timer);
    budget.leftMs -= performance.now() - startedAt;
  }
}

function unknownAnswer(deps: Dependencies, operation: string, answer: unknown): AccountResult {
  if (answer !== undefined) deps.log.warn("account_call.answered_nonsense", { operation });
  return { kind: "unknown" };
}

export const callFor = (
  deps: Dependencies,
  ask: Ask,
  signal: AbortSignal,
  deadlineAt: number,
): AccountCall => ({
  idempotencyKey: ask.idempotencyKey,
  deadlineAt,
  signal,
  ...(ask.repeat === true ? { repeat: true } : {}),
  trace: ask.trace,
  command: {
    operation: ask.command.move,
    reason: reasonOf(ask.command),
    requestId: ask.command.requestId,
    unknownFields: ask.command.unknownFields,
  },
  access: ask.access,
  entitlement: entitlementAfter(deps, ask),
  now: ask.now.business,
});

/** The entitlement as it will be once the command has taken effect. */
function entitlementAfter(deps: Dependencies, { command, before }: Ask): AccountEntitlement {
  const source = before ? { ...before, ...command.update } : command.activation;
  if (source === null) throw new Error(`${command.operation} names no entitlement`);
  return accountEntitlement(deps, {
    ...source,
    merchantEntitlementId: before?.merchantEntitlementId ?? command.merchantEntitlementId,
    accountReference: command.accountReference ?? before?.accountReference ?? null,
    dateActivated: before?.dateActivated ?? null,
  });
}
