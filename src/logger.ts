import pino from "pino";
import type { DestinationStream } from "pino";
import type { Logger } from "./ports/logger.js";

/** JSON lines in UTC. Only fields that the caller names come in, and of an error its name, message and stack. */
export function pinoLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
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
      log.error(
        // Not every error is an Error of this realm; the serializer looks for a message.
        cause === undefined ? { ...fields } : { ...fields, err: pino.stdSerializers.err(cause as Error) },
        event,
      );
    },
  };
}
