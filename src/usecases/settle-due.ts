import type { Dependencies } from "./dependencies.js";
import type { SettleUnknown } from "./settle-unknown.js";

const BATCH_MAX = 50;
const PRUNE_BATCH_MAX = 200;

/** One pass over calls of unknown outcome whose date has come; the number that it settled. */
export function makeSettleDue(deps: Dependencies, settle: SettleUnknown): () => Promise<number> {
  return async () => {
    const keys = await deps.store.listDueRows(BATCH_MAX);
    const settled = await Promise.all(
      keys.map((journalKey) =>
        settle(journalKey, {
          for: "background",
          budget: { leftMs: deps.limits.accountDeadlineMs },
          traceId: journalKey,
        }),
      ),
    );
    return settled.filter(Boolean).length;
  };
}

/** One small batch of journal rows that are past their 30 days; the number deleted. */
export const makePruneJournal =
  (deps: Dependencies): (() => Promise<number>) =>
  () =>
    deps.store.prune(PRUNE_BATCH_MAX);
