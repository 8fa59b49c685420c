import { accessAfter, SOLD } from "../core/access.js";
import type { Access } from "../core/access.js";
import type { Entitlement, Reason } from "../core/entitlement.js";
import { ACCOUNT_OPERATIONS } from "../core/moves.js";
import type { AccountOperation } from "../core/moves.js";
import type { AccountCall, AccountEntitlement, SignUpCall } from "../ports/account-system.js";
import { nameOfError } from "../ports/logger.js";
import { ownTrace } from "../ports/trace.js";
import { accountEntitlement } from "./account-entitlement.js";
import type { Dependencies } from "./dependencies.js";

export const TRIALS = [
  ...ACCOUNT_OPERATIONS,
  "register",
  "authenticate",
  "lookup",
  "list",
  "health",
] as const;
export type TrialName = (typeof TRIALS)[number];

const ASKS: ReadonlySet<TrialName> = new Set(["eligibility", "authenticate", "lookup", "list", "health"]);
export const changesSomething = (name: TrialName): boolean => !ASKS.has(name);

/** What a person says of the call; all else is made up, or is the entitlement's. */
export interface TrialCall {
  readonly idempotencyKey?: string | undefined;
  readonly access?: Access | undefined;
  readonly reason?: Reason | undefined;
  readonly entitlement?: Partial<AccountEntitlement> | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly cursor?: string | null | undefined;
  readonly limit?: number | undefined;
}

export interface Trial {
  readonly operation: TrialName;
  readonly entitlement: Entitlement | null;
  readonly call: TrialCall;
  /** Of an entitlement that is made up. */
  readonly sample: Pick<AccountEntitlement, "resellerId" | "productKey">;
}

export type TrialOutcome =
  | { readonly kind: "answered"; readonly answer: unknown; readonly durationMs: number }
  | { readonly kind: "threw"; readonly error: string; readonly durationMs: number }
  | { readonly kind: "notOffered" };

const LIMIT_USUAL = 20;

/** One operation of the account system, for a person to look at; nothing of it is written on our side. */
export const makeTryAccounts =
  (deps: Dependencies): ((trial: Trial) => Promise<TrialOutcome>) =>
  async (trial) => {
    const perform = performOf(deps, trial);
    if (perform === null) return { kind: "notOffered" };
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    const { accountDeadlineMs } = deps.limits;
    const signal = AbortSignal.timeout(accountDeadlineMs);
    // Not everything hears a signal, and `health` is handed none.
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
    });
    try {
      const answer = await Promise.race([
        perform({ signal, deadlineAt: Date.now() + accountDeadlineMs }),
        late,
      ]);
      return { kind: "answered", answer, durationMs: durationMs() };
    } catch (error) {
      return { kind: "threw", error: nameOfError(error), durationMs: durationMs() };
    }
  };

type Times = Pick<AccountCall, "signal" | "deadlineAt">;

function performOf(deps: Dependencies, trial: Trial): ((times: Times) => Promise<unknown>) | null {
  const { accounts } = deps;
  const { operation, call } = trial;
  const idempotencyKey = call.idempotencyKey ?? `try-${deps.token()}`;
  switch (operation) {
    case "health":
      return () => accounts.health();
    case "lookup": {
      const { lookup } = accounts;
      return lookup ? (times) => lookup(idempotencyKey, times) : null;
    }
    case "list": {
      const { list } = accounts;
      return list
        ? (times) => list({ cursor: call.cursor ?? null, limit: call.limit ?? LIMIT_USUAL, ...times })
        : null;
    }
    case "register":
    case "authenticate": {
      const step = accounts[operation];
      return step ? (times) => step(signUpCallOf(deps, trial, { idempotencyKey, ...times })) : null;
    }
    default: {
      const step = accounts[operation];
      return step ? (times) => step(stepCallOf(deps, trial, operation, { idempotencyKey, ...times })) : null;
    }
  }
}

type Begun = Times & Pick<AccountCall, "idempotencyKey">;

const commonOf = (deps: Dependencies, trial: Trial, begun: Begun) => ({
  ...begun,
  trace: ownTrace(begun.idempotencyKey),
  entitlement: entitlementOf(deps, trial),
  now: Date.now(),
});

const stepCallOf = (deps: Dependencies, trial: Trial, step: AccountOperation, begun: Begun): AccountCall => ({
  ...commonOf(deps, trial, begun),
  command: { operation: step, reason: trial.call.reason ?? null, requestId: null, unknownFields: null },
  access: trial.call.access ?? accessAfter(trial.entitlement ?? SOLD, step),
});

const signUpCallOf = (deps: Dependencies, trial: Trial, begun: Begun): SignUpCall => ({
  ...commonOf(deps, trial, begun),
  email: trial.call.email ?? "somebody@example.com",
  password: trial.call.password ?? deps.token(),
});

function entitlementOf(deps: Dependencies, trial: Trial): AccountEntitlement {
  const { entitlement: asked } = trial.call;
  const base = trial.entitlement ?? sampleOf(deps, trial.sample);
  const seen = accountEntitlement(deps, { ...base, ...asked });
  return { ...seen, plan: asked?.plan ?? seen.plan };
}

const sampleOf = (deps: Dependencies, sample: Trial["sample"]): Omit<AccountEntitlement, "plan"> => ({
  ...sample,
  merchantEntitlementId: `try-${deps.token()}`,
  entitlementId: deps.messageId(),
  offerKey: null,
  entitlementDisplayName: null,
  sharedCustomerId: `try-${deps.token()}`,
  bangoUserId: null,
  customerIdentifier: null,
  accountReference: null,
  dateActivated: null,
  dateExpiry: null,
  merchantBangoExtensionData: null,
  merchantExtensionData: null,
  extensionData: null,
  extraInformation: null,
});
