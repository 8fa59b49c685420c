import { CHECKS } from "./checks.js";
import type { CheckReport, KitReport, KitSettings, Make } from "./kit-types.js";
import { runCheck } from "./run-check.js";

export type { CheckReport, CheckState, KitReport, KitSettings, Made, Make } from "./kit-types.js";

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
  for (const check of chosen(settings)) {
    const report = await runCheck(check, make, settings);
    checks.push(report);
    onCheck(report);
  }
  return { ok: checks.every(({ state }) => state !== "failed"), checks };
}

function chosen({ only }: KitSettings) {
  const unknown = only?.find((id) => !CHECKS.some((check) => check.id === id));
  if (unknown !== undefined) throw new RangeError(`the kit has no check ${unknown}`);
  return CHECKS.filter(({ id }) => !only || only.includes(id));
}

/** What Jest, Vitest and others have as globals. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => void;
  readonly it: (name: string, run: () => Promise<void>, timeoutMs: number) => void;
}

const CHECK_MS_MAX = 30_000;

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
    for (const check of chosen(settings))
      runner.it(
        `${check.title} (${check.id})`,
        async () => {
          const { finding } = await runCheck(check, make, settings);
          if (finding) throw new Error(`${finding.what}.\nWhy: ${finding.why}.\nFix: ${finding.fix}.`);
        },
        CHECK_MS_MAX,
      );
  });
}
