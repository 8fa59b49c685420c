import { checkAccountSystem } from "../../accounts/check-account-system.js";
import type { AccountResult } from "../../core/account-result.js";
import { within } from "../bounded.js";
import type { Check } from "../check.js";
import { Finding, must } from "../finding.js";
import { json } from "../same-result.js";
import { DEADLINE_MS, textOf } from "../subject.js";

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
  async run({ system, settings: { deadlineMs = DEADLINE_MS } }) {
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
  async run({ newEntitlement, ask, system }) {
    const entitlement = newEntitlement();
    for (const operation of ["activate", "suspend", "resume", "change", "revoke"] as const)
      if (system[operation]) {
        const result = await ask(operation, entitlement);
        must(
          isResult(result),
          `${operation} answered ${json(result)}`,
          "the service takes what it does not know for an unknown outcome",
          'answer {kind: "done"} and the like, with accountReference and activationCode as text, periodEndsAt as whole milliseconds since 1970',
        );
      }
  },
};

const KINDS: ReadonlySet<unknown> = new Set<AccountResult["kind"]>([
  "done",
  "alreadySo",
  "signUpRequired",
  "accepted",
  "refused",
  "retryLater",
  "unknown",
]);

function isResult(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null) return false;
  const { kind, accountReference, activationCode, periodEndsAt, afterMs } = answer as Record<string, unknown>;
  const isTextOrMissing = (value: unknown) => value === undefined || typeof value === "string";
  const isWholeOrMissing = (value: unknown) => value === undefined || Number.isSafeInteger(value);
  return (
    KINDS.has(kind) &&
    isTextOrMissing(accountReference) &&
    isTextOrMissing(activationCode) &&
    isWholeOrMissing(periodEndsAt) &&
    isWholeOrMissing(afterMs)
  );
}
