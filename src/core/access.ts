import type { Entitlement } from "./entitlement.js";

export type Access = "full" | "none";

/** Whether access is given: the state grants it, and no block of the merchant's takes it (2.4). */
export const accessOf = ({ status, blocks }: Pick<Entitlement, "status" | "blocks">): Access =>
  (status === "ACTIVE" || status === "ACTIVE-ENDING") && blocks === null ? "full" : "none";
