import type { Response } from "express";
import { Problem } from "../core/problem.js";
import { requestIdOf } from "../http/request-id.js";
import type { Logger } from "../ports/logger.js";

export interface Unavailable {
  readonly kind: "unavailable";
  readonly signUp: null;
}

/** A back end that is down is an answer here, since the form has to come back with what was typed. */
export async function orUnavailable<T>(
  answer: Promise<T>,
  log: Logger,
  res: Response,
): Promise<T | Unavailable> {
  try {
    return await answer;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    noteCause(error, log, res);
    return { kind: "unavailable", signUp: null };
  }
}

const isUnavailable = (error: unknown): error is Problem =>
  error instanceof Problem && error.refusal.code === "unavailable";

/** The cause by name alone: a database's error text quotes values, and an e-mail address may be one. */
function noteCause({ cause }: Problem, log: Logger, res: Response): void {
  if (cause instanceof Error) log.warn("request.cause", { requestId: requestIdOf(res), cause: cause.name });
}

const FRAME = /^ {4}at .*(:\d+:\d+|<anonymous>)\)?$/;

/** What may be logged of a bug met while a customer's data was in hand: where it was, not what was said. */
export function withoutText(error: unknown): Error {
  const bare = new Error("text withheld: it may quote what a customer typed");
  if (!(error instanceof Error)) return bare;
  const frames = (error.stack ?? "").split("\n").filter((line) => FRAME.test(line));
  bare.name = error.name;
  bare.stack = [`${error.name}: ${bare.message}`, ...frames].join("\n");
  return bare;
}
