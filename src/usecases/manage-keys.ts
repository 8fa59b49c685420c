import { randomBytes } from "node:crypto";
import type { Instant } from "../core/entitlement.js";
import type { KeyPurpose, KeyStanding, RetiredKey } from "../store/secret-keys.js";
import type { Store } from "../store/store.js";
import type { Seal } from "./seal.js";
import { newKey } from "./secret-keys.js";

/** Replicas read the keys every second; one that is slow to it still uses the key before. */
const HANDOVER_MS = 60_000;
/** As long as stored replies live (2.5): until then an activationUrl may have to be derived again. */
const LINK_MEMORY_MS = 30 * 86_400_000;

export interface KeyView {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  readonly createdAt: Instant;
  /** Whether new tokens or links are made with it. */
  readonly inUse: boolean;
}

/** `mia keys`: what an operator may do with the keys of the table. */
export interface ManageKeys {
  readonly list: () => Promise<KeyView[]>;
  readonly make: (purpose: KeyPurpose) => Promise<string>;
  /** `now`: though tokens that were signed with it may still be in use. */
  readonly retire: (keyId: string, options: { readonly now: boolean }) => Promise<RetiredKey>;
}

export function makeManageKeys(store: Store, seal: Seal, tokenTtlMs: number): ManageKeys {
  return {
    async list() {
      const keys = await store.listKeys();
      return keys.map(({ keyId, purpose, createdAt }) => ({
        keyId,
        purpose,
        createdAt,
        inUse: keys.find((one) => one.purpose === purpose)?.keyId === keyId,
      }));
    },
    async make(purpose) {
      const keyId = `${purpose}-${randomBytes(6).toString("hex")}`;
      await store.insertKeys([await newKey(seal, purpose, keyId)]);
      return keyId;
    },
    retire: (keyId, { now }) =>
      store.retireKey(keyId, {
        linkMemoryMs: LINK_MEMORY_MS,
        refuse: (standing) => whyKept(standing, tokenTtlMs, now),
      }),
  };
}

function whyKept(
  { key, replacedAt, links, now }: KeyStanding,
  tokenTtlMs: number,
  force: boolean,
): string | null {
  if (replacedAt === null)
    return `it is the ${key.purpose} key in use; make another first with mia keys new --purpose ${key.purpose}`;
  if (links > 0)
    return `${String(links)} link(s) made with it are unexpired, or younger than the 30 days in which their reply may be asked for again`;
  const usedUntil = replacedAt + HANDOVER_MS + (key.purpose === "signing" ? tokenTtlMs : 0);
  if (force || now >= usedUntil) return null;
  const what =
    key.purpose === "signing" ? "tokens signed with it may be in use" : "a replica may still use it";
  return `${what} until ${new Date(usedUntil).toISOString()}; wait, or retire it all the same with --now`;
}
