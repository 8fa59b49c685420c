import type { TokenError } from "../contract/token-reply.js";
import { TOKEN_SCOPE } from "../contract/token-reply.js";
import { parseBasic } from "./parse-basic.js";
import type { NamedSecret } from "./parse-basic.js";

export interface TokenRequest {
  /** Null where the client did not show a secret in a way that we know. */
  readonly client: NamedSecret | null;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface TokenFacts {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const invalid = (description: string): TokenError => ({ status: 400, error: "invalid_request", description });

/** The request as RFC 6749 has it (2.3.1, 3.2, 4.4.2), or what is wrong with it. */
export function parseTokenRequest(facts: TokenFacts): TokenRequest | TokenError {
  const type = (facts.contentType ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    return invalid("the body must be application/x-www-form-urlencoded");
  const parameters = parseForm(facts.body);
  if (!(parameters instanceof Map)) return parameters;
  const secret = parameters.get("client_secret");
  const name = parameters.get("client_id");
  if (facts.authorization === undefined)
    return { client: name === undefined || secret === undefined ? null : { name, secret }, parameters };
  if (secret !== undefined) return invalid("the client authenticates in two ways at once");
  const client = decoded(parseBasic(facts.authorization));
  if (client && name !== undefined && name !== client.name)
    return invalid("client_id differs from the Authorization header");
  return { client, parameters };
}

/** What is asked for, once the client is known; null where we give it. */
export function whyNotGranted({ parameters }: TokenRequest): TokenError | null {
  const grant = parameters.get("grant_type");
  if (grant === undefined) return invalid("grant_type is missing");
  if (grant !== "client_credentials")
    return {
      status: 400,
      error: "unsupported_grant_type",
      description: "grant_type must be client_credentials",
    };
  const words = (parameters.get("scope") ?? "").split(" ").filter((word) => word !== "");
  return words.every((word) => word === TOKEN_SCOPE)
    ? null
    : { status: 400, error: "invalid_scope", description: `the one scope is ${TOKEN_SCOPE}` };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A parameter without a value counts as left out, one that comes twice as a mistake (RFC 6749, 3.2). */
function parseForm(body: Buffer): Map<string, string> | TokenError {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  try {
    for (const pair of utf8.decode(body).split("&")) {
      if (pair === "") continue;
      const [name = "", ...value] = pair.split("=");
      const key = formDecoded(name);
      if (seen.has(key)) return invalid("a parameter came twice");
      seen.add(key);
      const text = formDecoded(value.join("="));
      if (text !== "") parameters.set(key, text);
    }
  } catch {
    return invalid("the body is not well formed");
  }
  return parameters;
}

/** Throws URIError on a broken escape. */
const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));

/** Id and secret are form-encoded before they become user name and password (RFC 6749, 2.3.1). */
function decoded(sent: NamedSecret | null): NamedSecret | null {
  if (sent === null) return null;
  try {
    return { name: formDecoded(sent.name), secret: formDecoded(sent.secret) };
  } catch {
    return null;
  }
}
