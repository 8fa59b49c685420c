import { isKeptText } from "../core/account-result.js";
import type { Command } from "../core/command.js";
import type { Entitlement } from "../core/entitlement.js";
import { Problem, problem } from "../core/problem.js";
import type { SignUpCall, SignUpResult, SignUpStep } from "../ports/account-system.js";
import type {
  ClientApiUseCases,
  SignUp,
  SignUpOutcome,
  SignUpPage,
  SignUpRequest,
} from "../ports/sign-up.js";
import { callFor, withDeadline } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import type { DeliverNow } from "./deliver-messages.js";
import type { Dependencies } from "./dependencies.js";
import { postponeUnknown } from "./finish-call.js";
import type { BegunCall } from "./finish-call.js";
import { linkAccount, noteSignUp } from "./link-account.js";
import { makeRequireEligible } from "./require-eligible.js";
import type { RequireEligible } from "./require-eligible.js";
import type { CommandRequest, RunCommand } from "./run-command.js";
import { SignUpRefused, whyRefused } from "./sign-up-refused.js";

/** In the usual case Bango knows before the customer leaves the page (3.3); otherwise the outbox goes on. */
const CONFIRM_WITHIN_MS = 2000;

/** What the landing pages need: looking at a link, and signing up through it, once (3.2). */
export function makeSignUp(deps: Dependencies, run: RunCommand, deliverNow: DeliverNow): ClientApiUseCases {
  const requireEligible = makeRequireEligible();
  const view = (token: string): Promise<SignUpPage> => find(deps, token).then(pageOf);
  return {
    view,
    async signUp(request) {
      const found = await find(deps, request.token);
      const page = pageOf(found);
      if (page.kind !== "open" || found.kind !== "known")
        return page as Exclude<SignUpPage, { kind: "open" }>;
      try {
        await run(
          signUpRequest(deps.pinned(), found.entitlement, {
            command: { actor: "customer" },
            trace: request.trace,
            prepare: (call, budget) => prepare(deps, call, request, { budget, requireEligible }),
          }),
        );
      } catch (error) {
        return refusalOf(error, page.signUp, () => view(request.token));
      }
      await withinTime(deliverNow(found.entitlement.merchantEntitlementId));
      const end = await view(request.token);
      return end.kind === "ended" ? end : { kind: "done", signUp: page.signUp };
    },
  };
}

type Found =
  | { readonly kind: "known"; readonly entitlement: Entitlement; readonly expired: boolean }
  | { readonly kind: "unknown" };

async function find(deps: Dependencies, token: string): Promise<Found> {
  const link = await deps.store.findLink(deps.hashToken(token));
  return link === null
    ? { kind: "unknown" }
    : { kind: "known", entitlement: link.entitlement, expired: link.expiresAt <= link.now.business };
}

/** A link dies with PENDING: what came of it is what its later visitors see. */
function pageOf(found: Found): SignUpPage {
  if (found.kind === "unknown") return { kind: "unknown" };
  const { entitlement, expired } = found;
  const signUp = signUpOf(entitlement);
  switch (entitlement.status) {
    case "CANCELLED":
    case "REVOKED":
      return { kind: "ended", signUp };
    case "PENDING":
      if (entitlement.waitingFor !== "customer") return { kind: "setUp", signUp };
      return expired ? { kind: "unknown" } : { kind: "open", signUp };
    default:
      return { kind: "setUp", signUp };
  }
}

function signUpOf(entitlement: Entitlement): SignUp {
  const asked = entitlement.extraInformation?.returnUrl;
  return {
    resellerId: entitlement.resellerId,
    productKey: entitlement.productKey,
    entitlementDisplayName: entitlement.entitlementDisplayName,
    askedReturnUrl: typeof asked === "string" ? asked : null,
  };
}

/** One sign-up an entitlement: however often it is sent, from however many tabs, the calls join (2.5.5). */
export function signUpRequest(
  deps: Dependencies,
  entitlement: Entitlement,
  by: Pick<CommandRequest, "trace" | "prepare"> & {
    readonly command: Pick<Command, "actor" | "accountReference">;
  },
): CommandRequest {
  const signUpId = entitlement.merchantEntitlementId;
  const command: Command = {
    operation: "completeSignUp",
    move: "completeSignUp",
    owner: "sign-up",
    requestId: signUpId,
    identity: entitlement.identity,
    merchantEntitlementId: signUpId,
    reason: null,
    activation: null,
    update: null,
    unknownFields: null,
    ...by.command,
  };
  const { resellerId } = entitlement;
  return { ...by, command, resellerId, fingerprint: deps.hash("completeSignUp", signUpId) };
}

/**
 * Finds out whose account it is, before the account system activates it: eligibility, register or sign in, link. The
 * reference is noted in the journal as soon as it is known; from there the call is settled like any other, and
 * before it nothing has happened that a repeat would not find again (3.2).
 */
