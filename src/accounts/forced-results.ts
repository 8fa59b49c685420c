import type { AccountResult } from "../core/account-result.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountCall, AccountStep, AccountSystem } from "../ports/account-system.js";
import { around } from "./around.js";

export const FORCED = ["decline", "slow", "unknown", "down", "accepted"] as const;
export type Forced = (typeof FORCED)[number];

const OPERATIONS = ["activate", "suspend", "resume", "update", "cancel", "reinstate", "revoke"] as const;
export type ForcedOperation = (typeof OPERATIONS)[number];

/** A terminate is the one or the other. */
const ENDINGS: readonly string[] = ["cancel", "revoke"] satisfies ForcedOperation[];
const PREFIX = new RegExp(`^(?:(${OPERATIONS.join("|")}|terminate)-)?(${FORCED.join("|")})-`);
const SLOW_MS = 3000;
const DOWN_RETRY_AFTER_MS = 2000;

/**
 * The result that a tester asks for by the customer's id: `decline-anna` for every operation, `suspend-unknown-anna`
 * only for that one (5.2).
 */
export function forcedResult(
  entitlement: AccountCall["entitlement"],
  operation: ForcedOperation,
): Forced | null {
  for (const id of [entitlement.sharedCustomerId, entitlement.bangoUserId, entitlement.customerIdentifier]) {
    const match = id === null ? null : PREFIX.exec(id);
    if (match && isMeant(match[1], operation)) return match[2] as Forced;
  }
  return null;
}

const isMeant = (word: string | undefined, operation: ForcedOperation): boolean =>
  word === undefined || word === operation || (word === "terminate" && ENDINGS.includes(operation));

/** What an operation of the port is called by testers, who think of Bango's calls; null where nothing is forced. */
const TESTERS_WORD: Readonly<Record<AccountOperation, ForcedOperation | null>> = {
  activate: "activate",
  eligibility: "activate",
  suspend: "suspend",
  resume: "resume",
  change: "update",
  endAtPeriod: "cancel",
  reinstate: "reinstate",
  revoke: "revoke",
  link: null,
};

/** `act` is what would be done unforced; `accept` is what is done where it is only to be accepted. */
export async function forceable(
  call: AccountCall,
  operation: ForcedOperation,
  { act, accept }: Readonly<Record<"act" | "accept", () => Promise<AccountResult>>>,
): Promise<AccountResult> {
  // A cancel that ends at once asks for `revoke`; testers still mean the cancel.
  const isCancel = operation === "revoke" && call.command.operation === "cancel";
  switch (forcedResult(call.entitlement, isCancel ? "cancel" : operation)) {
    case "decline":
      return { kind: "refused", reason: "NOT_ELIGIBLE", text: "the customer id asks for a refusal" };
    case "down":
      return { kind: "retryLater", afterMs: DOWN_RETRY_AFTER_MS };
    case "accepted":
      return accept();
    case "slow":
      await pause(SLOW_MS, call.signal);
      return act();
    case "unknown":
      await act();
      return silence(call.signal);
    case null:
      return act();
  }
}

/**
 * The question before an activation is forced as that is. At the sign-up both stand in one request, whose time two slow
 * answers would use up: there the activation alone is slow.
 */
export const forceableQuestion = (
  call: AccountCall,
  ask: () => Promise<AccountResult>,
): Promise<AccountResult> =>
  call.command.operation === "completeSignUp" && forcedResult(call.entitlement, "activate") === "slow"
    ? ask()
    : forceable(call, "activate", { act: ask, accept: ask });

/**
 * Any account system, with the testers' customers of the demo. What is `accepted` takes effect there at once, and we
 * are told that it will later.
 */
export const withForcedResults = (accounts: AccountSystem): AccountSystem =>
  around(accounts, {
    step: (operation, inner): AccountStep => {
      const word = TESTERS_WORD[operation];
      if (word === null) return inner;
      if (operation === "eligibility") return (call) => forceableQuestion(call, () => inner(call));
      const accept = acceptedOnly(inner);
      return (call) => forceable(call, word, { act: () => inner(call), accept: () => accept(call) });
    },
  });

const acceptedOnly =
  (inner: AccountStep): AccountStep =>
  async (call) => {
    const result = await inner(call);
    return result.kind === "done" || result.kind === "alreadySo" ? { kind: "accepted" } : result;
  };

/** What is not waited for any longer is known not to have been done. */
export const aborted = (): Error => new Error("the caller stopped waiting");

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(aborted());
      },
      { once: true },
    );
  });
}

/** Never answers: the caller gives up at its deadline. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(aborted());
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
