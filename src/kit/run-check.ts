import { around } from "../accounts/around.js";
import type { AccountSystem } from "../ports/account-system.js";
import type { Check } from "./check.js";
import { Finding, NotSeen } from "./finding.js";
import type { CheckReport, KitSettings, Made, Make } from "./kit-types.js";
import { makeSubject, textOf } from "./subject.js";

const SHAPE = "shape";
/** Without these nothing but their absence can be shown. */
const MANDATORY = ["activate", "revoke", "health"] as const satisfies readonly (keyof AccountSystem)[];

type Judged = Pick<CheckReport, "state" | "finding" | "because">;

/** Runs one check on a system of its own; never throws. */
export async function runCheck(check: Check, make: Make, settings: KitSettings): Promise<CheckReport> {
  const { id, title } = check;
  const startedAt = performance.now();
  const judged = await judge(check, make, settings);
  return { id, title, ...judged, ms: Math.round(performance.now() - startedAt) };
}

async function judge(check: Check, make: Make, settings: KitSettings): Promise<Judged> {
  let made: Made | undefined;
  try {
    made = await make();
    const missing = missingFor(check, made.system);
    if (missing !== undefined) return { state: "notOffered", because: `there is no ${missing}` };
    // The service calls it so too; only the shape is judged as it came.
    const system = check.id === SHAPE ? made.system : around(made.system, {});
    await check.run(makeSubject({ ...made, system }, settings));
    return { state: "passed" };
  } catch (error) {
    if (error instanceof NotSeen) return { state: "notSeen", because: error.because };
    return { state: "failed", finding: findingOf(error, settings) };
  } finally {
    await made?.close?.();
  }
}

const missingFor = (check: Check, system: AccountSystem): string | undefined =>
  [...(check.id === SHAPE ? [] : MANDATORY), ...check.needs].find(
    (method) => typeof system[method] !== "function",
  );

/** What the kit shows is shown to people too. */
function findingOf(error: unknown, { secrets = [] }: KitSettings): NonNullable<CheckReport["finding"]> {
  const { what, why, fix } =
    error instanceof Finding
      ? error
      : {
          what: `the check could not go on: ${textOf(error)}`,
          why: "an answer was not what the port says, or the system could not be made",
          fix: "look at the answer of the operation that the check is about",
        };
  const redacted = (text: string): string =>
    secrets.reduce((shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "***")), text);
  return { what: redacted(what), why, fix };
}
