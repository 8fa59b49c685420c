import type { Command } from "../core/command.js";
import type { Entitlement } from "../core/entitlement.js";
import { Problem, problem } from "../core/problem.js";
import type { SignUpCall, SignUpResult, SignUpStep } from "../ports/account-system.js";
import type {
  ClientApiUseCases,
  SignUp,
  SignUpOutcome,
  SignUpPage,
  SignUpRefusal,
  SignUpRequest,
} from "../ports/sign-up.js";
import { askAccounts, callFor, withDeadline } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import type { DeliverNow } from "./deliver-messages.js";
import type { Dependencies } from "./dependencies.js";
import { postponeUnknown } from "./finish-call.js";
import type { BegunCall } from "./finish-call.js";
import type { CommandRequest, RunCommand } from "./run-command.js";

/** The customer has been told why; nothing was done. */
export class SignUpRefused extends Error {
  constructor(
    readonly reason: SignUpRefusal,
    /** The account system's own reason, where it gave one. */
    readonly said: string = reason,
  ) {
    super(reason);
    this.name = "SignUpRefused";
  }
}

/** In the usual case Bango knows before the customer leaves the page (3.3); otherwise the outbox goes on. */
const CONFIRM_WITHIN_MS = 2000;

/** What the landing pages need: looking at a link, and signing up through it, once (3.2). */
export function makeSignUp(deps: Dependencies, run: RunCommand, deliverNow: DeliverNow): ClientApiUseCases {
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
            prepare: (call, budget) => prepare(deps, call, request, budget),
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
  budget: Budget,
): Promise<BegunCall> {
  const accountReference = await identify(deps, call, request, budget).catch(async (error: unknown) => {
    await deps.store.abandon(call);
    throw error;
  });
  const identified = { ...call, command: { ...call.command, accountReference } };
  if (!(await deps.store.noteCommand(call, identified.command)))
    throw problem("unavailable", "another process is settling this sign-up");
  await link(deps, identified, budget);
  return identified;
}

async function identify(
  deps: Dependencies,
  call: BegunCall,
  request: SignUpRequest,
  budget: Budget,
): Promise<string> {
  await requireEligible(deps, call, budget);
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

export async function requireEligible(deps: Dependencies, call: BegunCall, budget: Budget): Promise<void> {
  if (!deps.accounts.eligibility) return;
  const idempotencyKey = deps.hash("eligibility", call.command.merchantEntitlementId);
  const result = await askAccounts(
    deps,
    { ...call, operation: "eligibility", access: "none", idempotencyKey },
    budget,
  );
  if (result.kind === "refused")
    throw new SignUpRefused(
      result.reason === "ALREADY_SUBSCRIBED" ? "alreadySubscribed" : "notEligible",
      result.reason,
    );
  if (result.kind === "retryLater" || result.kind === "unknown") throw problem("unavailable", "ask again");
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
      throw new SignUpRefused("declined");
    default:
      throw problem("unavailable", "the account system cannot do this now");
  }
}

export async function link(deps: Dependencies, call: BegunCall, budget: Budget): Promise<void> {
  if (!deps.accounts.link) return;
  const idempotencyKey = deps.hash(
    "link",
    call.command.merchantEntitlementId,
    call.command.accountReference ?? "",
  );
  const result = await askAccounts(
    deps,
    { ...call, operation: "link", access: "none", idempotencyKey },
    budget,
  );
  switch (result.kind) {
    case "done":
    case "alreadySo":
      return;
    case "refused":
      await deps.store.abandon(call);
      throw new SignUpRefused("declined", result.reason);
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
      return { kind: "refused", reason: "declined", signUp };
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
