import pino from "pino";
import type { DestinationStream } from "pino";
import { nameOfError } from "./ports/logger.js";
import type { Logger } from "./ports/logger.js";

/** Database errors whose text quotes a value of ours, and so a customer's. */
const QUOTES_VALUES = /DUP_ENTRY|TOO_LONG|TRUNCATED|WRONG_VALUE|OUT_OF_RANGE/;

/** Field by field: drivers hang the whole statement, values and all, on their errors. */
function errorFields(cause: unknown): Readonly<Record<string, unknown>> {
  const { code, message, stack } = (typeof cause === "object" && cause !== null ? cause : {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly stack?: unknown;
  };
  const type = nameOfError(cause);
  const frames = typeof stack === "string" ? stack.split("\n").filter((line) => /^ {4}at /.test(line)) : [];
  const tells = typeof message === "string" && !(typeof code === "string" && QUOTES_VALUES.test(code));
  return { type, ...(tells ? { message } : {}), stack: frames.join("\n") };
}

/** JSON lines in UTC. Only fields that the caller names come in, and of an error its name, message and stack. */
export function pinoLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    // pino's own would look for an Error in what errorFields has taken apart already.
    serializers: { err: (fields: unknown) => fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const log = destination ? pino(options, destination) : pino(options);
  return {
    debug: (event, fields) => {
      log.debug(fields ?? {}, event);
    },
    info: (event, fields) => {
      log.info(fields ?? {}, event);
    },
    warn: (event, fields) => {
      log.warn(fields ?? {}, event);
    },
    error: (event, fields, cause) => {
      log.error(cause === undefined ? { ...fields } : { ...fields, err: errorFields(cause) }, event);
    },
  };
}
