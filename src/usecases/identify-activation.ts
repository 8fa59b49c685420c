import type { Activation } from "../core/command.js";
import type { Dependencies } from "./dependencies.js";

/** What an `activate` is about: the identity on which its turn is taken, and by which a repeat finds it. */
export type IdentifyActivation = (
  activation: Activation,
  call: { readonly owner: string; readonly requestId: string | null },
) => Promise<string>;

/**
 * Bango's entitlementId is globally unique and never used again (1.4). Where the contract has none, the activating
 * call's request id is what a repeat has in common with it. Where the contract lets a new entitlementId stand for a
 * sign-up that is still awaited, the one that waits is meant.
 */
export function makeIdentifyActivation({ contract, store, hash }: Dependencies): IdentifyActivation {
  return async (activation, { owner, requestId }) => {
    const { entitlementId, resellerId } = activation;
    if (entitlementId === null && requestId === null)
      throw new Error("an activate that nothing identifies was parsed");
    const own = entitlementId ?? hash("activation", owner, resellerId, requestId);
    if (!contract.reusesPending) return own;
    const known = (await store.findByIdentity(own, "*")) ? own : await store.findAlias(own);
    if (known !== null) return known;
    const waiting = await store.findAlias(contentAlias(activation));
    const present = waiting === null ? null : await store.findByIdentity(waiting, "*");
    return present?.status === "PENDING" && present.waitingFor === "customer" ? present.identity : own;
  };
}

/** Leads from what an activate asks for to the sign-up that was last begun for it. At most 64 characters. */
export const contentAlias = ({ contentHash }: Pick<Activation, "contentHash">): string =>
  `content:${contentHash}`;
