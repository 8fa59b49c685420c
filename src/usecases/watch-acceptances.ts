import { presentAcceptance } from "../core/acceptance.js";
import type { AcceptedOperation } from "../core/acceptance.js";
import type { Dependencies } from "./dependencies.js";

const BATCH_MAX = 50;

/** One pass over accepted operations whose completion should have come; the number of alarms raised. */
export type WatchAcceptances = () => Promise<number>;

/** Each raises its alarm once, in one of all processes; a superseded one raises none, and is marked as such. */
export const makeWatchAcceptances =
  (deps: Pick<Dependencies, "store" | "log" | "token">): WatchAcceptances =>
  async () => {
    const overdue = await deps.store.listOverdueAcceptances(BATCH_MAX);
    let raised = 0;
    for (const one of overdue) if (await watch(deps, one)) raised += 1;
    return raised;
  };

async function watch(
  { store, log, token }: Parameters<typeof makeWatchAcceptances>[0],
  overdue: AcceptedOperation,
): Promise<boolean> {
  const { merchantEntitlementId, acceptanceId } = overdue;
  const events = await store.listHistory(merchantEntitlementId);
  const acceptances = await store.listAcceptances(merchantEntitlementId);
  const { state, finishedAt } = presentAcceptance(overdue, { acceptances, events });
  if (state === "superseded" && finishedAt !== null) {
    await store.supersedeAcceptance(acceptanceId, finishedAt);
    return false;
  }
  if (!(await store.takeAlarm(acceptanceId, token()))) return false;
  const { operation, idempotencyKey } = overdue;
  log.error("completion.overdue", { merchantEntitlementId, operation, idempotencyKey });
  return true;
}
