import { accessOf } from "../core/access.js";
import type { Acceptance } from "../core/completion.js";
import type { Answer } from "../core/apply-result.js";
import { toIso } from "../core/dates.js";
import type { Entitlement, Json, JsonObject } from "../core/entitlement.js";
import { recordOf } from "./replies.js";
import type { Reply } from "./replies.js";

/** What the merchant is shown: the record as Bango sees it (2.3), and what Bango is not told. */
export function merchantRecordOf(entitlement: Entitlement): JsonObject {
  const { endsAt, waitingFor, accountReference, customerIdentifier, blocks } = entitlement;
  return {
    ...recordOf(entitlement),
    ...withoutNulls({
      customerIdentifier,
      accountReference,
      waitingFor,
      terminationDate: endsAt === null ? null : toIso(endsAt),
    }),
    access: accessOf(entitlement),
    blocks: blocks ?? {},
  };
}

/** The record, and what the account system has accepted for later. */
export const merchantView = (entitlement: Entitlement, acceptances: readonly Acceptance[]): JsonObject => ({
  ...merchantRecordOf(entitlement),
  acceptances: acceptances.map(acceptanceView),
});

const acceptanceView = ({ acceptedAt, finishedAt, ...acceptance }: Acceptance): JsonObject =>
  withoutNulls({
    requestId: acceptance.requestId,
    idempotencyKey: acceptance.idempotencyKey,
    operation: acceptance.operation,
    state: acceptance.state,
    acceptedAt: toIso(acceptedAt),
    finishedAt: finishedAt === null ? null : toIso(finishedAt),
  });

const withoutNulls = (fields: Readonly<Record<string, Json>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** A merchant's own call as its reply is stored; a refusal of the account system keeps its reason alone. */
export function renderMerchantAnswer(
  answer: Answer,
  entitlement: Entitlement | null,
  acceptances: readonly Acceptance[],
): Reply {
  if (answer.kind === "declined") return { status: 403, body: JSON.stringify({ reason: answer.reason }) };
  if (entitlement === null) throw new Error("a merchant's call has made no entitlement");
  return {
    status: answer.kind === "queued" ? 202 : 200,
    body: JSON.stringify(merchantView(entitlement, acceptances)),
  };
}
