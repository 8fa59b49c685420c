import { errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import type { Caller, Credential, IssuerCredential } from "../core/credential.js";
import { Problem } from "../core/problem.js";
import { makeRemoteKeys } from "./remote-keys.js";
import type { FindKey } from "./remote-keys.js";
import { remembered } from "./remembered.js";

/** Never a symmetric one, and never none: a published key must not serve as a shared secret. */
const ALGORITHMS = ["ES256", "EdDSA", "RS256", "PS256"];

/** Whose call a token of a configured issuer makes; null where it fits none of its credentials. */
export type VerifyForeign = (token: string, issuer: string) => Promise<Caller | null>;

export function makeVerifyForeign(live: () => readonly Credential[], now: () => number): VerifyForeign {
  let keys: ReadonlyMap<string, FindKey> = new Map();
  const issuers = remembered(live, (credentials) => {
    const configured = credentials.filter((one) => one.type === "oauth2-issuer");
    // Keys that were fetched stay when some other credential changes.
    keys = new Map(configured.map(({ jwksUri }) => [jwksUri, keys.get(jwksUri) ?? makeRemoteKeys(jwksUri)]));
    return configured;
  });
  return async (token, issuer) => {
    let unavailable: Problem | null = null;
    for (const credential of issuers().filter((one) => one.issuer === issuer)) {
      try {
        const find = keys.get(credential.jwksUri);
        if (find && (await fits(token, credential, find, now()))) return credential;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        unavailable = error;
      }
    }
    if (unavailable) throw unavailable;
    return null;
  };
}

async function fits(
  token: string,
  { issuer, audience, scope }: IssuerCredential,
  find: FindKey,
  now: number,
): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, find, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ["exp"],
      currentDate: new Date(now),
    });
    const granted = scopeOf(payload);
    return scope.every((word) => granted.includes(word));
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** `scope`, words in one string (RFC 8693), or `scp`, as some issuers write it. */
function scopeOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const granted = scope ?? scp;
  if (Array.isArray(granted)) return granted;
  return typeof granted === "string" ? granted.split(" ") : [];
}
