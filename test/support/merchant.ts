import { randomUUID } from "node:crypto";
import { Problem } from "../../src/core/problem.js";
import type { Refusal } from "../../src/core/problem.js";
import type { MerchantCall, MerchantReply } from "../../src/ports/merchant-api.js";
import { ownTrace } from "../../src/ports/trace.js";

export const merchantCall = (
  merchantEntitlementId: string,
  idempotencyKey: string | null = randomUUID(),
): MerchantCall => ({
  merchantEntitlementId,
  idempotencyKey,
  actor: "back-office",
  trace: ownTrace(randomUUID()),
});

export const viewOf = ({ body }: MerchantReply): Record<string, unknown> =>
  JSON.parse(body) as Record<string, unknown>;

/** Fails where the call is not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Problem) return error.refusal;
    throw error;
  }
  throw new Error("the call was not refused");
}
