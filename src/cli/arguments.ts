import { InvalidArgumentError } from "commander";

/** The longest page of any list. */
export const LIMIT_MAX = 1000;

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX)
    throw new InvalidArgumentError(`a whole number from 1 to ${String(LIMIT_MAX)}`);
  return value;
}
