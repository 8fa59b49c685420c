import { createLocalJWKSet, createRemoteJWKSet, errors } from "jose";
import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from "jose";
import { problem } from "../core/problem.js";

export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

const TIMEOUT_MS = 3000;
/** A token that names a key which we have not seen makes us ask for keys, at most so often. */
const COOLDOWN_MS = 5000;
/** After a failure nobody waits for the issuer again for so long. */
const PAUSE_MS = 5000;

/**
 * The keys that a foreign issuer publishes. Where they cannot be had, those seen last decide; a token that needs
 * another is neither good nor bad yet: Problem `unavailable`.
 */
export function makeRemoteKeys(jwksUri: string): FindKey {
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
  });
  let failedAt = -Infinity;
  const fromLastSeen: FindKey = async (header, token) => {
    const seen = remote.jwks();
    if (!seen) throw notNow();
    try {
      return await createLocalJWKSet(seen)(header, token);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey ? notNow() : error;
    }
  };
  return async (header, token) => {
    if (performance.now() - failedAt < PAUSE_MS) return fromLastSeen(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      failedAt = performance.now();
      return fromLastSeen(header, token);
    }
  };
}

const notNow = () => problem("unavailable", "the issuer's keys cannot be fetched now");

const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;
