import { nameOfError } from "../../ports/logger.js";
import type { Asked, Line, Wish } from "./line.js";
import type { HttpExchange } from "./options.js";
import { hiding } from "./secrets.js";
import { NoReply } from "./send.js";
import type { WireReply, WireRequest } from "./send.js";

export interface Errand extends Wish {
  readonly request: WireRequest;
  /** The caller's own, without our deadline for one request. */
  readonly callerSignal: AbortSignal;
}

export type Sent = { readonly sent: Readonly<Record<string, string>> } & (
  { readonly reply: WireReply } | { readonly error: NoReply }
);

/** One request with its proof; whoever watches hears of it. Throws NoToken. */
export async function exchange(
  line: Line,
  asked: Asked,
  { request, signal, secrets }: Errand,
): Promise<Sent> {
  const proof = await line.auth.headers(signal);
  const outgoing = { ...request, headers: { ...request.headers, ...proof } };
  const startedAt = performance.now();
  const sent = await line.send(outgoing, signal).then(
    (reply) => ({ sent: proof, reply }),
    (error: unknown) => ({ sent: proof, error: error instanceof NoReply ? error : new NoReply(true, error) }),
  );
  line.observe?.(
    presentExchange(asked.name, outgoing, sent, {
      hidden: hiding([...line.auth.secrets(), ...secrets]),
      durationMs: Math.round(performance.now() - startedAt),
    }),
  );
  return sent;
}

function presentExchange(
  operation: string,
  { method, url, headers, body }: WireRequest,
  sent: Sent,
  { hidden, durationMs }: { readonly hidden: ReturnType<typeof hiding>; readonly durationMs: number },
): HttpExchange {
  const reply = "reply" in sent ? sent.reply : null;
  return {
    operation,
    request: {
      method,
      url: hidden.text(url.href),
      headers: hidden.headers(headers),
      body: body === null ? null : hidden.text(body),
    },
    reply: reply && {
      status: reply.status,
      headers: hidden.headers(reply.headers),
      body: hidden.text(reply.text),
    },
    error: "error" in sent ? `${sent.error.message} (${nameOfError(sent.error.cause)})` : null,
    durationMs,
  };
}
