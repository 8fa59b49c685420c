import { ownTrace } from "../ports/trace.js";
import type { Lane } from "../store/due-rows.js";
import { allOf } from "./all-of.js";
import type { Dependencies } from "./dependencies.js";
import type { SettleUnknown } from "./settle-unknown.js";

/** How many calls of one lane are settled at once in this process. */
const LANE_MAX = 8;
const PRUNE_BATCH_MAX = 200;

/** Settles calls of unknown outcome whose date has come, of each reseller a few at a time (ADR 19). */
export interface SettleDue {
  /** The lanes that have any. */
  readonly dueLanes: () => Promise<readonly Lane[]>;
  /** Looks at all of one lane, each once; the number that it settled. After the signal it begins no more. */
  readonly settleLane: (lane: Lane, signal?: AbortSignal) => Promise<number>;
  /** One pass over all lanes, side by side; the number that it settled. */
  readonly settleDue: () => Promise<number>;
}

export function makeSettleDue(deps: Dependencies, settle: SettleUnknown): SettleDue {
  const settleRow = (journalKey: string, lane: Lane): Promise<boolean> =>
    settle(journalKey, {
      for: "background",
      resellerId: lane,
      budget: { leftMs: deps.limits.accountDeadlineMs },
      trace: ownTrace(journalKey),
    });
  const settleLane: SettleDue["settleLane"] = async (lane, signal) => {
    const looked = new Set<string>();
    let settled = 0;
    while (signal?.aborted !== true) {
      const due = await deps.store.listDueRows(lane, LANE_MAX);
      const keys = due.filter((key) => !looked.has(key));
      settled += (await allOf(keys.map((key) => settleRow(key, lane)))).filter(Boolean).length;
      for (const key of keys) looked.add(key);
      if (keys.length === 0 || due.length < LANE_MAX) break;
    }
    return settled;
  };
  return {
    dueLanes: deps.store.listDueLanes,
    settleLane,
    settleDue: async () => {
      const lanes = await deps.store.listDueLanes();
      const settled = await allOf(lanes.map((lane) => settleLane(lane)));
      return settled.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** One small batch of journal rows that are past their 30 days; the number deleted. */
export const makePruneJournal =
  (deps: Dependencies): (() => Promise<number>) =>
  () =>
    deps.store.prune(PRUNE_BATCH_MAX);
