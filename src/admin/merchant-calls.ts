import type { MerchantBody, MerchantChange } from "../contract/merchant-requests.js";
import { parseBody, reasonOf, updateOf } from "../contract/parse-merchant-request.js";
import type { JsonObject } from "../core/entitlement.js";
import type {
  MerchantApiUseCases,
  MerchantCall,
  MerchantMove,
  MerchantReply,
} from "../ports/merchant-api.js";

type Ask<Body> = (use: MerchantApiUseCases, call: MerchantCall, body: Body) => Promise<MerchantReply>;

/** Parses the body that was sent, then asks. */
const parsed =
  <Change extends MerchantChange>(change: Change, ask: Ask<MerchantBody<Change>>): Ask<JsonObject> =>
  (use, call, body) =>
    ask(use, call, parseBody(change, body));

const move = (name: MerchantMove): Ask<JsonObject> =>
  parsed(name, (use, call, body) => use.move(call, name, reasonOf(body)));

/** What each operation asks of the use cases. Each throws Problem, for a body that does not fit too. */
export const MERCHANT_CALLS: Readonly<Record<MerchantChange, Ask<JsonObject>>> = {
  suspend: move("suspend"),
  resume: move("resume"),
  cancel: move("cancel"),
  revoke: move("revoke"),
  reinstate: move("reinstate"),
  update: parsed("update", (use, call, body) => use.update(call, updateOf(body))),
  block: parsed("block", (use, call, body) => use.block(call, body)),
  unblock: parsed("unblock", (use, call, body) => use.unblock(call, body)),
  notEligible: parsed("notEligible", (use, call, { event, message }) =>
    use.notify(call, { event, message: message ?? null }),
  ),
  relink: parsed("relink", (use, call, body) => use.relink(call, body)),
  complete: parsed("complete", (use, call, { terminationDate, reason, ...completion }) =>
    use.complete(call, {
      ...completion,
      terminationDate: terminationDate ?? null,
      reason: reason ?? null,
    }),
  ),
  completeSignUp: parsed("completeSignUp", (use, call, body) => use.completeSignUp(call, body)),
};
