import type { AccountResult } from "../core/account-result.js";
import type { Command } from "../core/command.js";
import { problem } from "../core/problem.js";
import { askAccounts } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import type { BegunCall } from "./finish-call.js";

/** Ties the entitlement to the account of the sign-up. Repeatable; where nothing has to be tied, it is so already. */
export function linkAccount(deps: Dependencies, call: BegunCall, budget: Budget): Promise<AccountResult> {
  if (!deps.accounts.link) return Promise.resolve({ kind: "alreadySo" });
  const { merchantEntitlementId, accountReference } = call.command;
  const idempotencyKey = deps.hash("link", merchantEntitlementId, accountReference ?? "");
  return askAccounts(deps, { ...call, operation: "link", access: "none", idempotencyKey }, budget);
}

/** Keeps in the journal how far a sign-up has come. Throws Problem where another process has taken it over. */
export async function noteSignUp(
  deps: Dependencies,
  call: BegunCall,
  come: Pick<Command, "accountReference" | "signUpStep">,
): Promise<BegunCall> {
  const command = { ...call.command, ...come };
  if (!(await deps.store.noteCommand(call, command)))
    throw problem("unavailable", "another process is settling this sign-up");
  return { ...call, command };
}
