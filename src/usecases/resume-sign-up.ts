import type { ClaimedRow } from "../store/open-rows.js";
import { askAccounts } from "./ask-accounts.js";
import type { Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import { idempotencyKeyOf } from "./finish-call.js";
import type { BegunCall } from "./finish-call.js";
import { linkAccount, noteSignUp } from "./link-account.js";
import { unsure } from "./settle-schedule.js";
import type { Finding } from "./settle-schedule.js";

/**
 * Goes on with a sign-up whose account is known and that is certainly not activated: whoever signed up gets what they
 * came for, also where they do not come back (3.2). What is refused, or not possible now, lapses: they may try again.
 */
export async function resumeSignUp(
  deps: Dependencies,
  { row }: ClaimedRow,
  call: BegunCall,
  budget: Budget,
): Promise<Finding> {
  let begun = call;
  if (call.command.signUpStep === "identified") {
    const linked = await linkAccount(deps, call, budget);
    if (linked.kind === "unknown") return unsure(row, true);
    if (linked.kind !== "done" && linked.kind !== "alreadySo") return { kind: "absent" };
    begun = await noteSignUp(deps, call, { signUpStep: "linked" });
  }
  const idempotencyKey = idempotencyKeyOf(deps, begun);
  const result = await askAccounts(deps, { ...begun, idempotencyKey }, budget);
  if (result.kind === "retryLater") return { kind: "absent" };
  return result.kind === "unknown" ? unsure(row, true) : { kind: "found", result };
}
