import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import type { Instant } from "../core/entitlement.js";
import type { IssuedLink } from "../store/change.js";
import type { KeyPurpose, SealedKey } from "../store/secret-keys.js";
import type { Store } from "../store/store.js";

const LINK_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SIGNING_ALGORITHM = "ES256";

/** Encrypts under MASTER_KEY (AES-256-GCM). The key's id and purpose are bound in, so that rows cannot be swapped. */
function makeSeal(masterKey: string) {
  const key = Buffer.from(hkdfSync("sha256", masterKey, "", "merchant-interface-adapter secret_key", 32));
  const bound = (purpose: KeyPurpose, keyId: string): Buffer => Buffer.from(`${purpose}:${keyId}`);
  return {
    close(purpose: KeyPurpose, keyId: string, secret: Buffer): string {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound(purpose, keyId));
      const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return sealed.toString("base64url");
    },
    /** Throws where MASTER_KEY is not the one that sealed it. */
    open({ purpose, keyId, sealed }: SealedKey): Buffer {
      const bytes = Buffer.from(sealed, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(bound(purpose, keyId))
        .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      return Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)),
        decipher.final(),
      ]);
    },
  };
}

/** The link key in use, and all that links may have been made with. */
export interface LinkKeys {
  readonly current: { readonly keyId: string; readonly key: Buffer };
  readonly byId: ReadonlyMap<string, Buffer>;
}

/** Throws where MASTER_KEY does not open what is stored. */
export type LoadLinkKeys = () => Promise<LinkKeys>;

/**
 * Makes the first link key and the first signing key where there are none, and opens them. Replicas that start at
 * once agree, since both insert the same key ids and read back whose stood first.
 */
export function makeLoadLinkKeys(store: Store, masterKey: string): LoadLinkKeys {
  const seal = makeSeal(masterKey);
  const read = async (): Promise<LinkKeys | null> => {
    const keys = (await store.listKeys()).map((key) => ({ ...key, secret: opened(seal, key) }));
    const links = keys.filter(({ purpose }) => purpose === "link");
    const [newest] = links;
    if (!newest || !keys.some(({ purpose }) => purpose === "signing")) return null;
    return {
      current: { keyId: newest.keyId, key: newest.secret },
      byId: new Map(links.map(({ keyId, secret }) => [keyId, secret])),
    };
  };
  return async () => {
    const there = await read();
    if (there) return there;
    await store.insertKeys([
      sealed(seal, "link", "link-1", randomBytes(LINK_KEY_BYTES)),
      sealed(seal, "signing", "signing-1", await newSigningKey()),
    ]);
    const made = await read();
    if (!made) throw new Error("keys that were just written are missing");
    return made;
  };
}

function opened(seal: ReturnType<typeof makeSeal>, key: SealedKey): Buffer {
  try {
    return seal.open(key);
  } catch {
    throw new Error(
      "MASTER_KEY does not open the keys in this database: it is not the one that they were sealed with",
    );
  }
}

const sealed = (
  seal: ReturnType<typeof makeSeal>,
  purpose: KeyPurpose,
  keyId: string,
  secret: Buffer,
): SealedKey => ({ keyId, purpose, sealed: seal.close(purpose, keyId, secret) });

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
