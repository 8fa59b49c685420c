import type { Now } from "./change.js";
import type { Dialect } from "./dialect.js";
import { numberOf, select } from "./script.js";
import type { Row, Script } from "./script.js";

/** Both clocks as columns of any SELECT, so that reading them costs no statement of its own. */
export const nowColumns = (dialect: Dialect): string =>
  `${dialect.nowMs} AS databaseNow, (SELECT offsetMs FROM business_clock WHERE clock = 'business') AS businessOffset`;

export function nowOf(row: Row): Now {
  const database = numberOf(row, "databaseNow");
  return { database, business: database + numberOf(row, "businessOffset") };
}

export function* readNow(dialect: Dialect): Script<Now> {
  const [row] = yield* select(`SELECT ${nowColumns(dialect)}`, []);
  if (!row) throw new Error("SELECT without FROM gave no row");
  return nowOf(row);
}
