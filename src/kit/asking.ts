import type { Access } from "../core/access.js";
import type { AccountResult } from "../core/account-result.js";
import type { AccountOperation } from "../core/moves.js";
import type {
  AccountEntitlement,
  AccountStep,
  AccountSystem,
  SignUpCall,
  SignUpResult,
} from "../ports/account-system.js";
import { isTaken } from "./answers.js";
import { GRACE_MS, pause, within } from "./bounded.js";
import type { Came } from "./bounded.js";
import { newCall, newKey, newSignUp } from "./calls.js";
import { Finding, must } from "./finding.js";
import { json, textOf } from "./texts.js";

export interface AskOptions {
  readonly key?: string;
  readonly access?: Access;
  /** As the service flags what it asked for before. */
  readonly repeat?: boolean;
}

type Ask = (
  operation: AccountOperation,
  entitlement: AccountEntitlement,
  options?: AskOptions,
) => Promise<AccountResult>;

export interface Who extends Pick<SignUpCall, "email" | "password"> {
  readonly entitlement: AccountEntitlement;
}

interface Interrupting {
  readonly key: string;
  readonly signal: AbortSignal;
}

/** The calls of the port, each with a deadline that is kept as the service keeps it. */
export interface Asking {
  readonly stepOf: (operation: AccountOperation) => AccountStep;
  /** Its answer; a Finding where it throws or stays silent. What it asks to retry later is asked again. */
  readonly ask: Ask;
  /** The same, and it must be in effect, or accepted. */
  readonly inEffect: Ask;
  readonly signUp: (step: "register" | "authenticate", who: Who, key?: string) => Promise<SignUpResult>;
  /** One call with a signal of the check's own; never throws. */
  readonly interrupt: (
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    options: Interrupting,
  ) => Promise<Came<AccountResult>>;
  readonly interruptRegister: (who: Who, options: Interrupting) => Promise<Came<SignUpResult>>;
  /** What `lookup` answers, whatever that is. */
  readonly lookUp: (key: string) => Promise<unknown>;
}

const ASKED_AGAIN_MAX = 5;
const RETRY_MS_MAX = 500;
const RETRY_MS = 50;

export function makeAsking(system: AccountSystem, deadlineMs: number): Asking {
  async function timed<T>(
    name: string,
    call: (times: { readonly signal: AbortSignal; readonly deadlineAt: number }) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(deadlineMs);
    const came = await within(deadlineMs, () => call({ signal, deadlineAt: Date.now() + deadlineMs }));
    if (came.kind === "answered") return came.answer;
    throw new Finding(
      came.kind === "late"
        ? `${name} did not answer within ${String(deadlineMs)} ms`
        : `${name} threw ${textOf(came.error)}`,
      "the service takes that for an unknown outcome, and holds the entitlement until it is settled",
      "answer in time with one of the results of the port, and refuse by a value",
    );
  }

  /** Until it answers anything but retryLater, or for some times. */
  async function untilAnswered<T extends AccountResult | SignUpResult>(
    name: string,
    call: Parameters<typeof timed<T>>[1],
  ): Promise<T> {
    for (let asked = 1; ; asked += 1) {
      const result = await timed(name, call);
      requireKind(name, result);
      if (result.kind !== "retryLater" || asked > ASKED_AGAIN_MAX) return result;
      await pause(Math.min(result.afterMs ?? RETRY_MS, RETRY_MS_MAX));
    }
  }

  function stepOf(operation: AccountOperation): AccountStep {
    const step = system[operation];
    must(step !== undefined, `there is no ${operation}`, "the check asks for it", `implement ${operation}`);
    return step;
  }

  function signUpOf(step: "register" | "authenticate") {
    const { [step]: run } = system;
    must(run !== undefined, `there is no ${step}`, "the check asks for it", `implement ${step}`);
    return run;
  }

  const ask: Ask = (operation, entitlement, { key = newKey(), access, repeat } = {}) =>
    untilAnswered(operation, (times) =>
      stepOf(operation)(newCall(operation, entitlement, { key, ...times, access, repeat })),
    );

  const soon = () => Date.now() + deadlineMs;
  return {
    stepOf,
    ask,
    async inEffect(operation, entitlement, options) {
      const result = await ask(operation, entitlement, options);
      must(
        isTaken(result),
        `${operation} answered ${json(result)}`,
        "the kit asked for something that can be done, or was done already",
        `let ${operation} answer done, or alreadySo where it is so; if your system sells other products than the kit asks for, name one in the settings (entitlement)`,
      );
      return result;
    },
    signUp: (step, { entitlement, ...who }, key = newKey()) =>
      untilAnswered(step, (times) => signUpOf(step)(newSignUp(entitlement, who, { key, ...times }))),
    interrupt: (operation, entitlement, options) =>
      within(deadlineMs + GRACE_MS, () =>
        stepOf(operation)(newCall(operation, entitlement, { ...options, deadlineAt: soon() })),
      ),
    interruptRegister: ({ entitlement, ...who }, options) =>
      within(deadlineMs + GRACE_MS, () =>
        signUpOf("register")(newSignUp(entitlement, who, { ...options, deadlineAt: soon() })),
      ),
    lookUp: (key) =>
      timed<unknown>("lookup", (times) => {
        const { lookup } = system;
        return lookup ? lookup(key, times) : Promise.resolve({ kind: "unsure" });
      }),
  };
}

function requireKind(operation: string, answer: { readonly kind?: unknown } | null | undefined): void {
  must(
    typeof answer?.kind === "string",
    `${operation} answered ${json(answer)}`,
    "the service takes what it does not know for an unknown outcome",
    `let ${operation} return a result of the port: {kind: "done"}, {kind: "refused", reason}, …`,
  );
}
