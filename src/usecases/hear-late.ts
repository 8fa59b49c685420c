import { afterHearing, followUp } from "../core/outbox.js";
import type { Goal } from "../core/outbox.js";
import type { JsonObject, State } from "../core/entitlement.js";
import type { StoredReply } from "../store/change.js";
import { newMessage } from "./deliver-messages.js";
import type { Dependencies } from "./dependencies.js";

/** The record's part that Bango is told of by messages, too. */
interface RecordBody {
  readonly merchantEntitlementId: string;
  readonly status: State;
  readonly productKey: string;
  readonly merchantExtensionData?: JsonObject;
}

/**
 * Bango's call was settled when Bango had been answered 503, so the outbox tells what came of it (2.5.7). Its repeat
 * hears that as well, now: it may be old news by then, and what is so has to be told once more.
 */
export async function hearLate(deps: Dependencies, { status, body }: StoredReply): Promise<void> {
  if (status >= 300) return;
  const record = JSON.parse(body) as RecordBody;
  const { productKey, merchantExtensionData = null } = record;
  const heard: readonly Goal[] = [
    { kind: "status", status: record.status },
    { kind: "fields", fields: { productKey, merchantExtensionData } },
  ];
  for (const goal of heard)
    await deps.store.settleKnown(record.merchantEntitlementId, (entitlement, known) => {
      const after = afterHearing(goal, entitlement, known);
      const next = followUp({ goal }, entitlement, after);
      return { known: after, followUp: next && newMessage(deps, next, entitlement) };
    });
}
