import { around } from "../accounts/around.js";
import type { AccountSystem } from "../ports/account-system.js";
import { pause } from "./bounded.js";
import type { Check } from "./check.js";
import { Finding, NotSeen } from "./finding.js";
import type { CheckReport, KitSettings, Made, Make } from "./kit-types.js";
import { closeOne, makeOne, NotMade } from "./made.js";
import type { Memory } from "./memory.js";
import { redacted } from "./secret-forms.js";
import type { StrayErrors } from "./stray-errors.js";
import { deadlineMsOf, makeSubject } from "./subject.js";
import { textOf } from "./texts.js";

const SHAPE = "shape";
/** Without these nothing but their absence can be shown. */
const MANDATORY = ["activate", "revoke", "health"] as const satisfies readonly (keyof AccountSystem)[];

type Judged = Pick<CheckReport, "state" | "finding" | "because">;
export type RunCheck = (check: Check) => Promise<CheckReport>;

/** Runs checks one after the other, each on a system of its own; never throws. */
export function makeRun(make: Make, settings: KitSettings, stray?: StrayErrors): RunCheck {
  const memory: Memory = {};
  return async (check) => {
    const { id, title } = check;
    const startedAt = performance.now();
    const judged = await judge(check, { make, settings, memory, stray });
    return { id, title, ...judged, ms: Math.round(performance.now() - startedAt) };
  };
}

interface Run {
  readonly make: Make;
  readonly settings: KitSettings;
  readonly memory: Memory;
  readonly stray: StrayErrors | undefined;
}

async function judge(check: Check, run: Run): Promise<Judged> {
  const { memory, settings } = run;
  if (memory.notMadeAt !== undefined)
    return { state: "notSeen", because: `nothing could be made: see ${memory.notMadeAt}` };
  let judged: Judged;
  try {
    judged = await judgeMade(check, await makeOne(run.make, deadlineMsOf(settings)), run);
  } catch (error) {
    if (error instanceof NotMade) memory.notMadeAt = check.id;
    judged = outcomeOf(error, settings);
  }
  if (!run.stray) return judged;
  // What nobody caught is heard of at the end of its turn.
  await pause(0);
  const [stray] = run.stray.take();
  return stray === undefined || judged.state === "failed" ? judged : outcomeOf(uncaught(stray), settings);
}

async function judgeMade(check: Check, made: Made, { settings, memory }: Run): Promise<Judged> {
  let judged: Judged;
  try {
    judged = await judgeOffered(check, made, settings, memory);
  } catch (error) {
    judged = outcomeOf(error, settings);
  }
  try {
    await closeOne(made.close, deadlineMsOf(settings));
  } catch (error) {
    return judged.state === "failed" ? judged : outcomeOf(error, settings);
  }
  return judged;
}

async function judgeOffered(
  check: Check,
  made: Made,
  settings: KitSettings,
  memory: Memory,
): Promise<Judged> {
  const missing = missingFor(check, made.system);
  if (missing !== undefined) return { state: "notOffered", because: `there is no ${missing}` };
  // The service calls it so too; only the shape is judged as it came.
  const system = check.id === SHAPE ? made.system : around(made.system, {});
  await check.run(makeSubject({ ...made, system }, settings, memory));
  return { state: "passed" };
}

const missingFor = (check: Check, system: AccountSystem): string | undefined =>
  [...(check.id === SHAPE ? [] : MANDATORY), ...check.needs].find(
    (method) => typeof system[method] !== "function",
  );

const uncaught = (error: unknown): Finding =>
  new Finding(
    `an error came that nobody caught: ${textOf(error)}`,
    "it would end the service's process, with the calls of all resellers",
    "await or catch every promise, and listen to the errors of sockets and pools",
  );

function outcomeOf(error: unknown, { secrets }: KitSettings): Judged {
  if (error instanceof NotSeen) return { state: "notSeen", because: error.because };
  const { what, why, fix } =
    error instanceof Finding
      ? error
      : {
          what: `the check could not go on: ${textOf(error)}`,
          why: "an answer was not what the port says",
          fix: "look at the answer of the operation that the check is about",
        };
  // What the kit shows is shown to people too.
  return { state: "failed", finding: { what: redacted(what, secrets), why, fix } };
}
