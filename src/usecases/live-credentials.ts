import type { Credential, StoredCredential } from "../core/credential.js";
import type { Store } from "../store/store.js";

/** The credentials that may call now: of the file and of the table. */
export interface LiveCredentials {
  /** The same array until something changes, so that readers may keep what they made of it. */
  readonly current: () => readonly Credential[];
  /** Reads the table again. */
  readonly refresh: () => Promise<void>;
  /** Puts those of a file that was read again in place of the file's. */
  readonly replaceFile: (credentials: readonly Credential[]) => void;
}

export async function openCredentials(store: Store, ofFile: readonly Credential[]): Promise<LiveCredentials> {
  let file = ofFile;
  let table: readonly Credential[] = [];
  let current: readonly Credential[] = file;
  const join = (): void => {
    const next = [...file, ...table];
    if (JSON.stringify(next) !== JSON.stringify(current)) current = next;
  };
  const refresh = async (): Promise<void> => {
    table = (await store.listLiveCredentials()).map(liveOf);
    join();
  };
  await refresh();
  return {
    current: () => current,
    refresh,
    replaceFile(credentials) {
      file = credentials;
      join();
    },
  };
}

const liveOf = ({
  credentialId,
  type,
  name,
  secretHash,
  resellers,
  owner,
}: StoredCredential): Credential => ({
  credentialId,
  type,
  name,
  secretHashes: [secretHash],
  resellers,
  owner,
});
