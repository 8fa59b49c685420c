import { createHash, timingSafeEqual } from "node:crypto";
import type { Credential, SecretCredential, SecretType } from "../core/credential.js";
import { remembered } from "./remembered.js";
import type { NamedSecret } from "./parse-basic.js";

export interface SecretMatch {
  readonly credential: SecretCredential;
  /** Which of its secrets it was. */
  readonly secretHash: string;
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Finds the live credential of this name and secret. Machine secrets have 128 bits and more, so one SHA-256 is enough;
 * every credential is compared each time, so that an unknown name takes as long as a known one.
 */
export function makeMatchSecret(
  type: SecretType,
  live: () => readonly Credential[],
): (sent: NamedSecret | null) => SecretMatch | null {
  const compiled = remembered(live, (credentials) =>
    credentials.flatMap((credential) =>
      credential.type === type
        ? [
            {
              credential,
              nameHash: sha256(credential.name),
              secrets: credential.secretHashes.map((hash) => ({
                hash,
                bytes: Buffer.from(hash, "base64url"),
              })),
            },
          ]
        : [],
    ),
  );
  return (sent) => {
    const nameHash = sha256(sent?.name ?? "");
    const secretHash = sha256(sent?.secret ?? "");
    let match: SecretMatch | null = null;
    for (const { credential, nameHash: expected, secrets } of compiled()) {
      const nameFits = timingSafeEqual(nameHash, expected);
      for (const { hash, bytes } of secrets) {
        const secretFits = timingSafeEqual(secretHash, bytes);
        if (sent !== null && nameFits && secretFits) match = { credential, secretHash: hash };
      }
    }
    return match;
  };
}
