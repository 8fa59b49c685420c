import type { Dialect } from "./dialect.js";
import { marks, run, select, textOf } from "./script.js";
import type { Script } from "./script.js";

/** Lets each alias lead to its identity from now on, wherever it led before. */
export function* writeAliases(
  dialect: Dialect,
  aliases: readonly (readonly [alias: string, identity: string])[],
): Script<void> {
  if (aliases.length === 0) return;
  const sorted = [...aliases].sort(([left], [right]) => (left < right ? -1 : 1));
  const names = sorted.map(([alias]) => alias);
  yield* run(`DELETE FROM entitlement_alias WHERE alias IN (${marks(names)})`, names);
  yield* dialect.insertNew("entitlement_alias", ["alias"], ["alias", "identity"], sorted);
}

/** The identity that an alias leads to. */
export function* findAlias(alias: string): Script<string | null> {
  const [row] = yield* select("SELECT identity FROM entitlement_alias WHERE alias = ?", [alias]);
  return row ? textOf(row, "identity") : null;
}
