import { INTERNAL_OWNERS } from "./command.js";
import type { Instant } from "./entitlement.js";

/** Who calls, once it is known. */
export interface Caller {
  readonly credentialId: string;
  /** Whose request ids these are; rotated credentials of one owner share them. */
  readonly owner: string;
  readonly resellers: readonly string[] | "*";
}

export const SECRET_TYPES = ["basic", "oauth2-client"] as const;
export type SecretType = (typeof SECRET_TYPES)[number];

/** A credential that shows a secret: with each call, or for a token of ours. */
export interface SecretCredential extends Caller {
  readonly type: SecretType;
  /** The user name, or the client id. */
  readonly name: string;
  /** SHA-256 in base64url of each live secret: one, or two while it is rotated. */
  readonly secretHashes: readonly string[];
}

/** Tokens of the merchant's own issuer. */
export interface IssuerCredential extends Caller {
  readonly type: "oauth2-issuer";
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** Words that must all be in the token's scope. */
  readonly scope: readonly string[];
}

export type Credential = SecretCredential | IssuerCredential;

/** One that `mia credentials new` has made. */
export interface StoredCredential extends Caller {
  readonly type: SecretType;
  readonly name: string;
  readonly secretHash: string;
  readonly createdAt: Instant;
  readonly retiredAt: Instant | null;
}

/** Printable ASCII (RFC 6749, appendix A); a user name has no colon, which would end it (RFC 7617). */
export const isCredentialName = (type: SecretType, name: string): boolean =>
  /^[\x20-\x7e]{1,255}$/.test(name) && !(type === "basic" && name.includes(":"));

/** A name that stands for somebody outside: changes of our own owners are told to Bango. */
export const isOutsideOwner = (owner: string): boolean =>
  /^[\w.:-]{1,64}$/.test(owner) && !(INTERNAL_OWNERS as readonly string[]).includes(owner);
