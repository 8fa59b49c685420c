import { createHash } from "node:crypto";
import type { Knex } from "knex";
import { refusal } from "./answers.js";
import type { Answer } from "./answers.js";
import { answerOf, findEffect, insertEffect } from "./ledger.js";
import type { Outcome } from "./ledger.js";

export interface EffectCall {
  readonly idempotencyKey: string;
  readonly operation: string;
  /** What makes two calls with one key the same. */
  readonly content: string;
  readonly requestId: string | null;
}

export interface Once {
  /** The effect, at most once for a key; the same call again is answered as the first was. */
  readonly run: (
    call: EffectCall,
    prepare: () => Promise<void>,
    act: (books: Knex, now: number) => Promise<Outcome>,
  ) => Promise<Answer>;
  /** When the call with this key came that is still being worked on. */
  readonly workingSince: (idempotencyKey: string) => number | null;
  /** Resolves when nothing is being worked on. */
  readonly idle: () => Promise<void>;
}

interface Working {
  readonly fingerprint: string;
  readonly startedAt: number;
  readonly answer: Promise<Answer>;
}

const KEY_REUSED = refusal(422, "idempotency_key_reused", "this key came with another request");

/** One process owns the books, so calls in flight are known in memory. A refusal leaves nothing behind. */
export function makeOnce(books: Knex, now: () => number): Once {
  const working = new Map<string, Working>();

  return {
    async run(call, prepare, act) {
      const fingerprint = createHash("sha256").update(`${call.operation}\0${call.content}`).digest("hex");
      const inFlight = working.get(call.idempotencyKey);
      if (inFlight) return inFlight.fingerprint === fingerprint ? inFlight.answer : KEY_REUSED;
      const startedAt = now();
      const answer = prepare().then(() =>
        books.transaction((transaction) => settle(transaction, { ...call, fingerprint, startedAt }, act)),
      );
      working.set(call.idempotencyKey, { fingerprint, startedAt, answer });
      try {
        return await answer;
      } finally {
        working.delete(call.idempotencyKey);
      }
    },
    workingSince: (idempotencyKey) => working.get(idempotencyKey)?.startedAt ?? null,
    async idle() {
      await Promise.allSettled([...working.values()].map(({ answer }) => answer));
    },
  };

  async function settle(
    transaction: Knex,
    call: EffectCall & { readonly fingerprint: string; readonly startedAt: number },
    act: (books: Knex, now: number) => Promise<Outcome>,
  ): Promise<Answer> {
    const known = await findEffect(transaction, call.idempotencyKey);
    if (known) return known.fingerprint === call.fingerprint ? answerOf(known) : KEY_REUSED;
    const at = now();
    const outcome = await act(transaction, at);
    if ("refused" in outcome) return outcome.refused;
    const { idempotencyKey, operation, fingerprint, requestId, startedAt } = call;
    await insertEffect(
      transaction,
      { idempotencyKey, operation, fingerprint, requestId, startedAt },
      outcome,
      at,
    );
    return outcome.answer;
  }
}