async function prepare(
  deps: Dependencies,
  call: BegunCall,
  request: SignUpRequest,
  { budget, requireEligible }: { readonly budget: Budget; readonly requireEligible: RequireEligible },
): Promise<BegunCall> {
  const accountReference = await requireEligible(deps, call, budget)
    .then(() => identify(deps, call, request, budget))
    .catch(async (error: unknown) => {
      await deps.store.abandon(call);
      throw error;
    });
  return linkIdentified(deps, { ...call, command: { ...call.command, accountReference } }, budget);
}

async function identify(
  deps: Dependencies,
  call: BegunCall,
  request: SignUpRequest,
  budget: Budget,
): Promise<string> {
  const email = request.email.toLowerCase();
  const ask = (step: SignUpStep | undefined, name: string): Promise<SignUpResult> => {
    if (!step) throw problem("unavailable", `the account system has no ${name}`);
    return askSignUp(deps, call, { step, name, email, password: request.password }, budget);
  };
  if (request.choice === "existing")
    return accountOf(await ask(deps.accounts.authenticate, "authenticate"), "wrongPassword");
  const registered = await ask(deps.accounts.register, "register");
  // Whoever chose "new" by mistake and typed the right password means that account.
  return registered.kind === "emailExists"
    ? accountOf(await ask(deps.accounts.authenticate, "authenticate"), "emailTaken")
    : accountOf(registered, "emailTaken");
}

interface SignUpAsk {
  readonly step: SignUpStep;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

async function askSignUp(
  deps: Dependencies,
  call: BegunCall,
  ask: SignUpAsk,
  budget: Budget,
): Promise<SignUpResult> {
  const { step, name, email, password } = ask;
  const idempotencyKey = deps.hash(name, call.command.merchantEntitlementId, email);
  const answer = await withDeadline(deps, name, budget, (signal, deadlineAt) => {
    const {
      command: _command,
      access: _access,
      ...common
    } = callFor(deps, { ...call, idempotencyKey }, signal, deadlineAt);
    const asked: SignUpCall = { ...common, email, password };
    return step(asked);
  });
  if (answer?.kind === "done" && (!isKeptText(answer.accountReference) || answer.accountReference === "")) {
    deps.log.warn("account_call.answered_nonsense", { operation: name });
    return { kind: "unknown" };
  }
  return answer ?? { kind: "unknown" };
}

function accountOf(result: SignUpResult, wrong: "wrongPassword" | "emailTaken"): string {
  switch (result.kind) {
    case "done":
      return result.accountReference;
    case "wrongPassword":
    case "emailExists":
      throw new SignUpRefused(wrong);
    case "refused":
      throw new SignUpRefused(whyRefused(result.reason), result.reason);
    default:
      throw problem("unavailable", "the account system cannot do this now");
  }
}

/** From here on the sign-up goes on whether its customer comes back or not (3.2). */
export async function linkIdentified(
  deps: Dependencies,
  call: BegunCall,
  budget: Budget,
): Promise<BegunCall> {
  const { accountReference } = call.command;
  const signUpStep = deps.accounts.link ? "identified" : "linked";
  const identified = await noteSignUp(deps, call, { accountReference, signUpStep });
  if (signUpStep === "linked") return identified;
  const result = await linkAccount(deps, identified, budget);
  switch (result.kind) {
    case "done":
    case "alreadySo":
      return noteSignUp(deps, identified, { signUpStep: "linked" });
    case "refused":
      await deps.store.abandon(call);
      throw new SignUpRefused(whyRefused(result.reason), result.reason);
    case "unknown":
      await postponeUnknown(deps, call);
      throw problem("unavailable", "the outcome is not known yet");
    default:
      await deps.store.abandon(call);
      throw problem("unavailable", "the account system cannot do this now");
  }
}

async function refusalOf(
  error: unknown,
  signUp: SignUp,
  view: () => Promise<SignUpPage>,
): Promise<SignUpOutcome> {
  if (error instanceof SignUpRefused) return { kind: "refused", reason: error.reason, signUp };
  if (!(error instanceof Problem)) throw error;
  switch (error.refusal.code) {
    case "alreadyExists":
      return { kind: "refused", reason: "limitReached", signUp };
    case "declined":
      return { kind: "refused", reason: whyRefused(error.refusal.parameters?.reason), signUp };
    case "conflict": {
      const page = await view();
      return page.kind === "open" ? { kind: "unavailable", signUp } : page;
    }
    default:
      return { kind: "unavailable", signUp };
  }
}

export const withinTime = (work: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, CONFIRM_WITHIN_MS);
  });
  // What goes on after the customer has left is the outbox's: its failures are logged where it runs.
  const settled = work.catch(() => undefined);
  return Promise.race([settled, late]).finally(() => {
    clearTimeout(timer);
  });
};
