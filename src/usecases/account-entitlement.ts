import type { AccountEntitlement } from "../ports/account-system.js";
import type { Dependencies } from "./dependencies.js";

/** What an account system is shown of an entitlement: these fields and no others, and the plan that its product has. */
export const accountEntitlement = (
  { productTerms }: Pick<Dependencies, "productTerms">,
  of: Omit<AccountEntitlement, "plan">,
): AccountEntitlement => ({
  merchantEntitlementId: of.merchantEntitlementId,
  entitlementId: of.entitlementId,
  resellerId: of.resellerId,
  productKey: of.productKey,
  offerKey: of.offerKey,
  entitlementDisplayName: of.entitlementDisplayName,
  sharedCustomerId: of.sharedCustomerId,
  bangoUserId: of.bangoUserId,
  customerIdentifier: of.customerIdentifier,
  accountReference: of.accountReference,
  dateActivated: of.dateActivated,
  dateExpiry: of.dateExpiry,
  merchantBangoExtensionData: of.merchantBangoExtensionData,
  merchantExtensionData: of.merchantExtensionData,
  extensionData: of.extensionData,
  extraInformation: of.extraInformation,
  plan: productTerms(of.resellerId, of.productKey)?.plan ?? null,
});
