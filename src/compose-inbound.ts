import type { Live } from "./config/live-config.js";
import type { Credential } from "./core/credential.js";
import type { SigningKeys } from "./ports/signing-keys.js";
import { makeAccessTokens } from "./server-api/access-token.js";
import { makeAddressList } from "./server-api/address-list.js";
import { makeAuthenticate } from "./server-api/authenticate.js";
import type { Authenticate } from "./server-api/authenticate.js";
import { makeFailureLimit } from "./server-api/failure-limit.js";
import { makeVerifyForeign } from "./server-api/foreign-token.js";
import { makeMatchSecret } from "./server-api/match-secret.js";
import { oauthRouter } from "./server-api/oauth-router.js";
import { makeVerifyBearer } from "./server-api/verify-bearer.js";

interface Needs {
  /** Asked at each call: credentials come and go while the process runs. */
  readonly live: () => readonly Credential[];
  readonly keys: SigningKeys;
  readonly noteUse: (credentialId: string, secretHash: string) => void;
  readonly now: () => number;
}

/** Everything that finds out who calls: the gate of the Server API, and the token endpoint beside it. */
export function composeInbound(
  configured: Live,
  { live, keys, noteUse, now }: Needs,
): { readonly authenticate: Authenticate; readonly router: ReturnType<typeof oauthRouter> } {
  const { file, publicUrl } = configured.current().config;
  const allowed = configured.derive(({ config }) => makeAddressList(config.file.inbound.allowedAddresses));
  const tokens = makeAccessTokens({ keys, publicUrl, ttlMs: file.limits.tokenTtlMs, now });
  const common = {
    addressAllowed: (address: string | undefined) => allowed()(address),
    countFailure: makeFailureLimit(file.limits.failedAuthPerMinute, now),
    noteUse,
  };
  return {
    authenticate: makeAuthenticate({
      ...common,
      live,
      matchBasic: makeMatchSecret("basic", live),
      verifyBearer: makeVerifyBearer(tokens, makeVerifyForeign(live, now), live),
    }),
    router: oauthRouter({ ...common, tokens, keys, matchClient: makeMatchSecret("oauth2-client", live) }),
  };
}
