import { createHash, createHmac, randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import type { Instant } from "../core/entitlement.js";
import type { IssuedLink } from "../store/change.js";
import type { KeyPurpose, SealedKey } from "../store/secret-keys.js";
import type { Seal } from "./seal.js";

const LINK_KEY_BYTES = 32;
export const SIGNING_ALGORITHM = "ES256";

/** The link key in use, and all that links may have been made with. */
export interface LinkKeys {
  readonly current: { readonly keyId: string; readonly key: Buffer };
  readonly byId: ReadonlyMap<string, Buffer>;
}

export const newKey = async (seal: Seal, purpose: KeyPurpose, keyId: string): Promise<SealedKey> =>
  seal.close(purpose, keyId, purpose === "link" ? randomBytes(LINK_KEY_BYTES) : await newSigningKey());

/** A private key as a JWK (RFC 7517). */
async function newSigningKey(): Promise<Buffer> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  return Buffer.from(JSON.stringify({ ...(await exportJWK(privateKey)), alg: SIGNING_ALGORITHM }));
}

/** base64url(HMAC-SHA-256(link key, entitlement id, link number)): 256 bits, derived and never stored (3.1.2). */
export const activationToken = (key: Buffer, merchantEntitlementId: string, linkNumber: Instant): string =>
  createHmac("sha256", key)
    .update(`${merchantEntitlementId}\n${String(linkNumber)}`)
    .digest("base64url");

/** Makes the link of one entitlement for one moment. */
export function newLink(
  { current }: LinkKeys,
  merchantEntitlementId: string,
  now: Instant,
  ttlMs: number,
): IssuedLink {
  const token = activationToken(current.key, merchantEntitlementId, now);
  return {
    merchantEntitlementId,
    number: now,
    keyId: current.keyId,
    tokenHash: createHash("sha256").update(token).digest("base64url"),
    expiresAt: now + ttlMs,
  };
}
