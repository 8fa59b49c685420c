import type { Access } from "../core/access.js";
import type { AccountResult } from "../core/account-result.js";
import type { AccountOperation } from "../core/moves.js";
import type {
  AccountEntitlement,
  AccountSystem,
  Lookup,
  SignUpCall,
  SignUpResult,
} from "../ports/account-system.js";
import { GRACE_MS, pause, within } from "./bounded.js";
import type { Came } from "./bounded.js";
import { newCall, newEntitlement, newKey, newSignUp } from "./calls.js";
import { Finding, must } from "./finding.js";
import { listHoldings } from "./holdings.js";
import { json } from "./same-result.js";
import type { EntitlementPart, KitSettings, Made } from "./kit-types.js";

export interface AskOptions {
  readonly key?: string;
  readonly access?: Access;
}

/** The account system under test, in the words of the checks. */
export interface Subject {
  readonly system: AccountSystem;
  readonly settings: KitSettings;
  readonly lagMs: number;
  readonly newEntitlement: (part?: EntitlementPart) => AccountEntitlement;
  /** Its answer; a Finding where it throws or stays silent. What it asks to retry later is asked again. */
  readonly ask: (
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    options?: AskOptions,
  ) => Promise<AccountResult>;
  /** The same, and it must be in effect, or accepted. */
  readonly inEffect: (
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    options?: AskOptions,
  ) => Promise<AccountResult>;
  /** A new entitlement, activated. */
  readonly active: (part?: EntitlementPart) => Promise<AccountEntitlement>;
  readonly signUp: (
    step: "register" | "authenticate",
    who: Pick<SignUpCall, "email" | "password">,
    key?: string,
  ) => Promise<SignUpResult>;
  /** One call with a signal of the check's own; never throws. */
  readonly interrupt: (
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    options: { readonly key: string; readonly signal: AbortSignal },
  ) => Promise<Came<AccountResult>>;
  readonly lookUp: (key: string) => Promise<Lookup>;
  /** Undefined where neither books nor `list` tell. */
  readonly accessOf: (merchantEntitlementId: string) => Promise<Access | undefined>;
  /** Undefined where the books do not tell. */
  readonly effects: (key: string) => Promise<number | undefined>;
  readonly settle: () => Promise<void>;
}

export const DEADLINE_MS = 5000;
const ASKED_AGAIN_MAX = 5;
const RETRY_MS_MAX = 500;
const RETRY_MS = 50;

export const isTaken = ({ kind }: AccountResult): boolean =>
  kind === "done" || kind === "alreadySo" || kind === "accepted";

export function makeSubject({ system, books }: Made, settings: KitSettings): Subject {
  const deadlineMs = settings.deadlineMs ?? DEADLINE_MS;
  const lagMs = system.lagMs ?? 0;

  /** With a deadline that is kept as the service keeps it. */
  async function timed<T>(
    name: string,
    call: (signal: AbortSignal, deadlineAt: number) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(deadlineMs);
    const came = await within(deadlineMs, () => call(signal, Date.now() + deadlineMs));
    if (came.kind === "answered") return came.answer;
    throw new Finding(
      came.kind === "late"
        ? `${name} did not answer within ${String(deadlineMs)} ms`
        : `${name} threw ${textOf(came.error)}`,
      "the service takes that for an unknown outcome, and holds the entitlement until it is settled",
      "answer in time with one of the results of the port, and refuse by a value",
    );
  }

  async function ask(
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    { key = newKey(), access }: AskOptions = {},
  ): Promise<AccountResult> {
    for (let asked = 1; ; asked += 1) {
      const result = await timed(operation, (signal, deadlineAt) =>
        stepOf(operation)(newCall(operation, entitlement, { key, signal, deadlineAt, access })),
      );
      requireKind(operation, result);
      if (result.kind !== "retryLater" || asked > ASKED_AGAIN_MAX) return result;
      await pause(Math.min(result.afterMs ?? RETRY_MS, RETRY_MS_MAX));
    }
  }

  function stepOf(operation: AccountOperation) {
    const step = system[operation];
    must(step !== undefined, `there is no ${operation}`, "the check asks for it", `implement ${operation}`);
    return step;
  }

  async function inEffect(
    operation: AccountOperation,
    entitlement: AccountEntitlement,
    options?: AskOptions,
  ): Promise<AccountResult> {
    const result = await ask(operation, entitlement, options);
    must(
      isTaken(result),
      `${operation} answered ${json(result)}`,
      "the kit asked for something that can be done, or was done already",
      `let ${operation} answer done, or alreadySo where it is so; if your system sells other products than the kit asks for, name one in the settings (entitlement)`,
    );
    return result;
  }

  const subject: Subject = {
    system,
    settings,
    lagMs,
    newEntitlement: (part) => newEntitlement(settings, part),
    ask,
    inEffect,
    async active(part) {
      const entitlement = newEntitlement(settings, part);
      await inEffect("activate", entitlement);
      return entitlement;
    },
    signUp: (step, who, key = newKey()) =>
      timed(step, (signal, deadlineAt) => {
        const call = newSignUp(newEntitlement(settings), who, { key, signal, deadlineAt });
        const { [step]: run } = system;
        return run ? run(call) : Promise.reject(new Error(`there is no ${step}`));
      }),
    interrupt: (operation, entitlement, { key, signal }) =>
      within(deadlineMs + GRACE_MS, () =>
        stepOf(operation)(
          newCall(operation, entitlement, { key, signal, deadlineAt: Date.now() + deadlineMs }),
        ),
      ),
    lookUp: (key) =>
      timed("lookup", (signal, deadlineAt) => {
        const { lookup } = system;
        return lookup ? lookup(key, { signal, deadlineAt }) : Promise.resolve({ kind: "unsure" });
      }),
    async accessOf(id) {
      if (books?.accessOf) return books.accessOf(id);
      if (!system.list) return undefined;
      return (await listHoldings(system, deadlineMs)).find((one) => one.merchantEntitlementId === id)?.access;
    },
    effects: async (key) => books?.effects?.(key),
    settle: () => pause(lagMs),
  };
  return subject;
}

function requireKind(operation: string, answer: { readonly kind?: unknown } | null | undefined): void {
  must(
    typeof answer?.kind === "string",
    `${operation} answered ${json(answer)}`,
    "the service takes what it does not know for an unknown outcome",
    `let ${operation} return a result of the port: {kind: "done"}, {kind: "refused", reason}, …`,
  );
}

export const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
