import { createHash, timingSafeEqual } from "node:crypto";

/** Who calls, once it is known. */
export interface Caller {
  readonly credentialId: string;
  /** Whose request ids these are; rotated credentials of one owner share them. */
  readonly owner: string;
  readonly resellers: readonly string[] | "*";
}

export interface BasicCredential extends Caller {
  readonly username: string;
  /** SHA-256 of each live secret: one, or two while it is rotated. */
  readonly secretHashes: readonly Buffer[];
}

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

export type Authenticate = (authorization: string | undefined) => Caller | null;

/**
 * Basic authentication (RFC 7617). Machine secrets have 128 bits and more, so one SHA-256 is enough; every
 * credential is compared each time, so that an unknown user takes as long as a known one.
 */
export function makeAuthenticate(credentials: readonly BasicCredential[]): Authenticate {
  const known = credentials.map((credential) => ({ credential, usernameHash: sha256(credential.username) }));
  return (authorization) => {
    const sent = parseBasic(authorization);
    const usernameHash = sha256(sent?.username ?? "");
    const secretHash = sha256(sent?.password ?? "");
    let caller: Caller | null = null;
    for (const { credential, usernameHash: expected } of known) {
      const userFits = timingSafeEqual(usernameHash, expected);
      let secretFits = false;
      for (const hash of credential.secretHashes) if (timingSafeEqual(secretHash, hash)) secretFits = true;
      if (sent !== null && userFits && secretFits) caller = credential;
    }
    return caller;
  };
}

function parseBasic(authorization: string | undefined): { username: string; password: string } | null {
  const match = /^Basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(authorization ?? "");
  if (!match) return null;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
