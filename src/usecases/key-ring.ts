import type { PrivateJwk, PublicJwk, SigningKeys } from "../ports/signing-keys.js";
import type { StoredKey } from "../store/secret-keys.js";
import type { Store } from "../store/store.js";
import type { Seal } from "./seal.js";
import { SIGNING_ALGORITHM, newKey } from "./secret-keys.js";
import type { LinkKeys } from "./secret-keys.js";

/** All keys of the table, opened; read again while the process runs, so that a new or retired one counts everywhere. */
export interface KeyRing extends SigningKeys {
  readonly links: () => LinkKeys;
  /** Null where there is none of this id, also after another look at the table. */
  readonly linkKey: (keyId: string) => Promise<Buffer | null>;
  readonly refresh: () => Promise<void>;
}

interface SigningKey {
  readonly privateKey: PrivateJwk;
  readonly publicKey: PublicJwk;
}

interface Opened {
  readonly stored: StoredKey;
  readonly link: Buffer | null;
  readonly signing: SigningKey | null;
}

interface Keys {
  readonly opened: readonly Opened[];
  readonly links: LinkKeys;
  readonly signing: readonly [SigningKey, ...SigningKey[]];
}

/** Ids that we give; whoever sends another shall not make us look. */
const OUR_KEY_ID = /^(signing|link)-[\w-]{1,32}$/;
const LOOK_EVERY_MS = 1000;

/**
 * Opens the ring, and makes the first link key and the first signing key where there are none. Replicas that start at
 * once agree, since both insert the same key ids and read back whose stood first. Throws where MASTER_KEY does not
 * open what is stored.
 */
export async function openKeyRing(store: Store, seal: Seal): Promise<KeyRing> {
  let keys = (await readKeys(store, seal, [])) ?? (await firstKeys(store, seal));
  const refresh = async (): Promise<void> => {
    const read = await readKeys(store, seal, keys.opened);
    if (!read) throw new Error("there is no signing key or no link key in the database any more");
    keys = read;
  };
  const look = lookingAgain(refresh);
  const found = async <T>(keyId: string, find: () => T | undefined): Promise<T | null> => {
    const known = find();
    if (known !== undefined || !OUR_KEY_ID.test(keyId)) return known ?? null;
    await look();
    return find() ?? null;
  };
  return {
    links: () => keys.links,
    linkKey: (keyId) => found(keyId, () => keys.links.byId.get(keyId)),
    current: () => keys.signing[0].privateKey,
    publicKey: (keyId) => found(keyId, () => publicKeysOf(keys).find(({ kid }) => kid === keyId)),
    published: () => publicKeysOf(keys),
    refresh,
  };
}

const publicKeysOf = ({ signing }: Keys): PublicJwk[] => signing.map(({ publicKey }) => publicKey);

/**
 * One look for all who wait, and at most one a second: somebody who makes key ids up costs the database next to
 * nothing, and whoever comes with a key that another replica has just made waits a second at worst.
 */
function lookingAgain(refresh: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | null = null;
  let lookedAt = -Infinity;
  const soon = async (): Promise<void> => {
    const pauseMs = Math.max(0, lookedAt + LOOK_EVERY_MS - performance.now());
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    // Who comes from here on must not be content with what this look has seen.
    next = null;
    lookedAt = performance.now();
    await refresh();
  };
  return () => (next ??= soon());
}

async function firstKeys(store: Store, seal: Seal): Promise<Keys> {
  await store.insertKeys([await newKey(seal, "link", "link-1"), await newKey(seal, "signing", "signing-1")]);
  const made = await readKeys(store, seal, []);
  if (!made) throw new Error("keys that were just written are missing");
  return made;
}

async function readKeys(store: Store, seal: Seal, known: readonly Opened[]): Promise<Keys | null> {
  const opened = (await store.listKeys()).map(
    (key) =>
      known.find(({ stored }) => stored.keyId === key.keyId && stored.sealed === key.sealed) ??
      openKey(seal, key),
  );
  const links = opened.flatMap(({ stored: { keyId }, link }) => (link ? [{ keyId, key: link }] : []));
  const [newest, ...older] = opened.flatMap(({ signing }) => signing ?? []);
  return links[0] && newest
    ? {
        opened,
        links: { current: links[0], byId: new Map(links.map(({ keyId, key }) => [keyId, key])) },
        signing: [newest, ...older],
      }
    : null;
}

function openKey(seal: Seal, stored: StoredKey): Opened {
  const secret = seal.open(stored);
  if (stored.purpose === "link") return { stored, link: secret, signing: null };
  const { x, y, d } = JSON.parse(secret.toString("utf8")) as PrivateJwk;
  const publicKey: PublicJwk = {
    kty: "EC",
    crv: "P-256",
    x,
    y,
    kid: stored.keyId,
    alg: SIGNING_ALGORITHM,
    use: "sig",
  };
  return { stored, link: null, signing: { publicKey, privateKey: { ...publicKey, d } } };
}
