import type { Instant } from "../core/entitlement.js";
import type { Dialect } from "./dialect.js";
import { readNow } from "./now.js";
import { numberOf, run, select, textOf } from "./script.js";
import type { Script } from "./script.js";

export const KEY_PURPOSES = ["signing", "link"] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

export interface SealedKey {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  /** Encrypted with MASTER_KEY; this room cannot read it. */
  readonly sealed: string;
}

export interface StoredKey extends SealedKey {
  readonly createdAt: Instant;
}

/** All keys, newest first. */
export function* listKeys(): Script<StoredKey[]> {
  const rows = yield* select(
    "SELECT keyId, purpose, sealed, createdAt FROM secret_key ORDER BY createdAt DESC, keyId",
    [],
  );
  return rows.map((row) => ({
    keyId: textOf(row, "keyId"),
    purpose: textOf(row, "purpose") as KeyPurpose,
    sealed: textOf(row, "sealed"),
    createdAt: numberOf(row, "createdAt"),
  }));
}

/** `first-link` and the like: replicas that start at once insert the same id, and the first one's key stands. */
export function* insertKeys(dialect: Dialect, keys: readonly SealedKey[]): Script<void> {
  yield* dialect.insertNew(
    "secret_key",
    ["keyId"],
    ["keyId", "purpose", "sealed", "createdAt"],
    keys.map((key) => [key.keyId, key.purpose, key.sealed, 0]),
    { createdAt: `${dialect.nowMs} + ?` },
  );
}

/** What decides whether a key may go. */
export interface KeyStanding {
  readonly key: StoredKey;
  /** When it was last in use: the next newer key of its purpose was made then. Null for the one in use. */
  readonly replacedAt: Instant | null;
  /** Links made with it that somebody may still follow, or whose reply may be asked for again. */
  readonly links: number;
  /** The database's clock. */
  readonly now: Instant;
}

export type RetiredKey =
  | { readonly kind: "retired" }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly reason: string };

/** Deletes a key, if `refuse` has nothing against it: one that is gone can verify nothing (ADR 10). */
export function* retireKeyScript(
  dialect: Dialect,
  keyId: string,
  options: { readonly linkMemoryMs: number; readonly refuse: (standing: KeyStanding) => string | null },
): Script<RetiredKey> {
  // Two that retire at once wait for each other, so that the last key of a purpose cannot go.
  yield* select(`SELECT keyId FROM secret_key${dialect.forUpdate}`, []);
  const keys = yield* listKeys();
  const key = keys.find((one) => one.keyId === keyId);
  if (!key) return { kind: "absent" };
  const now = yield* readNow(dialect);
  const ofPurpose = keys.filter(({ purpose }) => purpose === key.purpose);
  const reason = options.refuse({
    key,
    replacedAt: ofPurpose[ofPurpose.indexOf(key) - 1]?.createdAt ?? null,
    links: yield* countLinks(keyId, now.business, options.linkMemoryMs),
    now: now.database,
  });
  if (reason !== null) return { kind: "refused", reason };
  yield* run("DELETE FROM secret_key WHERE keyId = ?", [keyId]);
  return { kind: "retired" };
}

function* countLinks(keyId: string, now: Instant, memoryMs: number): Script<number> {
  const [row] = yield* select(
    "SELECT COUNT(*) AS links FROM activation_link WHERE keyId = ? AND (expiresAt > ? OR linkNumber > ?)",
    [keyId, now, now - memoryMs],
  );
  return row ? numberOf(row, "links") : 0;
}
