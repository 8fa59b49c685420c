import type { Entitlement } from "./entitlement.js";
import type { AccountOperation } from "./moves.js";

export type Access = "full" | "none";

type Granting = Pick<Entitlement, "status" | "blocks">;

/** Whether access is given: the state grants it, and no block of the merchant's takes it (2.4). */
export const accessOf = ({ status, blocks }: Granting): Access =>
  (status === "ACTIVE" || status === "ACTIVE-ENDING") && blocks === null ? "full" : "none";

/** The access that the account system is to give once it has done this; `before`: null where there is nothing yet. */
export function accessAfter(before: Granting | null, operation: AccountOperation): Access {
  switch (operation) {
    case "activate":
    case "resume":
      return "full";
    case "change":
    case "endAtPeriod":
    case "link":
    case "reinstate":
      return before === null ? "none" : accessOf(before);
    case "eligibility":
    case "suspend":
    case "revoke":
      return "none";
  }
}

/** For calls about an entitlement that is made up: a usual one, which has been sold and stands in nobody's way. */
export const SOLD: Granting = { status: "ACTIVE", blocks: null };
