import { setTimeout as pause } from "node:timers/promises";
import { nameOfError } from "../../ports/logger.js";
import { NoToken } from "./authorization.js";
import { exchange } from "./exchange.js";
import type { Errand } from "./exchange.js";
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
    if (outcome.kind === "heard") return outcome;
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

const waitAsked = (outcome: Outcome): number => (outcome.kind === "notDone" ? (outcome.afterMs ?? 0) : 0);

async function attemptOnce(line: Line, asked: Asked, wish: Wish): Promise<Outcome> {
  const leftMs = Math.min(line.options.timeoutMs, wish.deadlineAt - Date.now() - MARGIN_MS);
  if (leftMs <= 0) return notDone("no time was left", false);
  const signal = AbortSignal.any([wish.signal, AbortSignal.timeout(Math.ceil(leftMs))]);
  try {
    const request = await asked.build(wish.input);
    const restMs = asked.ignoresBreaker ? null : line.breaker.closedForMs();
    if (restMs !== null) return notDone("it rests after failures in a row", false, restMs);
    return await answerTo(line, asked, { ...wish, signal, request });
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
    if (!asked.ignoresBreaker) line.breaker.failed();
    return notDone(`${error.message} (${error.code})`, true);
  }
}

async function answerTo(line: Line, asked: Asked, errand: Errand): Promise<Outcome> {
  let reply = await exchange(line, asked, errand);
  // Refused for its token it had no effect: once more with another one.
  if ("reply" in reply && reply.reply.status === 401 && line.auth.refused(reply.sent))
    reply = await exchange(line, asked, errand);
  if ("error" in reply) return unanswered(line, asked, reply.error);
  if (!asked.ignoresBreaker) {
    if (reply.reply.status >= 500) line.breaker.failed();
    else line.breaker.succeeded();
  }
  line.noteRefusal(reply.reply.status === 401);
  return judgeReply(line, asked, errand.input, reply.reply);
}

function unanswered(line: Line, asked: Asked, error: NoReply): Outcome {
  if (!asked.ignoresBreaker) line.breaker.failed();
  const cause = nameOfError(error.cause);
  line.log.warn("account_request.unanswered", { operation: asked.name, sent: error.sent, error: cause });
  const why = `${error.message} (${cause})`;
  return error.sent ? { kind: "unclear", why } : notDone(why, true);
}
