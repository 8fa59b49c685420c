import { createTable } from "./columns.js";

/** The present record; equal to the fold of its history. */
export const entitlement = createTable(
  "0003-entitlement",
  "entitlement",
  ({ word, text, long, instant, count }, table) => {
    word("merchantEntitlementId").notNullable().primary();
    word("identity").notNullable();
    word("entitlementId");
    text("activationRequestId");
    text("resellerId").notNullable();
    text("productKey").notNullable();
    text("offerKey");
    text("entitlementDisplayName");
    text("sharedCustomerId");
    text("bangoUserId");
    text("customerIdentifier");
    word("customerKey").notNullable();
    word("contentHash").notNullable();
    word("status").notNullable();
    word("waitingFor");
    instant("endsAt");
    word("endedBy");
    text("accountReference");
    text("activationCode");
    long("merchantBangoExtensionData");
    long("merchantExtensionData");
    long("extensionData");
    long("extraInformation");
    long("unknownFields");
    instant("dateCreated").notNullable();
    instant("dateActivated");
    instant("dateSuspended");
    instant("dateResumed");
    instant("dateExpiry");
    instant("dateEnded");
    instant("dateLastUpdated").notNullable();
    count("version").notNullable();
    table.unique(["identity"], { indexName: "entitlement_identity" });
    table.index(["activationRequestId"], "entitlement_activation_request");
    table.index(["endsAt"], "entitlement_ends");
    table.index(["status", "dateCreated"], "entitlement_status_created");
    table.index(["status", "dateExpiry"], "entitlement_status_expiry");
  },
);
