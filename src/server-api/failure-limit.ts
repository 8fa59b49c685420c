import { createHash } from "node:crypto";
import { makeSlidingWindow } from "../http/sliding-window.js";

/**
 * Counts one failed authentication of this address and user name (null where none was sent). Returns how many seconds to
 * wait where that is one too many, else null. It is asked only after a secret has failed: a good one is never held up.
 */
export type CountFailure = (address: string | undefined, user: string | null) => number | null;

const WINDOW_MS = 60_000;

export function makeFailureLimit(perMinute: number, now: () => number): CountFailure {
  const failures = makeSlidingWindow({ count: perMinute, windowMs: WINDOW_MS }, now);
  return (address, user) => {
    // A stranger chooses the name: hashed, it takes the same memory however long it is.
    const name = user === null ? "" : createHash("sha256").update(user).digest("base64url");
    const key = `${address ?? ""} ${name}`;
    return failures.take(key) ? null : failures.retryAfterSeconds(key);
  };
}
