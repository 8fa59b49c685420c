import type { AccountResult } from "../core/account-result.js";
import type { Command } from "../core/command.js";
import type { ClaimedRow } from "../store/open-rows.js";
import { askAccounts, lookUpEffect, resellerOf } from "./ask-accounts.js";
import type { Dependencies } from "./dependencies.js";
import { idempotencyKeyOf } from "./finish-call.js";
import { postponeUnsure } from "./postpone-unsure.js";
import { lagLeftMs, unsure } from "./settle-schedule.js";
import type { SettleOptions } from "./settle-schedule.js";

/**
 * Undoes an activation that the account system has done and nobody came back for: its `revoke`, as a call of its
 * own in the journal, so that it too is repeated until it is known to be done.
 */
export async function compensate(
  deps: Dependencies,
  claimed: ClaimedRow,
  options: SettleOptions,
): Promise<boolean> {
  const { row, now } = claimed;
  const requestId = `${row.merchantEntitlementId}:${String(row.compensations + 1)}`;
  const command: Command = {
    ...row.command,
    operation: "revoke",
    move: "revoke",
    owner: "compensation",
    actor: "compensation",
    requestId,
    reason: null,
    merchantEntitlementId: row.merchantEntitlementId,
  };
  const compensation = {
    journalKey: deps.hash("request", "compensation", "revoke", requestId),
    rowId: deps.token(),
    attemptToken: deps.token(),
    leaseMs: deps.limits.leaseMs,
    command,
  };
  if (!(await deps.store.startCompensation(row, compensation))) return false;
  deps.log.warn("activation.undone", { merchantEntitlementId: row.merchantEntitlementId });
  await revokeOrphan(
    deps,
    { ...claimed, row: { ...row, ...compensation, compensations: 0, settleCount: 0 }, now },
    options,
  );
  return true;
}

/** Goes on with a compensation whose own outcome is not known. */
export async function settleCompensation(
  deps: Dependencies,
  claimed: ClaimedRow,
  options: SettleOptions,
): Promise<boolean> {
  const { command } = claimed.row;
  const effect = {
    idempotencyKey: idempotencyKeyOf(deps, claimed.row),
    resellerId: resellerOf({ before: null, command }),
  };
  const { row } = claimed;
  const found = await lookUpEffect(deps, effect, options.budget);
  if (found.kind === "present" && isUndone(found.result)) return deps.store.finishCompensation(row);
  if (found.kind === "absent") {
    const dueInMs = lagLeftMs(deps, claimed);
    if (dueInMs <= 0) return revokeOrphan(deps, claimed, options);
    await postponeUnsure(deps, row, { kind: "unsure", dueInMs, asked: false }, options);
    return false;
  }
  if (found.kind === "present" || deps.accounts.idempotent === true)
    return revokeOrphan(deps, claimed, options, true);
  await postponeUnsure(deps, row, unsure(row), options);
  return false;
}

const isUndone = ({ kind }: AccountResult): boolean =>
  kind === "done" || kind === "alreadySo" || kind === "accepted";

async function revokeOrphan(
  deps: Dependencies,
  claimed: ClaimedRow,
  options: SettleOptions,
  repeat = false,
): Promise<boolean> {
  const { row, now } = claimed;
  const result = await askAccounts(
    deps,
    {
      command: row.command,
      before: null,
      operation: "revoke",
      access: "none",
      idempotencyKey: idempotencyKeyOf(deps, row),
      trace: options.trace,
      now,
      repeat,
    },
    options.budget,
  );
  if (isUndone(result)) return deps.store.finishCompensation(row);
  if (result.kind === "refused")
    deps.log.error("account_system.refused_to_end_access", {
      merchantEntitlementId: row.merchantEntitlementId,
    });
  await postponeUnsure(deps, row, unsure(row, true), options);
  return false;
}
