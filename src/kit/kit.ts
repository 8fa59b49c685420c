import { CHECKS } from "./checks.js";
import type { CheckReport, KitReport, KitSettings, Made, Make } from "./kit-types.js";
import { closeOne } from "./made.js";
import { makeRun } from "./run-check.js";
import { redacted } from "./secret-forms.js";
import { watchStrayErrors } from "./stray-errors.js";
import { deadlineMsOf } from "./subject.js";
import { textOf } from "./texts.js";

export type {
  CheckReport,
  CheckState,
  EntitlementPart,
  KitReport,
  KitSettings,
  Made,
  Make,
} from "./kit-types.js";

/** Ids and titles of all checks, in their order. */
export const checkList: readonly { readonly id: string; readonly title: string }[] = CHECKS.map(
  ({ id, title }) => ({ id, title }),
);

/** Runs the checks one after the other; `onCheck` hears of each as it ends. Ok where none has failed. */
export async function runKit(
  make: Make,
  settings: KitSettings = {},
  onCheck: (report: CheckReport) => void = () => undefined,
): Promise<KitReport> {
  const checks: CheckReport[] = [];
  const chosenChecks = chosen(settings);
  const stray = watchStrayErrors();
  const run = makeRun(make, settings, stray);
  try {
    for (const check of chosenChecks) {
      const report = await run(check);
      checks.push(report);
      onCheck(report);
    }
  } finally {
    stray.stop();
  }
  return { ok: checks.every(({ state }) => state !== "failed"), checks };
}

function chosen({ only }: KitSettings) {
  const unknown = only?.find((id) => !CHECKS.some((check) => check.id === id));
  if (unknown !== undefined) throw new RangeError(`the kit has no check ${unknown}`);
  return CHECKS.filter(({ id }) => !only || only.includes(id));
}

/** Closes what the kit was handed ready-made; a text says why that failed. */
export async function closeAfter(close: Made["close"], settings: KitSettings): Promise<string | undefined> {
  try {
    await closeOne(close, deadlineMsOf(settings));
    return undefined;
  } catch (error) {
    return redacted(textOf(error), settings.secrets);
  }
}

/** What Jest, Vitest and others have as globals. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => void;
  readonly it: (name: string, run: () => Promise<void>, timeoutMs: number) => void;
}

/**
 * Every call of a check has its own deadline, so this is for what no deadline ends. How much a `lagMs` makes of a check is
 * not known before anything is made.
 */
const checkMsMax = (settings: KitSettings): number => 600_000 + 20 * deadlineMsOf(settings);

/**
 * The checks as tests: `describeAccountSystem("my accounts", () => ({ system: myAccounts() }))`. A check of what is not
 * offered, or not to be seen, passes. Where there are no globals, hand in `{ describe, it }`.
 */
export function describeAccountSystem(
  name: string,
  make: Make,
  settings: KitSettings = {},
  // Whoever calls this without a runner is in one that has them as globals.
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  runner.describe(`account system ${name}`, () => {
    // Errors that nobody catches, runners catch.
    const run = makeRun(make, settings);
    for (const check of chosen(settings))
      runner.it(
        `${check.title} (${check.id})`,
        async () => {
          const { finding } = await run(check);
          if (finding) throw new Error(`${finding.what}.\nWhy: ${finding.why}.\nFix: ${finding.fix}.`);
        },
        checkMsMax(settings),
      );
  });
}
