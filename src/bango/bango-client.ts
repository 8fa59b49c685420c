import type { OutboundCall, OutboundContract } from "../contract/outbound-contract.js";
import type { Bango, BangoAnswer, BangoRequest } from "../ports/bango.js";
import type { BangoConnection } from "./bango-connection.js";

const EXCERPT_BYTES = 2048;

/** Tells Bango over HTTP, in the words of its contract. The password stands in no answer and no error. */
export function bangoClient(connection: BangoConnection, contract: OutboundContract): Bango {
  return {
    sends: contract.sends,
    async send(message) {
      const startedAt = performance.now();
      const call = contract.callOf(message);
      const [first = 0, ...others] = connection.secrets();
      let answer = await tryOnce(connection, contract, { message, call, secret: first });
      // Refused for its secret, a message has had no effect: while secrets are changed, the other one is tried at once.
      for (const secret of others) {
        if (answer.outcome !== "stop") break;
        answer = await tryOnce(connection, contract, { message, call, secret });
        if (answer.outcome !== "stop" && answer.outcome !== "retry") connection.prefer(secret);
      }
      return { ...answer, durationMs: Math.round(performance.now() - startedAt) };
    },
  };
}

interface Try {
  readonly message: BangoRequest;
  readonly call: OutboundCall;
  readonly secret: number;
}

async function tryOnce(
  connection: BangoConnection,
  contract: OutboundContract,
  { message, call, secret }: Try,
): Promise<Omit<BangoAnswer, "durationMs">> {
  try {
    const { status, retryAfter, text } = await connection.call(call, secret, message.timeoutMs);
    const heard = contract.heard(message.kind, status, text);
    return {
      status,
      outcome: contract.outcomeOf(message, heard),
      state: contract.stateOf(heard.status),
      retryAfterMs: retryAfterOf(retryAfter),
      excerpt: excerptOf(connection.withoutSecrets(text)),
    };
  } catch (error) {
    const excerpt = connection.withoutSecrets(causeOf(error));
    return { status: null, outcome: "retry", state: null, retryAfterMs: null, excerpt };
  }
}

/** Seconds or an HTTP date (RFC 9110). */
function retryAfterOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Cut after secrets were removed, so that none is left in half; a character that the cut divides is left out. */
const excerptOf = (text: string): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, EXCERPT_BYTES), { stream: true });

function causeOf(error: unknown): string {
  const { code, name = "Error", message = "" } = Object(error) as Partial<NodeJS.ErrnoException>;
  return `${code ?? name}: ${message}`;
}
