import { createHash, randomBytes } from "node:crypto";
import type { Caller, Credential, SecretType } from "../core/credential.js";
import type { Instant } from "../core/entitlement.js";
import type { Store } from "../store/store.js";
import { secretKeyOf } from "./secret-use.js";

/** 192 random bits. */
const SECRET_BYTES = 24;
/** Of one name: the old secret and the new one, while it is rotated. */
const LIVE_SECRETS_MAX = 2;

export interface CredentialView {
  readonly credentialId: string;
  readonly from: "file" | "table";
  readonly type: Credential["type"];
  /** User name, client id, or the issuer. */
  readonly name: string;
  readonly resellers: Caller["resellers"];
  readonly owner: string;
  /** Null for those of the file. */
  readonly createdAt: Instant | null;
  readonly retiredAt: Instant | null;
  /** When each secret was last used; null for never. None for an issuer. */
  readonly lastUsedAt: readonly (Instant | null)[];
}

export interface WantedCredential {
  readonly type: SecretType;
  readonly name: string;
  readonly resellers: Caller["resellers"];
  readonly owner: string;
}

/** `mia credentials`: those of the table may be made and retired, those of the file only looked at. */
export interface ManageCredentials {
  readonly list: () => Promise<CredentialView[]>;
  /** The secret is told this once. Refused where two secrets of this name are live already. */
  readonly make: (
    wanted: WantedCredential,
  ) => Promise<
    | { readonly kind: "made"; readonly credentialId: string; readonly secret: string }
    | { readonly kind: "refused"; readonly reason: string }
  >;
  readonly retire: (credentialId: string) => Promise<"retired" | "inFile" | "absent">;
}

export function makeManageCredentials(store: Store, ofFile: () => readonly Credential[]): ManageCredentials {
  return {
    list: () => list(store, ofFile()),
    async make(wanted) {
      const live = (await list(store, ofFile())).filter(
        ({ type, name, retiredAt }) => type === wanted.type && name === wanted.name && retiredAt === null,
      );
      if (live.reduce((sum, { lastUsedAt }) => sum + lastUsedAt.length, 0) >= LIVE_SECRETS_MAX)
        return {
          kind: "refused",
          reason: `${wanted.name} has two live secrets already: ${live.map(({ credentialId }) => credentialId).join(", ")}; retire one first`,
        };
      const credentialId = `cred-${randomBytes(9).toString("hex")}`;
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const secretHash = createHash("sha256").update(secret).digest("base64url");
      await store.insertCredential({ ...wanted, credentialId, secretHash });
      return { kind: "made", credentialId, secret };
    },
    async retire(credentialId) {
      if (await store.retireCredential(credentialId)) return "retired";
      return ofFile().some((one) => one.credentialId === credentialId) ? "inFile" : "absent";
    },
  };
}

async function list(store: Store, ofFile: readonly Credential[]): Promise<CredentialView[]> {
  const uses = new Map(
    (await store.listSecretUses()).map((use) => [`${use.credentialId} ${use.secretKey}`, use.lastUsedAt]),
  );
  const usesOf = (credentialId: string, hashes: readonly string[]): (Instant | null)[] =>
    hashes.map((hash) => uses.get(`${credentialId} ${secretKeyOf(hash)}`) ?? null);
  const file = ofFile.map((one): CredentialView => ({
    credentialId: one.credentialId,
    from: "file",
    type: one.type,
    name: one.type === "oauth2-issuer" ? one.issuer : one.name,
    resellers: one.resellers,
    owner: one.owner,
    createdAt: null,
    retiredAt: null,
    lastUsedAt: one.type === "oauth2-issuer" ? [] : usesOf(one.credentialId, one.secretHashes),
  }));
  const table = (await store.listCredentials()).map(({ secretHash, ...one }): CredentialView => ({
    ...one,
    from: "table",
    lastUsedAt: usesOf(one.credentialId, [secretHash]),
  }));
  return [...file, ...table];
}
