import { parsed } from "./json.js";

export type Direction = "bango-to-merchant" | "merchant-to-bango";

/** One request and what came of it, as somebody on the wire would have seen it, without credentials. */
export interface Exchange {
  readonly number: number;
  readonly at: string;
  readonly durationMs: number;
  readonly direction: Direction;
  /** The operation of the Server API, or the merchant's message; "unknown" for a path that is neither. */
  readonly operation: string;
  readonly entitlementId: string | null;
  readonly requestId: string | null;
  /** 1 for the first delivery, up to 4 for Bango's repeats after a 5xx. */
  readonly attempt: number;
  readonly request: Message & { readonly method: string; readonly path: string };
  readonly reply: (Message & { readonly status: number }) | null;
  /** Why there is no reply. */
  readonly error: string | null;
  /** The fault that was played, where one was. */
  readonly fault: string | null;
  /** What a reader should notice: the reply was not what Bango expects. */
  readonly remark: string | null;
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Exchanges {
  readonly add: (exchange: Omit<Exchange, "number">) => Exchange;
  readonly list: (entitlementId?: string) => readonly Exchange[];
}

const EXCHANGES_MAX = 10_000;
const BODY_MAX_CHARACTERS = 16_384;

/** In memory, the oldest dropped. */
export function makeExchanges(): Exchanges {
  const kept: Exchange[] = [];
  let number = 0;
  return {
    add(exchange) {
      const entitlementId = exchange.entitlementId?.toLowerCase() ?? null;
      const numbered = { number: ++number, ...exchange, entitlementId };
      kept.push(numbered);
      if (kept.length > EXCHANGES_MAX) kept.shift();
      return numbered;
    },
    list: (entitlementId) =>
      entitlementId === undefined
        ? [...kept]
        : kept.filter((one) => one.entitlementId === entitlementId.toLowerCase()),
  };
}

/** A list of what is kept, so that no Authorization or cookie can be. */
const HEADERS_KEPT = [
  "content-type",
  "retry-after",
  "user-agent",
  "www-authenticate",
  "x-request-id",
  "x-requestidentifier",
];

export function headersKept(
  entries: Iterable<readonly [string, string | readonly string[] | undefined]>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of entries)
    if (value !== undefined && HEADERS_KEPT.includes(name.toLowerCase()))
      kept[name.toLowerCase()] = typeof value === "string" ? value : value.join(", ");
  return kept;
}

/** A body as it is kept: parsed where it is JSON, cut where it is long. */
export const bodyKept = (text: string): unknown =>
  text.length > BODY_MAX_CHARACTERS
    ? `${text.slice(0, BODY_MAX_CHARACTERS)}… (${String(text.length)} characters)`
    : parsed(text);
