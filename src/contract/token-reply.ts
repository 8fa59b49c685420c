/** The one scope that our tokens have: what a credential may do is said by its resellers. */
export const TOKEN_SCOPE = "merchant-interface";

/** RFC 6749, 5.2. */
export type TokenErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "temporarily_unavailable";

export interface TokenError {
  readonly status: 400 | 401 | 413 | 429 | 500 | 503;
  readonly error: TokenErrorCode;
  /** Read by the caller: ASCII, without quotes and backslashes. */
  readonly description: string;
}

export const tokenErrorBody = ({ error, description }: TokenError): string =>
  JSON.stringify({ error, error_description: description });

export const tokenBody = (accessToken: string, expiresInSeconds: number): string =>
  JSON.stringify({
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: expiresInSeconds,
    scope: TOKEN_SCOPE,
  });
