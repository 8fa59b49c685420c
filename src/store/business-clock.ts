import type { Instant } from "../core/entitlement.js";
import type { Now } from "./change.js";
import type { Dialect } from "./dialect.js";
import { readNow } from "./now.js";
import { run } from "./script.js";
import type { Script } from "./script.js";

/** Moves the sandbox's business clock to `to`, for all processes; null where that would be backward. */
export function* moveClockScript(dialect: Dialect, to: Instant): Script<Now | null> {
  const now = yield* readNow(dialect);
  if (to < now.business) return null;
  const offsetMs = to - now.database;
  yield* run("UPDATE business_clock SET offsetMs = ? WHERE clock = 'business' AND offsetMs < ?", [
    offsetMs,
    offsetMs,
  ]);
  return { database: now.database, business: to };
}
