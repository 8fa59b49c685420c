import { accessOf } from "../core/access.js";
import type { JsonObject } from "../core/entitlement.js";
import type { MerchantApiUseCases } from "../ports/merchant-api.js";
import { findAcceptances, makeCompleteAccepted } from "./complete-accepted.js";
import type { DeliverNow } from "./deliver-messages.js";
import type { Dependencies } from "./dependencies.js";
import { makeMerchantSignUp } from "./merchant-sign-up.js";
import { findOwn, makeMerchantCommand } from "./merchant-call.js";
import type { RunCommand } from "./run-command.js";

export interface MerchantApiParts {
  readonly run: RunCommand;
  readonly deliverNow: DeliverNow;
  readonly toJson: MerchantApiUseCases["toJson"];
}

/** Changes that the merchant starts, and what it may look at (4.3). */
export function makeMerchantApi(
  deps: Dependencies,
  { run, deliverNow, toJson }: MerchantApiParts,
): MerchantApiUseCases {
  const command = makeMerchantCommand(deps, run);
  return {
    move: (call, move, reason) => command(call, { move, reason }, { reason: asJson(reason) }),
    update: (call, update) => command(call, { move: "update", update }, { update: asJson(update) }),
    block: (call, block) => command(call, { move: "block", block }, asJson(block)),
    unblock: (call, block) => command(call, { move: "unblock", block }, asJson(block)),
    notify: (call, notice) => command(call, { move: "notify", notice }, asJson(notice)),
    relink: (call, { accountId }) =>
      command(call, { move: "relink", accountReference: accountId }, { accountId }),
    complete: makeCompleteAccepted(deps, run),
    completeSignUp: makeMerchantSignUp(deps, run, deliverNow),
    find: async (merchantEntitlementId) => {
      const entitlement = await findOwn(deps, merchantEntitlementId);
      const acceptances = await findAcceptances(deps, merchantEntitlementId);
      return { entitlement, access: accessOf(entitlement), acceptances };
    },
    list: (filter) => deps.store.listEntitlements(filter),
    toJson,
  };
}

/** Plain data of the port's, as the fingerprint hashes it. */
const asJson = (content: object | null): JsonObject => ({ ...content });
