import { ACCOUNT_OPERATIONS } from "../../core/moves.js";
import type { AccountStep, AccountSystem, ListPage, SignUpStep } from "../../ports/account-system.js";
import type { Logger } from "../../ports/logger.js";
import { SIGN_UP_STEPS } from "../around.js";
import { ask } from "./ask.js";
import type { Asked, Line, Outcome, Wish } from "./line.js";
import { authorization } from "./authorization.js";
import type { TokenSource } from "./authorization.js";
import { compileRequest } from "./build-request.js";
import { healthInput, listInput, lookupInput, signUpInput, stepInput } from "./call-input.js";
import { LANE_OF_QUESTIONS, LANE_OF_TOKENS, laneOfEffects, laneOfLookups, makeLanes } from "./lanes.js";
import type { Lane } from "./lanes.js";
import { QUESTION_NAMES } from "./options.js";
import type { HttpAccountsOptions, HttpExchange, HttpOperationName } from "./options.js";
import { compileReply } from "./read-reply.js";
import { healthResult, lookupResult, pageResult, signUpResult, stepResult } from "./results.js";

export interface HttpAccountsParts {
  readonly log: Logger;
  /** Hears of every request and reply, without secrets. */
  readonly observe?: ((exchange: HttpExchange) => void) | undefined;
  /** Milliseconds; of tokens and of rests. */
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

export interface HttpAccountSystem extends AccountSystem {
  /** Lets go of the connections; calls under way end without an answer. */
  readonly close: () => Promise<void>;
}

type Perform = (lane: string, wish: Wish) => Promise<Outcome>;

/** The merchant's REST API as its configuration describes it; what is not configured is not offered. */
export function httpAccountSystem(options: HttpAccountsOptions, parts: HttpAccountsParts): HttpAccountSystem {
  const { now = () => Date.now() } = parts;
  const lanes = makeLanes(options, now);
  const line = openLine(options, parts, {
    now,
    send: (...sent) => lanes.within(LANE_OF_TOKENS, ({ send }) => send(...sent)),
  });
  const performs = new Map<HttpOperationName, Perform>();
  for (const name of [...ACCOUNT_OPERATIONS, ...SIGN_UP_STEPS, ...QUESTION_NAMES]) {
    const asked = compile(options, name);
    if (asked)
      performs.set(name, (lane, wish) => lanes.within(lane, (own) => ask({ ...line, ...own }, asked, wish)));
  }
  return {
    name: "http",
    accountSystemVersion: 1,
    idempotent: options.idempotent,
    ...(options.lagMs === undefined ? {} : { lagMs: options.lagMs }),
    ...stepsOf(performs),
    ...questionsOf(performs, options.timeoutMs),
    close: lanes.close,
  } as HttpAccountSystem;
}

/** What all lanes share: one proof of who we are, and one word about it. */
function openLine(
  options: HttpAccountsOptions,
  { log, observe, random = Math.random }: HttpAccountsParts,
  { now, send }: Pick<TokenSource, "now" | "send">,
): Omit<Line, keyof Lane> {
  let wasRefused = false;
  return {
    options,
    auth: authorization(options.auth, { send, timeoutMs: options.timeoutMs, now }),
    log,
    now,
    random,
    observe: observe ?? null,
    noteRefusal(refused) {
      if (refused && !wasRefused) log.error("account_system.refused_us");
      wasRefused = refused;
    },
  };
}

/** Sent again after they may have arrived: a question changes nothing. */
const QUESTIONS: ReadonlySet<HttpOperationName> = new Set([...QUESTION_NAMES, "eligibility", "authenticate"]);

function compile(options: HttpAccountsOptions, name: HttpOperationName): Asked | null {
  const operation = options.operations[name];
  if (!operation) return null;
  const place = `accountSystem.operations.${name}`;
  const repeatsAnswer = QUESTIONS.has(name) || options.idempotent;
  return {
    name,
    build: compileRequest(options, operation, place),
    read: compileReply(
      operation.results ?? (name === "health" ? [{ status: "2xx", kind: "ok" }] : []),
      place,
    ),
    safe: operation.safe ?? repeatsAnswer,
    repeatsAnswer,
    ignoresBreaker: name === "health",
  };
}

function stepsOf(performs: ReadonlyMap<HttpOperationName, Perform>): Partial<AccountSystem> {
  const steps: Record<string, AccountStep | SignUpStep> = {};
  for (const name of ACCOUNT_OPERATIONS) {
    const perform = performs.get(name);
    if (perform)
      steps[name] = (async (call) =>
        stepResult(
          await perform(laneOfEffects(call.entitlement.resellerId), {
            ...timesOf(call),
            input: stepInput(call),
            secrets: [],
          }),
          QUESTIONS.has(name),
        )) satisfies AccountStep;
  }
  for (const name of SIGN_UP_STEPS) {
    const perform = performs.get(name);
    if (perform)
      steps[name] = (async (call) =>
        signUpResult(
          await perform(laneOfEffects(call.entitlement.resellerId), {
            ...timesOf(call),
            input: signUpInput(call),
            secrets: [call.password],
          }),
          QUESTIONS.has(name),
        )) satisfies SignUpStep;
  }
  return steps;
}

const timesOf = ({ signal, deadlineAt }: Pick<Wish, "signal" | "deadlineAt">) => ({ signal, deadlineAt });

function questionsOf(
  performs: ReadonlyMap<HttpOperationName, Perform>,
  timeoutMs: number,
): Partial<AccountSystem> {
  const lookup = performs.get("lookup");
  const list = performs.get("list");
  const health = performs.get("health");
  return {
    ...(lookup && {
      lookup: async (key, times) =>
        lookupResult(
          await lookup(laneOfLookups(times.resellerId ?? null), {
            ...timesOf(times),
            input: lookupInput(key, times.deadlineAt),
            secrets: [],
          }),
        ),
    }),
    ...(list && {
      list: async (page: ListPage) =>
        pageResult(await list(LANE_OF_QUESTIONS, { ...timesOf(page), input: listInput(page), secrets: [] })),
    }),
    ...(health && {
      health: async () =>
        healthResult(
          await health(LANE_OF_QUESTIONS, {
            signal: AbortSignal.timeout(timeoutMs),
            deadlineAt: Date.now() + timeoutMs,
            input: healthInput(),
            secrets: [],
          }),
        ),
    }),
  };
}
