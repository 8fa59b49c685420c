/** Values that may stand in a log line. Whoever logs chooses each field by name: nothing is logged whole. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * What of an error may stand in a line: its name and code. Texts of databases and account systems quote what they
 * were given, customers' data and all.
 */
export function nameOfError(error: unknown): string {
  const { name, code } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
  };
  return [name, code].filter((part) => typeof part === "string").join(" ") || "not an Error";
}

/** `event` reads `thing.happened`. An error line means that somebody must act now. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields, cause?: unknown): void;
}
