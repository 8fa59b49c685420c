import { checkAccountSystem } from "../../accounts/check-account-system.js";
import { isAccountResult } from "../../core/account-result.js";
import type { AccountResult } from "../../core/account-result.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { asHeld } from "../answers.js";
import { within } from "../bounded.js";
import type { Check } from "../check.js";
import { Finding, must, NotSeen } from "../finding.js";
import type { Subject } from "../subject.js";
import { json, textOf } from "../texts.js";

export const shape: Check = {
  id: "shape",
  title: "speaks version 1 of the contract, with every mandatory method",
  needs: [],
  async run({ system }) {
    const [first, ...others] = checkAccountSystem(system);
    if (!first) return Promise.resolve();
    const more = others.map(({ what }) => `; ${what}`).join("");
    throw new Finding(first.what + more, `${first.why}, so the service would not start`, first.fix);
  },
};

export const health: Check = {
  id: "health",
  title: "says in time whether it is well",
  needs: ["health"],
  async run({ system, deadlineMs }) {
    const ask = system.health;
    const came = await within(deadlineMs, () => ask());
    const why = "/readyz and the alarms go by it";
    const fix =
      "resolve to {ok: true}, or {ok: false, detail} where something is amiss, after one cheap question";
    must(came.kind !== "late", `health did not answer within ${String(deadlineMs)} ms`, why, fix);
    must(came.kind !== "threw", `health threw ${came.kind === "threw" ? textOf(came.error) : ""}`, why, fix);
    const answer = came.answer as { readonly ok?: unknown } | null | undefined;
    must(
      typeof answer === "object" && typeof answer?.ok === "boolean",
      `health answered ${json(answer)}`,
      why,
      fix,
    );
    must(
      answer.ok,
      `health answered ${json(answer)}`,
      "nothing can be judged of a system that is not well",
      "start what it needs, and run the kit again",
    );
  },
};

export const results: Check = {
  id: "results",
  title: "answers results of the port: known kinds, texts as texts, instants as whole milliseconds",
  needs: [],
  async run(subject) {
    const { ask, system } = subject;
    let entitlement = await entitlementToJudge(subject);
    for (const operation of ["activate", "suspend", "resume", "change", "endAtPeriod", "revoke"] as const)
      if (system[operation]) {
        const result = await ask(operation, entitlement);
        must(
          isAccountResult(result) && isWait(result),
          `${operation} answered ${json(result).slice(0, 300)}`,
          "the service takes what it does not know for an unknown outcome",
          `answer {kind: "done"} and the like, with accountReference and activationCode as text of at most 255 characters, periodEndsAt as whole milliseconds since 1970`,
        );
        if (operation === "activate") entitlement = asHeld(entitlement, result);
      }
  },
};

/** Where there is none, all other checks see nothing; that must not look like a pass. */
async function entitlementToJudge({ newEntitlement }: Subject): Promise<AccountEntitlement> {
  try {
    return await newEntitlement();
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    throw new Finding(
      error.because,
      "the kit can activate nothing, so nothing else can be judged",
      "give the kit an account to activate for, or implement register",
    );
  }
}

const isWait = (result: AccountResult): boolean =>
  result.kind !== "retryLater" || result.afterMs === undefined || Number.isSafeInteger(result.afterMs);
