import type { Caller, Credential } from "../core/credential.js";
import { refusal } from "../core/problem.js";
import type { Refusal } from "../core/problem.js";
import type { AddressAllowed } from "./address-list.js";
import type { CountFailure } from "./failure-limit.js";
import type { SecretMatch } from "./match-secret.js";
import { parseBasic } from "./parse-basic.js";
import type { NamedSecret } from "./parse-basic.js";
import { claimsOf } from "./verify-bearer.js";
import type { VerifyBearer } from "./verify-bearer.js";

export type { Caller } from "../core/credential.js";

/** What of a request says who calls. */
export interface CallFacts {
  readonly authorization: string | undefined;
  readonly address: string | undefined;
}

export type Authentication =
  | { readonly kind: "caller"; readonly caller: Caller }
  | {
      readonly kind: "refused";
      readonly refusal: Refusal;
      readonly headers: Readonly<Record<string, string | string[]>>;
    };

/** Throws Problem `unavailable` where a foreign token cannot be judged now. */
export type Authenticate = (facts: CallFacts) => Promise<Authentication>;

export interface Gate {
  readonly live: () => readonly Credential[];
  readonly addressAllowed: AddressAllowed;
  readonly matchBasic: (sent: NamedSecret | null) => SecretMatch | null;
  readonly verifyBearer: VerifyBearer;
  readonly countFailure: CountFailure;
  readonly noteUse: (credentialId: string, secretHash: string) => void;
}

const REALM = 'realm="merchant interface"';

/** Who calls, by Basic (RFC 7617) or a Bearer token (RFC 6750). Only failures are counted, and only after they failed. */
export function makeAuthenticate(gate: Gate): Authenticate {
  return async ({ authorization, address }) => {
    const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? "")?.[1];
    const basic = token === undefined ? parseBasic(authorization) : null;
    const caller = gate.addressAllowed(address) ? await callerOf(gate, token, basic) : null;
    if (caller) return { kind: "caller", caller };
    const retryAfterSeconds = gate.countFailure(address, basic?.name ?? userOf(token));
    return retryAfterSeconds === null
      ? {
          kind: "refused",
          refusal: refusal("unauthorized", "no valid credentials, or not from an allowed address"),
          headers: { "WWW-Authenticate": challenges(gate.live(), token !== undefined) },
        }
      : {
          kind: "refused",
          refusal: refusal("tooMany", "too many failed authentications"),
          headers: { "Retry-After": String(retryAfterSeconds) },
        };
  };
}

async function callerOf(
  gate: Gate,
  token: string | undefined,
  basic: NamedSecret | null,
): Promise<Caller | null> {
  if (token !== undefined) return gate.verifyBearer(token);
  const match = gate.matchBasic(basic);
  if (match === null) return null;
  gate.noteUse(match.credential.credentialId, match.secretHash);
  return match.credential;
}

/** The name that a bad token gives itself: so that a client whose token has expired is not held up by others' failures. */
function userOf(token: string | undefined): string | null {
  const claims = token === undefined ? null : claimsOf(token);
  return typeof claims?.sub === "string" ? claims.sub : null;
}

/** Basic first: it is what Bango uses. */
function challenges(live: readonly Credential[], tokenSent: boolean): string[] {
  const basic = `Basic ${REALM}, charset="UTF-8"`;
  if (live.every(({ type }) => type === "basic")) return [basic];
  return [basic, `Bearer ${REALM}${tokenSent ? ', error="invalid_token"' : ""}`];
}
