import type { SecretType, StoredCredential } from "../core/credential.js";
import type { Instant } from "../core/entitlement.js";
import type { Dialect } from "./dialect.js";
import { numberOf, numberOrNull, run, select, textOf } from "./script.js";
import type { Row, Script } from "./script.js";

export type NewCredential = Omit<StoredCredential, "createdAt" | "retiredAt">;

/** Oldest first, retired ones too. */
export function* listCredentials(): Script<StoredCredential[]> {
  return (yield* select("SELECT * FROM credential ORDER BY createdAt, credentialId", [])).map(credentialOf);
}

/** Those that may call; read again and again by every process. */
export function* listLiveCredentials(): Script<StoredCredential[]> {
  const sql = "SELECT * FROM credential WHERE retiredAt IS NULL ORDER BY createdAt, credentialId";
  return (yield* select(sql, [])).map(credentialOf);
}

const credentialOf = (row: Row): StoredCredential => ({
  credentialId: textOf(row, "credentialId"),
  type: textOf(row, "type") as SecretType,
  name: textOf(row, "name"),
  secretHash: textOf(row, "secretHash"),
  resellers: JSON.parse(textOf(row, "resellers")) as StoredCredential["resellers"],
  owner: textOf(row, "owner"),
  createdAt: numberOf(row, "createdAt"),
  retiredAt: numberOrNull(row, "retiredAt"),
});

export function* insertCredential(dialect: Dialect, made: NewCredential): Script<void> {
  yield* dialect.insertNew(
    "credential",
    ["credentialId"],
    ["credentialId", "type", "name", "secretHash", "resellers", "owner", "createdAt"],
    [
      [
        made.credentialId,
        made.type,
        made.name,
        made.secretHash,
        JSON.stringify(made.resellers),
        made.owner,
        0,
      ],
    ],
    { createdAt: `${dialect.nowMs} + ?` },
  );
}

/** Whether there is one of this id; one that is retired already keeps its date. */
export function* retireCredential(dialect: Dialect, credentialId: string): Script<boolean> {
  yield* run(
    `UPDATE credential SET retiredAt = ${dialect.nowMs} WHERE credentialId = ? AND retiredAt IS NULL`,
    [credentialId],
  );
  const rows = yield* select("SELECT credentialId FROM credential WHERE credentialId = ?", [credentialId]);
  return rows.length > 0;
}

export interface SecretUse {
  readonly credentialId: string;
  readonly secretKey: string;
  readonly lastUsedAt: Instant;
}

export function* listSecretUses(): Script<SecretUse[]> {
  const rows = yield* select("SELECT credentialId, secretKey, lastUsedAt FROM secret_use", []);
  return rows.map((row) => ({
    credentialId: textOf(row, "credentialId"),
    secretKey: textOf(row, "secretKey"),
    lastUsedAt: numberOf(row, "lastUsedAt"),
  }));
}

/** `agoMs`: by the clock of the process that saw it, so that the database's clock is the only one in the table. */
export function* noteSecretUse(
  dialect: Dialect,
  { credentialId, secretKey, agoMs }: Omit<SecretUse, "lastUsedAt"> & { readonly agoMs: number },
): Script<void> {
  const columns = ["credentialId", "secretKey"];
  const at = `${dialect.nowMs} - ?`;
  yield* dialect.insertNew(
    "secret_use",
    columns,
    [...columns, "lastUsedAt"],
    [[credentialId, secretKey, agoMs]],
    {
      lastUsedAt: at,
    },
  );
  // Another replica may have seen it used later.
  yield* run(
    `UPDATE secret_use SET lastUsedAt = ${at} WHERE credentialId = ? AND secretKey = ? AND lastUsedAt < ${at}`,
    [agoMs, credentialId, secretKey, agoMs],
  );
}
