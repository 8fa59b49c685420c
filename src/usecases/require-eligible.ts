import { problem } from "../core/problem.js";
import { askAccounts } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import type { BegunCall } from "./finish-call.js";
import { SignUpRefused } from "./sign-up-refused.js";

/** Throws SignUpRefused where the customer may not have it, and Problem where nobody can say now. */
export type RequireEligible = (deps: Dependencies, call: BegunCall, budget: Budget) => Promise<void>;

const REMEMBERED_MS = 60_000;

/**
 * Asks whether the customer may have what is signed up for. Remembers a yes for a minute: where the account system is
 * slow, a form that is sent again goes on behind the question, whose time it has had already.
 */
export function makeRequireEligible(): RequireEligible {
  const saidYesAt = new Map<string, number>();
  return async (deps, call, budget) => {
    if (!deps.accounts.eligibility) return;
    const now = performance.now();
    // In the order in which they came: behind one that is remembered all are.
    for (const [id, at] of saidYesAt) {
      if (now - at <= REMEMBERED_MS) break;
      saidYesAt.delete(id);
    }
    const { merchantEntitlementId } = call.command;
    if (saidYesAt.has(merchantEntitlementId)) return;
    await ask(deps, call, budget);
    saidYesAt.set(merchantEntitlementId, performance.now());
  };
}

async function ask(deps: Dependencies, call: BegunCall, budget: Budget): Promise<void> {
  const idempotencyKey = deps.hash("eligibility", call.command.merchantEntitlementId);
  const result = await askAccounts(
    deps,
    { ...call, operation: "eligibility", access: "none", idempotencyKey },
    budget,
  );
  if (result.kind === "refused")
    throw new SignUpRefused(
      result.reason === "ALREADY_SUBSCRIBED" ? "alreadySubscribed" : "notEligible",
      result.reason,
    );
  if (result.kind === "retryLater" || result.kind === "unknown") throw problem("unavailable", "ask again");
}
