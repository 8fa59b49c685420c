import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { KeyPurpose, SealedKey } from "../store/secret-keys.js";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  readonly close: (purpose: KeyPurpose, keyId: string, secret: Buffer) => SealedKey;
  /** Throws where MASTER_KEY is not the one that sealed it. */
  readonly open: (key: SealedKey) => Buffer;
}

/** Encrypts under MASTER_KEY (AES-256-GCM). The key's id and purpose are bound in, so that rows cannot be swapped. */
export function makeSeal(masterKey: string): Seal {
  const key = Buffer.from(hkdfSync("sha256", masterKey, "", "merchant-interface-adapter secret_key", 32));
  const bound = (purpose: KeyPurpose, keyId: string): Buffer => Buffer.from(`${purpose}:${keyId}`);
  return {
    close(purpose, keyId, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound(purpose, keyId));
      const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return { keyId, purpose, sealed: sealed.toString("base64url") };
    },
    open({ purpose, keyId, sealed }) {
      try {
        const bytes = Buffer.from(sealed, "base64url");
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(bound(purpose, keyId))
          .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)),
          decipher.final(),
        ]);
      } catch {
        throw new Error(
          "MASTER_KEY does not open the keys in this database: it is not the one that they were sealed with",
        );
      }
    },
  };
}

/** For what every replica must agree on and no table has to hold; of one use each. */
export const derivedKey = (masterKey: string, use: string): Buffer =>
  Buffer.from(hkdfSync("sha256", masterKey, "", `merchant-interface-adapter ${use}`, 32));
