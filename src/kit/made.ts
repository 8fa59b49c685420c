import { within } from "./bounded.js";
import { Finding, must } from "./finding.js";
import type { Made, Make } from "./kit-types.js";
import { json, textOf } from "./texts.js";

/** How many deadlines of a call it may take to open what it needs: with the usual one as long as the service waits. */
const OPENS_WITHIN = 6;
const CLOSES_WITHIN = 2;
const WHY_NOT_STARTED = "the service would not start";

/** Nothing can be judged of what could not be made. */
export class NotMade extends Finding {}

export async function makeOne(make: Make, deadlineMs: number): Promise<Made> {
  const openMs = OPENS_WITHIN * deadlineMs;
  const came = await within(openMs, async () => make());
  if (came.kind === "late")
    throw new NotMade(
      `the account system was not made within ${String(openMs)} ms`,
      WHY_NOT_STARTED,
      "let the factory resolve once what it needs is open, or reject",
    );
  if (came.kind === "threw")
    throw new NotMade(
      `the factory threw ${textOf(came.error)}`,
      WHY_NOT_STARTED,
      "see to what the factory needs: its options (--options), its database",
    );
  const { system } = (came.answer as Made | null | undefined) ?? {};
  if (typeof system !== "object" || (system as unknown) === null)
    throw new NotMade(
      `the factory returned ${json(system)}`,
      WHY_NOT_STARTED,
      "return the account system: (options) => ({ name, accountSystemVersion: 1, … })",
    );
  return came.answer;
}

/** Throws a Finding where it does not let go. */
export async function closeOne(close: Made["close"], deadlineMs: number): Promise<void> {
  if (typeof close !== "function") return;
  const closeMs = CLOSES_WITHIN * deadlineMs;
  const came = await within(closeMs, async () => close());
  must(
    came.kind === "answered",
    came.kind === "threw"
      ? `close threw ${textOf(came.error)}`
      : `close did not end within ${String(closeMs)} ms`,
    "the service closes it when it stops, and would be stopped by force",
    "let close resolve once everything is let go of",
  );
}
