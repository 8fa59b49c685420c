import type { ProductTerms } from "../core/command.js";
import type { ResellerConfig } from "./schema.js";

/** What the configuration says of resellers and their products, for look-up. */
export interface Catalogue {
  readonly returnUrls: (resellerId: string) => readonly string[];
  readonly isReseller: (resellerId: string) => boolean;
  readonly switchedOff: (resellerId: string, operation: string) => boolean;
  /** Null where this reseller does not sell this product. */
  readonly productTerms: (resellerId: string, productKey: string) => ProductTerms | null;
}

export function catalogueOf(resellers: readonly ResellerConfig[]): Catalogue {
  const byId = new Map(resellers.map((reseller) => [reseller.resellerId, reseller]));
  const terms = new Map(
    resellers.map((reseller) => [
      reseller.resellerId,
      new Map(reseller.products.map((product) => [product.productKey, termsOf(reseller, product)])),
    ]),
  );
  return {
    returnUrls: (resellerId) => byId.get(resellerId)?.returnUrls ?? [],
    isReseller: (resellerId) => byId.has(resellerId),
    switchedOff: (resellerId, operation) => {
      const operations: Partial<Record<string, boolean>> = byId.get(resellerId)?.operations ?? {};
      return Object.hasOwn(operations, operation) && operations[operation] === false;
    },
    productTerms: (resellerId, productKey) => terms.get(resellerId)?.get(productKey) ?? null,
  };
}

/** A product with a limit of its own counts alone; all others of a reseller count together. */
const termsOf = (reseller: ResellerConfig, product: ResellerConfig["products"][number]): ProductTerms => ({
  plan: product.plan,
  activation: product.activation,
  slot:
    product.maxLivePerCustomer === undefined
      ? { scope: "", max: reseller.maxLivePerCustomer }
      : { scope: product.productKey, max: product.maxLivePerCustomer },
});
