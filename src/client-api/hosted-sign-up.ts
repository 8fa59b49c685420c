import type { Request, Response } from "express";
import { noteInLog } from "../http/access-log.js";
import { traceOf } from "../http/request-id.js";
import type { Logger } from "../ports/logger.js";
import { formPage } from "./form-page.js";
import type { FormState } from "./form-page.js";
import { isFormTokenGood, issueFormToken } from "./form-token.js";
import type { Messages, NoticeKey } from "./messages/messages.js";
import { orUnavailable } from "./or-unavailable.js";
import { formTargets } from "./return-url.js";
import type { PageAnswer } from "./send-page.js";
import { BLANK_FORM, findFieldErrors, readSignUpForm } from "./sign-up-form.js";
import type { FieldErrors, SignUpForm, TypedForm } from "./sign-up-form.js";
import type { SlidingWindow } from "../http/sliding-window.js";
import type { ClientApiUseCases, SignUp, SignUpOutcome, SignUpRefusal } from "../ports/sign-up.js";

export interface HostedDependencies {
  readonly use: ClientApiUseCases;
  readonly formKey: Buffer;
  readonly returnUrls: (resellerId: string) => readonly string[];
  readonly now: () => number;
  readonly failedSignIns: SlidingWindow;
  readonly log: Logger;
}

/** Either the form again, or what became of the sign-up. */
export type Submitted =
  | { readonly form: PageAnswer }
  | { readonly outcome: Exclude<SignUpOutcome, { kind: "refused" | "unavailable" }> };

const PURPOSE = "hosted-sign-up";
const RETRY_AFTER_SECONDS = 15;

interface Again {
  readonly status: number;
  readonly notice?: NoticeKey;
  readonly errors?: FieldErrors;
  readonly retryAfterSeconds?: number;
}

/** Signing up on our own pages: the form, and what happens when it is sent. */
export function hostedSignUp(deps: HostedDependencies) {
  const form = (token: string, signUp: SignUp | null, typed: TypedForm, again: Again): PageAnswer => {
    const state: FormState = {
      productName: signUp && (signUp.entitlementDisplayName ?? signUp.productKey),
      typed,
      formToken: issueFormToken(deps.formKey, token, PURPOSE, deps.now()),
      errors: again.errors ?? {},
      notice: again.notice ?? null,
    };
    const { status, retryAfterSeconds } = again;
    return {
      name: "open",
      status,
      content: (messages: Messages) => formPage(messages, state),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      // Of an unknown reseller we know no return URL, and a wrong guess would hide the good end from the customer.
      formTargets: signUp ? formTargets(deps.returnUrls(signUp.resellerId)) : ["https:"],
    };
  };

  /** The attempts under way, by link. */
  const underWay = new Map<string, Set<Promise<unknown>>>();
  const track = (token: string, attempt: Promise<unknown>): void => {
    const attempts = underWay.get(token) ?? new Set();
    underWay.set(token, attempts);
    const ended = attempt
      .catch(() => undefined)
      .finally(() => {
        attempts.delete(ended);
        if (attempts.size === 0) underWay.delete(token);
      });
    attempts.add(ended);
  };

  /**
   * Taken before the answer, so that many at once cannot all be the first; given back unless it was a failure.
   * Whoever finds no place because others are under way waits for them: a double click is no attack.
   */
  const mayTry = async (token: string): Promise<boolean> => {
    for (;;) {
      if (deps.failedSignIns.take(token)) return true;
      const attempts = underWay.get(token);
      if (attempts === undefined) return false;
      await Promise.race(attempts);
    }
  };

  const attempt = async (token: string, typed: SignUpForm, res: Response): Promise<SignUpOutcome> => {
    let hasFailed = false;
    try {
      const { email, password } = typed;
      const choice = typed.choice ?? "new";
      const request = { token, choice, email, password, trace: traceOf(res) };
      const outcome = await orUnavailable(deps.use.signUp(request), deps.log, res);
      hasFailed = outcome.kind === "refused" && triesPassword(outcome.reason);
      return outcome;
    } finally {
      if (!hasFailed) deps.failedSignIns.giveBack(token);
    }
  };

  const ask = async (token: string, typed: SignUpForm, res: Response): Promise<SignUpOutcome | "tooMany"> => {
    if (!(await mayTry(token))) return "tooMany";
    const made = attempt(token, typed, res);
    track(token, made);
    return made;
  };

  const settle = async (
    token: string,
    signUp: SignUp,
    typed: SignUpForm,
    res: Response,
  ): Promise<Submitted> => {
    const outcome = await ask(token, typed, res);
    if (outcome === "tooMany") {
      noteInLog(res, { signUp: "tooManyAttempts" });
      const retryAfterSeconds = deps.failedSignIns.retryAfterSeconds(token);
      return {
        form: form(token, signUp, typed, { status: 429, notice: "tooManyAttempts", retryAfterSeconds }),
      };
    }
    noteInLog(res, { signUp: outcome.kind === "refused" ? outcome.reason : outcome.kind });
    if (outcome.kind === "unavailable") return { form: form(token, outcome.signUp ?? signUp, typed, DOWN) };
    if (outcome.kind === "refused")
      return { form: form(token, outcome.signUp, typed, { status: 422, ...REFUSALS[outcome.reason] }) };
    return { outcome };
  };

  return {
    open: (token: string, signUp: SignUp): PageAnswer => form(token, signUp, BLANK_FORM, { status: 200 }),

    /** `signUp` null: the back end was down when it was asked what the link is for. */
    async submit(token: string, signUp: SignUp | null, req: Request, res: Response): Promise<Submitted> {
      const typed = readSignUpForm(req.body);
      if (signUp === null) return { form: form(token, null, typed, DOWN) };
      const sent = { sent: typed.formToken, now: deps.now() };
      if (!isFormTokenGood(deps.formKey, token, PURPOSE, sent)) {
        noteInLog(res, { signUp: "staleForm" });
        return { form: form(token, signUp, typed, { status: 403, notice: "staleForm" }) };
      }
      const errors = findFieldErrors(typed);
      if (Object.keys(errors).length > 0) {
        noteInLog(res, { signUp: "invalid" });
        return { form: form(token, signUp, typed, { status: 422, errors }) };
      }
      return settle(token, signUp, typed, res);
    },
  };
}

const DOWN: Again = { status: 503, notice: "unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS };

const triesPassword = (reason: SignUpRefusal): boolean =>
  reason === "wrongPassword" || reason === "emailTaken";

const REFUSALS: Readonly<Record<SignUpRefusal, Pick<Again, "notice" | "errors">>> = {
  wrongPassword: { errors: { password: "wrongPassword" } },
  emailTaken: { errors: { email: "emailTaken" } },
  emailRefused: { errors: { email: "emailRefused" } },
  passwordRefused: { errors: { password: "passwordRefused" } },
  notEligible: { notice: "notEligible" },
  alreadySubscribed: { notice: "alreadySubscribed" },
  limitReached: { notice: "limitReached" },
  declined: { notice: "declined" },
};
