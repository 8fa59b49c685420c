import { randomUUID } from "node:crypto";
import { SignJWT, errors, jwtVerify } from "jose";
import type { SecretCredential } from "../core/credential.js";
import { TOKEN_SCOPE } from "../contract/token-reply.js";
import type { SigningKeys } from "../ports/signing-keys.js";

const ALGORITHM = "ES256";
const TYPE = "at+jwt";

/** Our own access tokens (RFC 9068). */
export interface AccessTokens {
  readonly issuer: string;
  readonly expiresInSeconds: number;
  readonly issue: (client: SecretCredential) => Promise<string>;
  /** The credential that it was issued to; null for a token that is not ours, not whole or not valid any more. */
  readonly verify: (
    token: string,
  ) => Promise<{ readonly credentialId: string; readonly clientId: string } | null>;
}

export function makeAccessTokens(options: {
  readonly keys: SigningKeys;
  /** Both issuer and audience. */
  readonly publicUrl: string;
  readonly ttlMs: number;
  readonly now: () => number;
}): AccessTokens {
  const { keys, publicUrl, now } = options;
  const expiresInSeconds = Math.floor(options.ttlMs / 1000);
  return {
    issuer: publicUrl,
    expiresInSeconds,
    issue({ credentialId, name }) {
      const key = keys.current();
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({ client_id: name, credential_id: credentialId, scope: TOKEN_SCOPE })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.kid })
        .setIssuer(publicUrl)
        .setAudience(publicUrl)
        .setSubject(name)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .setJti(randomUUID())
        .sign(key);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => publicKey(keys, kid), {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer: publicUrl,
          audience: publicUrl,
          requiredClaims: ["exp", "iat", "jti"],
          currentDate: new Date(now()),
        });
        const { sub: clientId, credential_id: credentialId } = payload;
        return typeof clientId === "string" && typeof credentialId === "string"
          ? { credentialId, clientId }
          : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

async function publicKey(keys: SigningKeys, keyId: string | undefined) {
  const key = keyId === undefined ? null : await keys.publicKey(keyId);
  if (key === null) throw new errors.JWKSNoMatchingKey();
  return key;
}
