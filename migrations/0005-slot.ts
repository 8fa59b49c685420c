import { createTable } from "./columns.js";

/** The places of a customer's live entitlements, numbered from 0 to one below the limit. */
export const slot = createTable("0005-slot", "slot", ({ word, text, count }, table) => {
  word("customerKey").notNullable();
  text("scope").notNullable();
  count("slotNumber").notNullable();
  word("merchantEntitlementId").notNullable();
  word("reservedBy");
  table.primary(["customerKey", "scope", "slotNumber"]);
  table.index(["merchantEntitlementId"], "slot_entitlement");
});
