import type { AccountResult } from "../../core/account-result.js";
import type { AccountOperation } from "../../core/moves.js";
import type { AccountEntitlement } from "../../ports/account-system.js";
import { contentOf, isTaken } from "../answers.js";
import { asChanged, newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import type { Subject } from "../subject.js";
import { json } from "../texts.js";

/** The effect; the same key again; and another key where it is already so. None of them is an error. */
async function doneAndRepeated(
  { inEffect, ask }: Subject,
  operation: AccountOperation,
  entitlement: AccountEntitlement,
): Promise<AccountResult> {
  const key = newKey();
  const first = await inEffect(operation, entitlement, { key });
  const same = await ask(operation, entitlement, { key, repeat: true });
  must(
    isTaken(same) && json(contentOf(same)) === json(contentOf(first)),
    `${operation} answered ${json(first)} first, and ${json(same)} to the same key again`,
    "after a lost answer the service asks again with the same key",
    "answer a known key with the stored result",
  );
  const other = await ask(operation, entitlement);
  must(
    isTaken(other),
    `${operation} answered ${json(other)} where it was so already`,
    "two roads may lead to one state, and a repeat is not an error",
    "answer alreadySo",
  );
  return first;
}

const effect = (
  operation: AccountOperation & keyof Subject["system"],
  title: string,
  before: readonly AccountOperation[],
): Check => ({
  id: operation,
  title,
  needs: [operation, ...before],
  async run(subject) {
    const entitlement = await subject.active();
    for (const step of before) await subject.inEffect(step, entitlement);
    await doneAndRepeated(subject, operation, entitlement);
  },
});

export const suspend = effect("suspend", "suspends, and takes a repeat for what it is", []);
export const resume = effect("resume", "resumes, and takes a repeat for what it is", ["suspend"]);

export const reinstate: Check = {
  id: "reinstate",
  title: "takes a planned end back, and takes a repeat for what it is",
  needs: ["reinstate", "endAtPeriod"],
  async run(subject) {
    const entitlement = await subject.active();
    await subject.inEffect("endAtPeriod", entitlement);
    await doneAndRepeated(subject, "reinstate", entitlement);
    const { kind } = await subject.ask("endAtPeriod", entitlement);
    must(
      kind !== "alreadySo",
      "after a reinstate, endAtPeriod answered alreadySo",
      "the customer stays, and would lose access at the old date",
      "take the planned end back where you wrote it",
    );
  },
};

export const revoke: Check = {
  id: "revoke",
  title: "revokes, whatever stands before it, and takes a repeat for what it is",
  needs: ["revoke"],
  async run(subject) {
    await doneAndRepeated(subject, "revoke", await subject.active());
    for (const before of ["suspend", "endAtPeriod"] as const) {
      if (!subject.system[before]) continue;
      const entitlement = await subject.active();
      await subject.inEffect(before, entitlement);
      await subject.inEffect("revoke", entitlement);
    }
  },
};

export const change: Check = {
  id: "change",
  title: "changes the plan, and takes a repeat for what it is",
  needs: ["change"],
  async run(subject) {
    const entitlement = await subject.active();
    await doneAndRepeated(subject, "change", asChanged(entitlement, subject.settings));
  },
};

export const endAtPeriod: Check = {
  id: "endAtPeriod",
  title: "ends with the period: an instant to come, in whole milliseconds, the same for a repeat",
  needs: ["endAtPeriod"],
  async run(subject) {
    const now = Date.now();
    const entitlement = await subject.active();
    const periodEndsAt = endIn(await doneAndRepeated(subject, "endAtPeriod", entitlement));
    if (periodEndsAt === undefined) return;
    must(
      Number.isSafeInteger(periodEndsAt) && periodEndsAt > now && periodEndsAt < now + PERIOD_MS_MAX,
      `endAtPeriod answered periodEndsAt ${json(periodEndsAt)} at ${String(now)}`,
      "the customer keeps access until then, and Bango is told that date",
      "answer milliseconds since 1970, not seconds and not text; leave it out where access has ended at once",
    );
    const again = endIn(await subject.ask("endAtPeriod", entitlement));
    must(
      again === undefined || again === periodEndsAt,
      `endAtPeriod answered periodEndsAt ${json(periodEndsAt)} first, and ${json(again)} under another key`,
      "the customer was told the first date",
      "keep the end that is planned already, and answer it",
    );
  },
};

const endIn = (result: AccountResult): number | undefined =>
  "periodEndsAt" in result ? result.periodEndsAt : undefined;

/** No subscription is paid for longer than that; milliseconds taken for microseconds are. */
const PERIOD_MS_MAX = 20 * 366 * 86_400_000;

export const revokeUnknown: Check = {
  id: "revoke-unknown",
  title: "takes the revoke of what it never had for done",
  needs: [],
  async run({ newEntitlement, ask }) {
    const result = await ask("revoke", await newEntitlement());
    must(
      isTaken(result),
      `revoke of an entitlement that there is none of was answered ${json(result)}`,
      "an activation that nobody came back for is undone by revoke, whether it arrived or not; what is refused here is tried for ever",
      "answer alreadySo where there is nothing to revoke",
    );
  },
};

export const eligibility: Check = {
  id: "eligibility",
  title: "answers whether a customer may have it, and does nothing else",
  needs: ["eligibility"],
  async run({ newEntitlement, ask, inEffect, accessOf }) {
    const entitlement = await newEntitlement();
    const answer = await ask("eligibility", entitlement);
    must(
      answer.kind === "done" || answer.kind === "alreadySo" || answer.kind === "refused",
      `eligibility answered ${json(answer)}`,
      "it is a question: yes is done, no is refused",
      "answer done or refused",
    );
    const why = "it is asked before the customer has bought anything";
    const fix = "only look, and write nothing";
    must((await accessOf(entitlement.merchantEntitlementId)) !== "full", "eligibility gave access", why, fix);
    if (answer.kind === "refused") return;
    const { kind } = await inEffect("activate", entitlement);
    must(kind !== "alreadySo", "after eligibility, activate answered alreadySo", why, fix);
  },
};
