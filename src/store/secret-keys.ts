import type { Dialect } from "./dialect.js";
import { select, textOf } from "./script.js";
import type { Script } from "./script.js";

export type KeyPurpose = "link" | "signing";

export interface SealedKey {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  /** Encrypted with MASTER_KEY; this room cannot read it. */
  readonly sealed: string;
}

/** All keys, newest first. */
export function* listKeys(): Script<SealedKey[]> {
  const rows = yield* select(
    "SELECT keyId, purpose, sealed FROM secret_key ORDER BY createdAt DESC, keyId",
    [],
  );
  return rows.map((row) => ({
    keyId: textOf(row, "keyId"),
    purpose: textOf(row, "purpose") as KeyPurpose,
    sealed: textOf(row, "sealed"),
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
