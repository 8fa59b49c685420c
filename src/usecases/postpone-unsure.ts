import type { OpenRow } from "../store/journal-rows.js";
import type { Dependencies } from "./dependencies.js";
import { ALARM_AFTER_LOOKS } from "./settle-schedule.js";
import type { Finding, SettleOptions } from "./settle-schedule.js";

/** Only the looks of the background are counted: how often somebody else comes by says nothing of how long it lasts. */
export async function postponeUnsure(
  { log, store }: Pick<Dependencies, "log" | "store">,
  row: OpenRow,
  { dueInMs, asked }: Extract<Finding, { kind: "unsure" }>,
  options: SettleOptions,
): Promise<void> {
  const counts = options.for === "background";
  if (counts && row.settleCount === ALARM_AFTER_LOOKS)
    log.error("outcome.still_unknown", { operation: row.command.operation, journalKey: row.journalKey });
  await store.postpone(row, { dueInMs: Math.max(1, dueInMs), found: row.found, asked, counts });
}
