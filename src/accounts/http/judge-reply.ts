import type { Errand } from "./exchange.js";
import { MappingFailed } from "./expression.js";
import { notDone } from "./line.js";
import type { Asked, Line, Outcome } from "./line.js";
import type { Heard } from "./read-reply.js";
import { hiding } from "./secrets.js";
import type { WireReply } from "./send.js";

/** By the rules of the operation; where none fits, by what HTTP promises. */
export async function judgeReply(
  line: Line,
  asked: Asked,
  { input, secrets }: Pick<Errand, "input" | "secrets">,
  reply: WireReply,
): Promise<Outcome> {
  const why = `HTTP ${String(reply.status)}`;
  try {
    const heard = await asked.read(reply, input);
    if (heard?.kind === "retryLater") {
      const { afterMs } = heard.fields;
      const mayRepeat = reply.status === 429 || reply.status === 503;
      return notDone(why, mayRepeat, typeof afterMs === "number" ? afterMs : retryAfterMs(reply));
    }
    if (heard?.kind === "unknown") return { kind: "unclear", why };
    if (heard) return { kind: "heard", heard: withoutSecrets(heard, [...line.auth.secrets(), ...secrets]) };
  } catch (error) {
    if (!(error instanceof MappingFailed)) throw error;
    line.log.warn("account_reply.not_understood", {
      operation: asked.name,
      status: reply.status,
      place: error.place,
      code: error.code,
    });
    return { kind: "unclear", why: `${why}; ${error.message}` };
  }
  return withoutRule(line, asked, reply, why);
}

/** What people and Bango will read: some APIs quote the key that they refuse. */
function withoutSecrets({ kind, fields }: Heard, secrets: readonly string[]): Heard {
  const hidden = hiding(secrets);
  const shown = (["reason", "text"] as const).flatMap((name) => {
    const said = fields[name];
    return typeof said === "string" ? [[name, hidden.text(said)] as const] : [];
  });
  return { kind, fields: { ...fields, ...Object.fromEntries(shown) } };
}

function withoutRule(line: Line, asked: Asked, reply: WireReply, why: string): Outcome {
  const afterMs = retryAfterMs(reply);
  if (reply.status === 429 || (reply.status === 503 && afterMs !== undefined))
    return notDone(why, true, afterMs);
  if (reply.status === 401) return notDone(why, false);
  line.log.warn("account_reply.no_rule", { operation: asked.name, status: reply.status });
  return { kind: "unclear", why };
}

/** Seconds or an HTTP date (RFC 9110). */
function retryAfterMs({ headers }: WireReply): number | undefined {
  const header = headers["retry-after"];
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
