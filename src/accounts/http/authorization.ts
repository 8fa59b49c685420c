import type { HttpAuth } from "./options.js";
import type { Send } from "./send.js";

export interface Authorization {
  /** The headers that prove who we are. Throws NoToken where there is none to be had. */
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** What was sent was refused: true where something else may be tried. */
  readonly refused: (headers: Readonly<Record<string, string>>) => boolean;
  /** What must never be seen. */
  readonly secrets: () => readonly string[];
}

/** The token endpoint gave none. Nothing was sent to the API itself. */
export class NoToken extends Error {
  constructor(
    readonly code: string,
    /** It does not know us, or not any more: waiting will not mend it. */
    readonly isRefusal = false,
  ) {
    super("the token endpoint gave no token");
    this.name = "NoToken";
  }
}

export interface TokenSource {
  readonly send: Send;
  /** How long a token may be waited for: no single call's deadline, since others wait for it too. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

export function authorization(auth: HttpAuth, fetchFor: TokenSource): Authorization {
  switch (auth.type) {
    case "none":
      return fixed({}, []);
    case "basic": {
      const pair = base64(`${auth.username}:${auth.password}`);
      return fixed({ authorization: `Basic ${pair}` }, [auth.password, pair]);
    }
    case "apiKey":
      return fixed({ [auth.header.toLowerCase()]: `${auth.prefix ?? ""}${auth.value}` }, [auth.value]);
    case "oauth2":
      return clientCredentials(auth, fetchFor);
  }
}

const fixed = (headers: Readonly<Record<string, string>>, secrets: readonly string[]): Authorization => ({
  headers: () => Promise.resolve(headers),
  refused: () => false,
  secrets: () => secrets,
});

interface Token {
  readonly value: string;
  readonly freshUntil: number;
}

/** Asked for anew this long before it ends, so that none ends on its way. */
const SKEW_MS = 30_000;
const LIFE_USUAL_SECONDS = 300;

/** One token for all calls, and one request for it at a time (RFC 6749, 4.4). */
function clientCredentials(auth: Extract<HttpAuth, { type: "oauth2" }>, source: TokenSource): Authorization {
  const { now } = source;
  let token: Token | null = null;
  let fetching: Promise<Token> | null = null;
  const fetched = (): Promise<Token> => {
    // Kept also where whoever wanted it has gone: the next one would wait as long, and in vain again.
    fetching ??= fetchToken(auth, source)
      .then((fresh) => (token = fresh))
      .finally(() => {
        fetching = null;
      });
    return fetching;
  };
  return {
    async headers(signal) {
      const usable = token !== null && token.freshUntil > now() ? token : await orAborted(fetched(), signal);
      return { authorization: `Bearer ${usable.value}` };
    },
    refused({ authorization: sent }) {
      // Another call may have fetched a new one meanwhile: that one is tried, not thrown away.
      if (token !== null && sent === `Bearer ${token.value}`) token = null;
      return true;
    },
    secrets: () => [
      auth.clientSecret,
      base64(`${encodeURIComponent(auth.clientId)}:${encodeURIComponent(auth.clientSecret)}`),
      ...(token === null ? [] : [token.value]),
    ],
  };
}

async function fetchToken(
  { tokenUrl, clientId, clientSecret, scope, audience, clientAuth }: Extract<HttpAuth, { type: "oauth2" }>,
  { send, timeoutMs, now }: TokenSource,
): Promise<Token> {
  const inBody = clientAuth === "body";
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(inBody ? { client_id: clientId, client_secret: clientSecret } : {}),
  });
  // RFC 6749, 2.3.1: both are form-encoded before they become Basic.
  const pair = base64(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  const askedAt = now();
  const { status, text } = await send(
    {
      method: "POST",
      url: new URL(tokenUrl),
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        ...(inBody ? {} : { authorization: `Basic ${pair}` }),
      },
      body: form.toString(),
    },
    AbortSignal.timeout(timeoutMs),
  ).catch(() => {
    throw new NoToken("no reply");
  });
  const { access_token: value, expires_in: life } = parsed(text);
  if (status !== 200 || typeof value !== "string" || value === "" || !/^[\x21-\x7e]+$/.test(value))
    throw new NoToken(`HTTP ${String(status)}`, status === 400 || status === 401);
  const lifeMs = (Number(life ?? LIFE_USUAL_SECONDS) || LIFE_USUAL_SECONDS) * 1000;
  // A token that lives shorter than the margin is used for half its life.
  return { value, freshUntil: askedAt + Math.max(lifeMs - SKEW_MS, lifeMs / 2) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function orAborted(token: Promise<Token>, signal: AbortSignal): Promise<Token> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new NoToken("too late"));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    token.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", stop);
    });
  });
}
