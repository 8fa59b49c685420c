import { problem } from "../core/problem.js";
import type { MerchantApiUseCases } from "../ports/merchant-api.js";
import type { DeliverNow } from "./deliver-messages.js";
import type { Dependencies } from "./dependencies.js";
import { findOwn, merchantReply } from "./merchant-call.js";
import type { CommandRequest, RunCommand } from "./run-command.js";
import { makeRequireEligible } from "./require-eligible.js";
import { linkIdentified, signUpRequest, withinTime } from "./sign-up.js";
import { SignUpRefused } from "./sign-up-refused.js";

/**
 * Ends a sign-up that the merchant's own pages have led (3.2): the same row of the journal as the hosted form, so
 * that whichever comes first decides, and both find the same end.
 */
export function makeMerchantSignUp(
  deps: Dependencies,
  run: RunCommand,
  deliverNow: DeliverNow,
): MerchantApiUseCases["completeSignUp"] {
  const requireEligible = makeRequireEligible();
  return async ({ merchantEntitlementId, actor, trace }, { accountId }) => {
    const entitlement = await findOwn(deps, merchantEntitlementId);
    const ours = { linked: false };
    const prepare: CommandRequest["prepare"] = async (call, budget) => {
      try {
        await requireEligible(deps, call, budget);
      } catch (error) {
        await deps.store.abandon(call);
        throw error;
      }
      const linked = await linkIdentified(deps, call, budget);
      ours.linked = true;
      return linked;
    };
    const command = { actor, accountReference: accountId };
    const reply = await run(signUpRequest(deps, entitlement, { command, trace, prepare })).catch(declined);
    if (!ours.linked) await requireAccount(deps, merchantEntitlementId, accountId);
    await withinTime(deliverNow(merchantEntitlementId));
    return merchantReply(reply);
  };
}

function declined(error: unknown): never {
  if (error instanceof SignUpRefused)
    throw problem("declined", "the merchant's account system declines", { reason: error.said });
  throw error;
}

/** Somebody else's sign-up has ended first: with this account it is the same end, with another it is not. */
async function requireAccount(deps: Dependencies, id: string, accountId: string): Promise<void> {
  const { accountReference } = await findOwn(deps, id);
  if (accountReference !== accountId)
    throw problem("conflict", "the sign-up was completed with another account; relink moves it");
}
