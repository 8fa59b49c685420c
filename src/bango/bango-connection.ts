import { Agent, request } from "undici";
import type { OutboundCall } from "../contract/outbound-contract.js";

export interface BangoCredentials {
  readonly baseUrl: string;
  readonly username: string;
  /** One, or two while they are changed at Bango and here: the first is tried first. */
  readonly passwords: readonly string[];
}

/** One address, user and pool of connections, which several contracts may share. */
export interface BangoConnection {
  /** For the log: never a secret. */
  readonly target: string;
  /** Which secrets to try, by their place in the list: the one that Bango took last comes first. */
  readonly secrets: () => readonly number[];
  /** Bango has taken this one and refused another. */
  readonly prefer: (secret: number) => void;
  /** Throws where no answer comes. */
  readonly call: (call: OutboundCall, secret: number, timeoutMs: number) => Promise<RawAnswer>;
  readonly withoutSecrets: (text: string) => string;
  readonly close: () => Promise<void>;
}

export interface RawAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

const ANSWER_BYTES_MAX = 1024 * 1024;
const CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 5000;

/** HTTP with Basic authentication. `onPreferred` hears the place of the secret that Bango takes from now on. */
export function bangoConnection(
  { baseUrl, username, passwords }: BangoCredentials,
  onPreferred: (secret: number) => void,
): BangoConnection {
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: ANSWER_BYTES_MAX,
  });
  const basics = passwords.map((password) => Buffer.from(`${username}:${password}`).toString("base64"));
  // The longest first: a secret may begin as another one reads.
  const hidden = [...passwords.flatMap(spellingsOf), ...basics].sort(
    (left, right) => right.length - left.length,
  );
  const root = baseUrl.replace(/\/+$/, "");
  const places = passwords.map((_, place) => place);
  let preferred = 0;
  return {
    target: `${root} (${username})`,
    secrets: () => [preferred, ...places.filter((place) => place !== preferred)],
    prefer: (secret) => {
      if (secret === preferred) return;
      preferred = secret;
      onPreferred(secret);
    },
    call: async ({ method, path, headers, body }, secret, timeoutMs) => {
      const response = await request(root + path, {
        dispatcher: agent,
        method,
        headers: { ...headers, accept: "application/json", authorization: `Basic ${basics[secret] ?? ""}` },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const retryAfter = response.headers["retry-after"];
      return {
        status: response.statusCode,
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        text: await response.body.text(),
      };
    },
    withoutSecrets: (text) => hidden.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text),
    close: () => agent.close(),
  };
}

/** As it is, as JSON has it, and as a URL or a form has it. */
const spellingsOf = (secret: string): string[] => [
  ...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
];
