import { decodeJwt, errors } from "jose";
import type { JWTPayload } from "jose";
import type { Caller, Credential } from "../core/credential.js";
import type { AccessTokens } from "./access-token.js";
import type { VerifyForeign } from "./foreign-token.js";

/** Whose call a token makes; null for a bad one. Throws Problem `unavailable` where that cannot be known now. */
export type VerifyBearer = (token: string) => Promise<Caller | null>;

/** What the token says of its issuer chooses between verifiers, and decides nothing else. */
export function makeVerifyBearer(
  own: AccessTokens,
  foreign: VerifyForeign,
  live: () => readonly Credential[],
): VerifyBearer {
  return async (token) => {
    const issuer = claimsOf(token)?.iss;
    if (issuer === undefined) return null;
    if (issuer !== own.issuer) return foreign(token, issuer);
    const client = await own.verify(token);
    if (client === null) return null;
    // A token outlives neither its credential nor that credential's name.
    const isOfToken = (one: Credential): boolean =>
      one.type === "oauth2-client" &&
      one.credentialId === client.credentialId &&
      one.name === client.clientId;
    return live().find(isOfToken) ?? null;
  };
}

/** As its sender wrote them, verified by nobody. */
export function claimsOf(token: string): JWTPayload | null {
  try {
    const claims = decodeJwt(token);
    return typeof claims.iss === "string" ? claims : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
