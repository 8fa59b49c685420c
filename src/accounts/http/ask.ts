import { setTimeout as pause } from "node:timers/promises";
import { nameOfError } from "../../ports/logger.js";
import { NoToken } from "./authorization.js";
import { exchange } from "./exchange.js";
import type { Errand, Sent } from "./exchange.js";
import { MappingFailed } from "./expression.js";
import { judgeReply } from "./judge-reply.js";
import { notDone } from "./line.js";
import type { Asked, Line, Outcome, Wish } from "./line.js";
import type { NoReply } from "./send.js";

/** Time to end in before the caller's own deadline, so that what is certain is still heard. */
const MARGIN_MS = 25;

/** Asks, and asks again where that is safe and there is time. */
export async function ask(line: Line, asked: Asked, wish: Wish): Promise<Outcome> {
  const { max, pauseMs } = line.options.retries;
  let wasUnclear = false;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptOnce(line, asked, wish);
    if (outcome.kind === "heard")
      return wasUnclear && !asked.repeatsAnswer && DENIES.has(outcome.heard.kind) ? DENIED_LATE : outcome;
    wasUnclear ||= outcome.kind === "unclear";
    // What an earlier attempt may have done, a later one that did not get through does not undo.
    const known: Outcome = wasUnclear ? { kind: "unclear", why: outcome.why } : outcome;
    const mayRepeat = outcome.kind === "unclear" ? asked.safe : outcome.again;
    const waitMs = Math.max(waitAsked(outcome), line.random() * pauseMs * 2 ** attempt);
    const leftMs = wish.deadlineAt - Date.now() - MARGIN_MS - waitMs;
    if (!mayRepeat || attempt >= max || leftMs <= 0 || wish.signal.aborted) return known;
    line.log.debug("account_request.repeated", {
      operation: asked.name,
      attempt: attempt + 1,
      why: outcome.why,
    });
    await pause(waitMs, undefined, { signal: wish.signal }).catch(() => undefined);
  }
}

/** "Subscribed already", say: what an earlier attempt may have done has not failed by it. */
const DENIES: ReadonlySet<string> = new Set(["refused", "signUpRequired", "emailExists"]);
const DENIED_LATE: Outcome = { kind: "unclear", why: "refused after an attempt that may have arrived" };

const waitAsked = (outcome: Outcome): number => (outcome.kind === "notDone" ? (outcome.afterMs ?? 0) : 0);

async function attemptOnce(line: Line, asked: Asked, wish: Wish): Promise<Outcome> {
  const leftMs = Math.min(line.options.timeoutMs, wish.deadlineAt - Date.now() - MARGIN_MS);
  if (leftMs <= 0) return notDone("no time was left", false);
  const { signal, clear } = limited(wish.signal, Math.ceil(leftMs));
  try {
    const request = await asked.build(wish.input);
    const restMs = asked.ignoresBreaker ? null : line.breaker.closedForMs();
    if (restMs !== null) return notDone("it rests after failures in a row", false, restMs);
    return await answerTo(line, asked, { ...wish, signal, request, callerSignal: wish.signal });
  } catch (error) {
    if (error instanceof MappingFailed) {
      line.log.error("account_request.not_built", {
        operation: asked.name,
        place: error.place,
        code: error.code,
      });
      return notDone(error.message, false);
    }
    if (!(error instanceof NoToken)) throw error;
    line.log.warn("account_token.missing", { operation: asked.name, code: error.code });
    if (error.isRefusal) line.noteRefusal(true);
    noteFailure(line, asked, wish.signal);
    return notDone(`${error.message} (${error.code})`, !error.isRefusal);
  } finally {
    clear();
  }
}

/**
 * The caller's signal, and our time for one request. Not AbortSignal.any over AbortSignal.timeout: it holds them weakly,
 * so on Node 20 a collection of garbage takes the time-out away, and nothing ever ends the request.
 */
function limited(
  caller: AbortSignal,
  ms: number,
): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const giveUp = (): void => {
    controller.abort(caller.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException("the request took too long", "TimeoutError"));
  }, ms);
  if (caller.aborted) giveUp();
  else caller.addEventListener("abort", giveUp, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      caller.removeEventListener("abort", giveUp);
    },
  };
}

async function answerTo(line: Line, asked: Asked, errand: Errand): Promise<Outcome> {
  let reply = await exchange(line, asked, errand);
  let isRefused = await refusesUs(asked, errand, reply);
  // Refused for its token it had no effect: once more with another one.
  if (isRefused && line.auth.refused(reply.sent)) {
    reply = await exchange(line, asked, errand);
    isRefused = await refusesUs(asked, errand, reply);
  }
  if ("error" in reply) {
    noteFailure(line, asked, errand.callerSignal);
    return unanswered(line, asked, reply.error);
  }
  if (reply.reply.status >= 500) noteFailure(line, asked, errand.callerSignal);
  else if (!asked.ignoresBreaker && line.breaker.succeeded())
    line.log.info("account_system.back", { operation: asked.name });
  line.noteRefusal(isRefused);
  return judgeReply(line, asked, errand, reply.reply);
}

/** 401 is about our proof, unless a rule names it for something else: a customer's wrong password, say. */
async function refusesUs(asked: Asked, { input }: Errand, answer: Sent): Promise<boolean> {
  if (!("reply" in answer) || answer.reply.status !== 401) return false;
  try {
    return (await asked.read(answer.reply, input)) === null;
  } catch (error) {
    if (error instanceof MappingFailed) return true;
    throw error;
  }
}

/** Whoever gave up before its time says nothing of the API: our own deadline is always the earlier one. */
function noteFailure(line: Line, asked: Asked, callerSignal: AbortSignal): void {
  if (asked.ignoresBreaker || callerSignal.aborted) return;
  const { failures: inARow, restMs } = line.options.breaker;
  if (line.breaker.failed()) line.log.warn("account_system.rests", { operation: asked.name, inARow, restMs });
}

function unanswered(line: Line, asked: Asked, error: NoReply): Outcome {
  const cause = nameOfError(error.cause);
  line.log.warn("account_request.unanswered", { operation: asked.name, sent: error.sent, error: cause });
  const why = `${error.message} (${cause})`;
  return error.sent ? { kind: "unclear", why } : notDone(why, true);
}
