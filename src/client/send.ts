import { MerchantApiError } from "./merchant-api-error.js";
import type { MerchantProblem } from "./merchant-types.js";

/** One call, ready to be sent as often as it takes. */
export interface Call {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: unknown;
}

export interface Sending {
  readonly fetch: typeof fetch;
  /** Of each try. */
  readonly timeoutMs: number;
  /** Tries after the first. */
  readonly retries: number;
  readonly wait: (ms: number) => Promise<void>;
}

/** Not done, or not known: another try with the same key cannot do it twice. */
const WORTH_ANOTHER_TRY: readonly number[] = [429, 502, 503, 504];
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;

interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A network error, a time-out, or an answer cut short: none of them says what was done. */
interface Unheard {
  readonly cause: unknown;
}

/** Throws MerchantApiError unless it was answered with success. */
export async function send(call: Call, sending: Sending): Promise<Answer> {
  for (let tried = 1; ; tried += 1) {
    const heard = await attempt(call, sending);
    const again = "cause" in heard || WORTH_ANOTHER_TRY.includes(heard.status);
    if (!again || tried > sending.retries) return answerOf(heard);
    await sending.wait(pauseMs(tried, "cause" in heard ? null : heard.headers.get("retry-after")));
  }
}

async function attempt({ url, ...call }: Call, { fetch, timeoutMs }: Sending): Promise<Heard | Unheard> {
  try {
    // A redirect would carry the token to somewhere else.
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...call, redirect: "manual", signal });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    return { cause };
  }
}

/** As the server asks, within reason; else twice as long each time, and not at the same moment as everybody. */
function pauseMs(tried: number, retryAfter: string | null): number {
  if (retryAfter !== null && /^\d+$/.test(retryAfter))
    return Math.min(Number(retryAfter) * 1000, PAUSE_MS_MAX);
  const longest = Math.min(PAUSE_MS * 2 ** (tried - 1), PAUSE_MS_MAX);
  return longest / 2 + (Math.random() * longest) / 2;
}

function answerOf(heard: Heard | Unheard): Answer {
  if ("cause" in heard) throw new MerchantApiError("no answer", null, null, heard);
  const { status, headers, text } = heard;
  const body = jsonOf(text);
  if (status >= 200 && status < 300 && body !== null)
    return { status, replayed: headers.get("idempotent-replayed") === "true", body };
  const problem = isProblem(body) ? body : null;
  const said = problem ? `${problem.code}: ${problem.detail}` : "what answered is not the Merchant API";
  throw new MerchantApiError(`${String(status)} ${said}`, status, problem);
}

function jsonOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

const isProblem = (body: object | null): body is MerchantProblem =>
  body !== null && "code" in body && "detail" in body && "requestId" in body;
