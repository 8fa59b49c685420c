/** A key of ours on the curve P-256 (RFC 7517). */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

export type PrivateJwk = PublicJwk & { readonly d: string };

/** The keys of our own access tokens, as they are now: they change while the process runs. */
export interface SigningKeys {
  /** The newest, with which every replica signs. */
  readonly current: () => PrivateJwk;
  /** Null where there is none of this id, also after another look at the table. */
  readonly publicKey: (keyId: string) => Promise<PublicJwk | null>;
  /** Newest first. */
  readonly published: () => readonly PublicJwk[];
}
