/** Values that may stand in a log line. Whoever logs chooses each field by name: nothing is logged whole. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `event` reads `thing.happened`. An error line means that somebody must act now. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields, cause?: unknown): void;
}
