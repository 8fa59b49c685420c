import { createHash } from "node:crypto";
import type { Store } from "../store/store.js";

/** At most so often is a secret's use written, however often it is used. */
const WRITE_EVERY_MS = 60_000;

export interface SecretUseNotes {
  /** Remembers; writes nothing. */
  readonly note: (credentialId: string, secretHash: string) => void;
  /** Writes what is due. What cannot be written waits for the next pass. */
  readonly flush: () => Promise<void>;
}

/** The table tells nobody a secret's hash: that is kept where the secret is configured, and nowhere else. */
export const secretKeyOf = (secretHash: string): string =>
  createHash("sha256").update(secretHash).digest("base64url");

interface Use {
  readonly credentialId: string;
  readonly secretHash: string;
  usedAt: number;
  writtenAt: number;
}

/** When each secret was last used, by a clock that only measures. One entry a live secret: it cannot grow. */
export function makeSecretUseNotes(
  store: Store,
  elapsedMs: () => number = () => performance.now(),
): SecretUseNotes {
  const uses = new Map<string, Use>();
  return {
    note(credentialId, secretHash) {
      const id = `${credentialId} ${secretHash}`;
      const known = uses.get(id);
      if (known) known.usedAt = elapsedMs();
      else uses.set(id, { credentialId, secretHash, usedAt: elapsedMs(), writtenAt: -Infinity });
    },
    async flush() {
      for (const use of uses.values()) {
        const now = elapsedMs();
        if (use.usedAt <= use.writtenAt || now - use.writtenAt < WRITE_EVERY_MS) continue;
        await store.noteSecretUse({
          credentialId: use.credentialId,
          secretKey: secretKeyOf(use.secretHash),
          agoMs: Math.round(now - use.usedAt),
        });
        use.writtenAt = now;
      }
    },
  };
}
