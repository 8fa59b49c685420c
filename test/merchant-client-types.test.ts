import { describe, expect, it } from "@jest/globals";
import type { z } from "zod";
import type {
  MerchantAccount,
  MerchantBlock,
  MerchantCompletion,
  MerchantEntitlement,
  MerchantListFilter,
  MerchantNotice,
  MerchantPage,
  MerchantProblem,
  MerchantReason,
  MerchantRecord,
  MerchantUpdate,
} from "../src/client/merchant-types.js";
import type { MerchantProblemCode as Code } from "../src/contract/merchant-problems.js";
import type {
  merchantPage,
  merchantProblem,
  merchantRecord,
  merchantView,
} from "../src/contract/merchant-reply-schemas.js";
import type { MERCHANT_BODIES, MerchantChange, listQuery } from "../src/contract/merchant-requests.js";

type Sent<Change extends MerchantChange> = z.input<(typeof MERCHANT_BODIES)[Change]>;
type Told<Schema extends z.ZodType> = z.output<Schema>;

/** Whether each may stand where the other is wanted: a field that one lacks, or has otherwise, shows. */
type Same<One, Other> = [One] extends [Other]
  ? [Other] extends [One]
    ? [keyof One] extends [keyof Other]
      ? [keyof Other] extends [keyof One]
        ? true
        : "a field is too many"
      : "a field is missing"
    : "the second is narrower"
  : "the first is narrower";

/** The compiler holds them against each other: `npm run typecheck` is what fails. */
const SENT = {
  suspend: true satisfies Same<Sent<"suspend">, MerchantReason>,
  resume: true satisfies Same<Sent<"resume">, MerchantReason>,
  cancel: true satisfies Same<Sent<"cancel">, MerchantReason>,
  revoke: true satisfies Same<Sent<"revoke">, MerchantReason>,
  reinstate: true satisfies Same<Sent<"reinstate">, MerchantReason>,
  update: true satisfies Same<Sent<"update">, MerchantUpdate>,
  block: true satisfies Same<Sent<"block">, MerchantBlock>,
  unblock: true satisfies Same<Sent<"unblock">, MerchantBlock>,
  notEligible: true satisfies Same<Sent<"notEligible">, MerchantNotice>,
  relink: true satisfies Same<Sent<"relink">, MerchantAccount>,
  complete: true satisfies Same<Sent<"complete">, MerchantCompletion>,
  completeSignUp: true satisfies Same<Sent<"completeSignUp">, MerchantAccount>,
} satisfies Record<MerchantChange, true>;

const TOLD = {
  record: true satisfies Same<Told<typeof merchantRecord>, MerchantRecord>,
  entitlement: true satisfies Same<Told<typeof merchantView>, MerchantEntitlement>,
  page: true satisfies Same<Told<typeof merchantPage>, MerchantPage>,
  // A client knows the codes of later versions too.
  problem: true satisfies Same<keyof Told<typeof merchantProblem>, keyof MerchantProblem>,
  code: true satisfies Code extends MerchantProblem["code"] ? true : "a code is missing",
  query: true satisfies Same<keyof z.input<typeof listQuery>, keyof MerchantListFilter>,
};

describe("the client's types", () => {
  it("are those of the API, in what is sent and in what is answered", () => {
    expect(Object.values({ ...SENT, ...TOLD }).every(Boolean)).toBe(true);
  });
});
