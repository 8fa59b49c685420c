import { Agent, request } from "undici";
import type { JsonObject } from "../core/entitlement.js";
import { OUTBOUND } from "../contract/outbound.js";
import type { Bango, BangoAnswer, BangoRequest } from "../ports/bango.js";

export interface BangoCredentials {
  readonly baseUrl: string;
  readonly username: string;
  /** The one in use. */
  readonly password: string;
}

const EXCERPT_BYTES = 2048;
const ANSWER_BYTES_MAX = 1024 * 1024;
const CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 5000;

/** Calls Bango over HTTP with Basic authentication. The password stands in no answer and no error. */
export function bangoClient({
  baseUrl,
  username,
  password,
}: BangoCredentials): Bango & { readonly close: () => Promise<void> } {
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: ANSWER_BYTES_MAX,
  });
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const secrets = [...spellingsOf(password), authorization.slice("Basic ".length)];
  const root = baseUrl.replace(/\/+$/, "");

  return {
    target: `${root} (${username})`,
    close: () => agent.close(),
    async send(message) {
      const startedAt = performance.now();
      const { method } = OUTBOUND[message.kind];
      const answer = (fields: Partial<BangoAnswer>): BangoAnswer => ({
        status: null,
        responseCode: null,
        bodyStatus: null,
        retryAfterMs: null,
        excerpt: "",
        durationMs: Math.round(performance.now() - startedAt),
        ...fields,
      });
      try {
        const response = await request(urlOf(root, message), {
          dispatcher: agent,
          method,
          headers: {
            authorization,
            accept: "application/json",
            "x-requestidentifier": message.requestId,
            ...(method === "GET" ? {} : { "content-type": "application/json" }),
          },
          body: method === "GET" ? null : JSON.stringify(message.body),
          signal: AbortSignal.timeout(message.timeoutMs),
        });
        const text = await response.body.text();
        const fields = parse(text);
        return answer({
          status: response.statusCode,
          responseCode: textField(fields, "responseCode"),
          bodyStatus: textField(fields, "status"),
          retryAfterMs: retryAfterOf(response.headers["retry-after"]),
          excerpt: excerptOf(withoutSecrets(text, secrets)),
        });
      } catch (error) {
        return answer({ excerpt: withoutSecrets(causeOf(error), secrets) });
      }
    },
  };
}

const urlOf = (root: string, { kind, entitlementId }: BangoRequest): string =>
  root + OUTBOUND[kind].path.replace(/\{\w+\}/, encodeURIComponent(entitlementId));

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function textField(fields: JsonObject, name: string): string | null {
  const value = fields[name];
  return typeof value === "string" ? value : null;
}

/** Seconds or an HTTP date (RFC 9110). */
function retryAfterOf(header: string | string[] | undefined): number | null {
  if (typeof header !== "string") return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Cut after secrets were removed, so that none is left in half; a character that the cut divides is left out. */
const excerptOf = (text: string): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, EXCERPT_BYTES), { stream: true });

/** As it is, as JSON has it, and as a URL or a form has it. */
const spellingsOf = (secret: string): string[] => [
  ...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
];

const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);

function causeOf(error: unknown): string {
  const { code, name = "Error", message = "" } = Object(error) as Partial<NodeJS.ErrnoException>;
  return `${code ?? name}: ${message}`;
}
