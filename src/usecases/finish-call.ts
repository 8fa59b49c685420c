import { settledResult } from "../core/account-matrix.js";
import type { AccountResult, SettledResult } from "../core/account-result.js";
import { isBangoCall } from "../core/command.js";
import { problem } from "../core/problem.js";
import type { StoredReply } from "../store/change.js";
import { askAccounts } from "./ask-accounts.js";
import type { Ask, Budget } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import { settleCommand } from "./plan-command.js";

/** A call that has begun: we hold its row, its turn and its slot. */
export interface BegunCall extends Omit<Ask, "idempotencyKey"> {
  readonly journalKey: string;
  readonly attemptToken: string;
  readonly rowId: string;
  readonly compensations: number;
  /** Whether the answer goes to Bango as the reply to this very call. */
  readonly heard: boolean;
}

/** Stays the same for every repetition of this effect, in whatever process; see 2.5.3. */
export const idempotencyKeyOf = (
  { hash, contract }: Pick<Dependencies, "hash" | "contract">,
  call: Pick<BegunCall, "command" | "rowId" | "compensations">,
): string =>
  hash(
    "effect",
    call.command.owner,
    call.command.operation,
    call.command.identity,
    // A request id that is used again names another effect each time: its journal row does not.
    isBangoCall(call.command) && contract.replay === "untilNextMove"
      ? call.rowId
      : (call.command.requestId ?? call.rowId),
    call.compensations,
  );

/** Asks the account system and ends the call with what it answers. */
export async function finishCall(deps: Dependencies, call: BegunCall, budget: Budget): Promise<StoredReply> {
  const result = await askAccounts(deps, { ...call, idempotencyKey: idempotencyKeyOf(deps, call) }, budget);
  return endCall(deps, call, result);
}

const COULD_NOT = "the account system cannot do this now";

/** Writes what the account system's answer comes to. Throws Problem where it comes to no answer. */
export async function endCall(
  deps: Dependencies,
  call: BegunCall,
  result: AccountResult,
): Promise<StoredReply> {
  const settled = settledResult(call, result);
  switch (settled.kind) {
    case "nothingDone":
      if (settled.alarm)
        deps.log.error("account_system.refused_to_end_access", {
          operation: call.command.operation,
          merchantEntitlementId: call.before?.merchantEntitlementId ?? call.command.merchantEntitlementId,
        });
      await deps.store.abandon(call);
      throw problem("unavailable", COULD_NOT);
    case "declined":
      await deps.store.abandon(call);
      throw problem("declined", "the merchant's account system declines", { reason: settled.reason });
    case "unknown":
      await postponeUnknown(deps, call);
      throw problem("unavailable", "the outcome is not known yet");
    case "result":
      return writeResult(deps, call, settled.result);
  }
}

/** Keeps the call's turn until its outcome is known. */
export const postponeUnknown = (deps: Dependencies, call: BegunCall): Promise<boolean> =>
  deps.store.postpone(call, { dueInMs: FIRST_LOOK_MS, found: null, asked: true, counts: true });

/** The background's first look at an unknown outcome comes this soon. */
const FIRST_LOOK_MS = 500;

export async function writeResult(
  deps: Dependencies,
  call: Omit<BegunCall, "operation" | "access" | "trace" | "now"> & Partial<Pick<BegunCall, "access">>,
  result: SettledResult,
  note?: string,
): Promise<StoredReply> {
  const { command, before } = call;
  const asked = {
    acceptanceId: call.attemptToken,
    idempotencyKey: idempotencyKeyOf(deps, call),
    access: call.access ?? "none",
  };
  const [outcome] = await deps.store.apply([
    {
      journalKey: call.journalKey,
      attemptToken: call.attemptToken,
      identity: command.identity,
      merchantEntitlementId: before?.merchantEntitlementId ?? command.merchantEntitlementId,
      settle: (now) => settleCommand(deps, { ...call, asked }, result, now),
      ...(note === undefined ? {} : { note }),
    },
  ]);
  if (outcome?.reply) return outcome.reply;
  throw problem("unavailable", "another process is settling this call");
}
