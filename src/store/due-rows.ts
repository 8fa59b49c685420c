import type { Dialect } from "./dialect.js";
import { OPEN_STATES } from "./journal-rows.js";
import { marks, numberOf, select, textOf, textOrNull } from "./script.js";
import type { Script } from "./script.js";

/** Whose calls are settled side by side; null: those of a release that did not note whose they are (ADR 19). */
export type Lane = string | null;

/** The lanes with open calls whose date has come. One step of the index for each, however many they have. */
export function* listDueLanes(dialect: Dialect): Script<Lane[]> {
  const rows = yield* select(
    `SELECT state, resellerId FROM journal WHERE state IN (${marks(OPEN_STATES)}) GROUP BY state, resellerId HAVING MIN(dueAt) <= ${dialect.nowMs}`,
    OPEN_STATES,
  );
  return [...new Set(rows.map((row) => textOrNull(row, "resellerId")))];
}

/** Open calls of one lane whose date has come, oldest first. */
export function* listDueRows(dialect: Dialect, lane: Lane, limit: number): Script<string[]> {
  const due: { readonly key: string; readonly dueAt: number }[] = [];
  const ofLane = lane === null ? "resellerId IS NULL" : "resellerId = ?";
  for (const state of OPEN_STATES) {
    const rows = yield* select(
      `SELECT journalKey, dueAt FROM journal WHERE state = ? AND ${ofLane} AND dueAt <= ${dialect.nowMs} ORDER BY dueAt LIMIT ${String(limit)}`,
      lane === null ? [state] : [state, lane],
    );
    due.push(...rows.map((row) => ({ key: textOf(row, "journalKey"), dueAt: numberOf(row, "dueAt") })));
  }
  return due
    .sort((left, right) => left.dueAt - right.dueAt)
    .slice(0, limit)
    .map(({ key }) => key);
}
