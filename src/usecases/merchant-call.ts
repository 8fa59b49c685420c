import type { Command } from "../core/command.js";
import type { Entitlement, JsonObject } from "../core/entitlement.js";
import { problem } from "../core/problem.js";
import type { MerchantCall, MerchantReply } from "../ports/merchant-api.js";
import type { Dependencies } from "./dependencies.js";
import type { CommandReply, CommandRequest, RunCommand } from "./run-command.js";

/** What of a command is the merchant's wish; the rest follows from the call. */
export type Wish = Pick<Command, "move"> & {
  readonly operation?: string;
} & Partial<Pick<Command, "reason" | "update" | "accountReference" | "block" | "notice">>;

/** One change of the merchant's own: through the journal like Bango's, under an owner of its own (4.3). */
export type MerchantCommand = (call: MerchantCall, wish: Wish, content: JsonObject) => Promise<MerchantReply>;

/** By our own id alone: another's request id names nothing of the merchant's. Throws Problem `notFound`. */
export async function findOwn(
  { store }: Pick<Dependencies, "store">,
  merchantEntitlementId: string,
): Promise<Entitlement> {
  const found = await store.findByAnyId(merchantEntitlementId, "*");
  if (found?.merchantEntitlementId !== merchantEntitlementId)
    throw problem("notFound", "no such entitlement");
  return found;
}

export const makeMerchantCommand =
  (deps: Dependencies, run: RunCommand): MerchantCommand =>
  async (call, wish, content) => {
    const entitlement = await findOwn(deps, call.merchantEntitlementId);
    const { resellerId } = entitlement;
    const wished = { command: commandOf(entitlement, call, wish), resellerId };
    return merchantReply(await run(merchantRequest(deps, call, wished, content)));
  };

function commandOf(entitlement: Entitlement, call: MerchantCall, wish: Wish): Command {
  return {
    reason: null,
    update: null,
    operation: wish.move,
    ...wish,
    owner: "merchant",
    actor: call.actor,
    requestId: call.idempotencyKey,
    identity: entitlement.identity,
    merchantEntitlementId: entitlement.merchantEntitlementId,
    activation: null,
    unknownFields: null,
  };
}

export const merchantRequest = (
  deps: Pick<Dependencies, "hash">,
  call: MerchantCall,
  { command, resellerId }: Pick<CommandRequest, "command" | "resellerId">,
  content: JsonObject,
): CommandRequest => ({
  command,
  resellerId,
  fingerprint: deps.hash(command.operation, call.merchantEntitlementId, content),
  trace: call.trace,
});

/** Throws Problem `declined` for a refusal of the account system, which is stored as a reply like any other. */
export function merchantReply({ reply: { status, body }, replayed }: CommandReply): MerchantReply {
  switch (status) {
    case 200:
    case 202:
      return { status, body, replayed };
    case 403: {
      const { reason } = JSON.parse(body) as { readonly reason: string };
      throw problem("declined", "the merchant's account system declines", { reason });
    }
    default:
      throw new Error(`a merchant's reply of status ${status} is stored`);
  }
}
