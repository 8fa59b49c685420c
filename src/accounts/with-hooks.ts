import { isAccountResult } from "../core/account-result.js";
import type { AccountResult } from "../core/account-result.js";
import type { AccountOperation } from "../core/moves.js";
import type {
  AccountCall,
  AccountHooks,
  AccountStep,
  AccountSystem,
  AfterHook,
  BeforeHook,
  Refuse,
} from "../ports/account-system.js";
import type { Logger } from "../ports/logger.js";
import { nameOfError } from "../ports/logger.js";
import { around } from "./around.js";
import { untilAborted } from "./until-aborted.js";

export interface HookOptions {
  /** For one hook; a before-hook has never more than half of what is left of its call. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

const GOOD: ReadonlySet<AccountResult["kind"]> = new Set(["done", "alreadySo", "accepted", "signUpRequired"]);

/**
 * The same account system with the merchant's hooks around each request. Before: may refuse, and where it fails nothing
 * is asked (`retryLater`), since what it guards must not happen unguarded. A repeat of a request whose outcome is not
 * known is past its before-hook: a refusal now would say of the first that it did nothing. After: changes nothing.
 */
export function withHooks(accounts: AccountSystem, hooks: AccountHooks, options: HookOptions): AccountSystem {
  const wrap =
    (operation: AccountOperation, inner: AccountStep): AccountStep =>
    async (call) => {
      const stopped = call.repeat === true ? null : await before(hooks, operation, call, options);
      if (stopped !== null) return stopped;
      let result: AccountResult = { kind: "unknown" };
      try {
        const answer = await untilAborted(inner(call), call.signal);
        if (isAccountResult(answer)) result = answer;
        return answer;
      } finally {
        const side = GOOD.has(result.kind) ? "onSuccess" : "onFailure";
        after(hooks[side], { side, operation, call, result }, options);
      }
    };
  return around(accounts, { step: wrap });
}

type Table<Hook> = Partial<Record<string, Hook>> | undefined;

/** Those of every operation first, then those of this one. */
const chosen = <Hook>(table: Table<Hook>, operation: string): Hook[] =>
  ["*", operation].flatMap((name) => {
    const hook = table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
    return hook === undefined ? [] : [hook];
  });

async function before(
  hooks: AccountHooks,
  operation: AccountOperation,
  call: AccountCall,
  { timeoutMs, log }: HookOptions,
): Promise<AccountResult | null> {
  for (const hook of chosen<BeforeHook>(hooks.before, operation)) {
    const timeMs = Math.min(timeoutMs, (call.deadlineAt - Date.now()) / 2);
    try {
      const said: unknown = await inTime(() => hook(call), timeMs);
      if (said === undefined || said === null) continue;
      const refuse = (said as { refuse?: Partial<Refuse> }).refuse;
      if (typeof refuse?.reason !== "string") throw new TypeError("no refusal");
      const { reason, text } = refuse;
      return typeof text === "string" ? { kind: "refused", reason, text } : { kind: "refused", reason };
    } catch (error) {
      log.warn("hook.failed", { hook: "before", operation, error: nameOfError(error) });
      return { kind: "retryLater" };
    }
  }
  return call.signal.aborted ? { kind: "retryLater" } : null;
}

interface Happened {
  readonly side: "onSuccess" | "onFailure";
  readonly operation: AccountOperation;
  readonly call: AccountCall;
  readonly result: AccountResult;
}

/** Nobody waits for it. */
function after(
  table: Table<AfterHook>,
  { side, operation, call, result }: Happened,
  { timeoutMs, log }: HookOptions,
): void {
  for (const hook of chosen(table, operation))
    // A copy: the answer that is being written must stay as it was given.
    inTime(() => hook(call, { ...result }), timeoutMs).catch((error: unknown) => {
      log.warn("hook.failed", { hook: side, operation, error: nameOfError(error) });
    });
}

async function inTime<T>(act: () => T | Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException("the hook took too long", "TimeoutError"));
    }, ms);
  });
  try {
    return await Promise.race([act(), late]);
  } finally {
    clearTimeout(timer);
  }
}
