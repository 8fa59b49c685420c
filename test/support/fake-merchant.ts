import { merchantView } from "../../src/contract/merchant-replies.js";
import type { Entitlement } from "../../src/core/entitlement.js";
import type { MerchantApiUseCases, MerchantReply, MerchantView } from "../../src/ports/merchant-api.js";
import { ACTIVE } from "../core/values.js";

export const VIEW: MerchantView = { entitlement: ACTIVE, access: "full", acceptances: [] };
const toJson: MerchantApiUseCases["toJson"] = ({ entitlement, acceptances }) =>
  merchantView(entitlement, acceptances);

export interface FakeMerchant {
  readonly use: MerchantApiUseCases;
  /** What was asked, in order: the method, and what it was given. */
  readonly asked: (readonly [method: string, ...given: unknown[]])[];
  /** The next replies; then 200 again. An error is thrown. */
  readonly next: (MerchantReply | Error)[];
  /** All there is, newest first. */
  entitlements: readonly Entitlement[];
}

export const DONE: MerchantReply = { status: 200, body: JSON.stringify(toJson(VIEW)), replayed: false };

/** Stands at the port in the use cases' place: remembers what it was asked, answers what it was told to. */
export function fakeMerchant(): FakeMerchant {
  const asked: FakeMerchant["asked"] = [];
  const next: FakeMerchant["next"] = [];
  const take = <Given>(fallback: Given): Given => {
    const told = next.shift();
    if (told instanceof Error) throw told;
    return (told as Given | undefined) ?? fallback;
  };
  const change =
    (method: string) =>
    async (...given: unknown[]): Promise<MerchantReply> => {
      asked.push([method, ...given]);
      return take(DONE);
    };
  const fake: FakeMerchant = {
    asked,
    next,
    entitlements: [ACTIVE],
    use: {
      move: change("move"),
      update: change("update"),
      block: change("block"),
      unblock: change("unblock"),
      notify: change("notify"),
      relink: change("relink"),
      complete: change("complete"),
      completeSignUp: change("completeSignUp"),
      find: async (...given) => {
        asked.push(["find", ...given]);
        return take(VIEW);
      },
      list: async (filter) => {
        asked.push(["list", filter]);
        const { after } = filter;
        const rest = fake.entitlements.filter(
          ({ merchantEntitlementId: id }) => after === undefined || id < after,
        );
        return take(rest.slice(0, filter.limit));
      },
      toJson,
    },
  };
  return fake;
}
