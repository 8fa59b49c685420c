import type { ProductTerms, Sale } from "../core/command.js";
import type { ResellerConfig } from "./schema.js";

type Product = ResellerConfig["products"][number];

/** What the configuration says of resellers and their products, for look-up. Unknown resellers have no rules. */
export interface Catalogue {
  readonly returnUrls: (resellerId: string) => readonly string[];
  readonly isReseller: (resellerId: string) => boolean;
  readonly switchedOff: (resellerId: string, operation: string) => boolean;
  /** Null where this reseller does not sell this product. */
  readonly productTerms: (resellerId: string, productKey: string) => ProductTerms | null;
  /** Whether `*` stands in for the reseller or the product. */
  readonly isCaughtAll: (resellerId: string, productKey: string) => boolean;
  /** Without a slash at its end; undefined where the reseller has none of its own. */
  readonly publicUrl: (resellerId: string) => string | undefined;
  /** What it has of its own, over what all have. */
  readonly bango: (resellerId: string) => ResellerConfig["bango"];
  readonly limits: (resellerId: string) => ResellerConfig["limits"];
}

/** Stands for every reseller, or product, that is not named. */
const ALL = "*";

export function catalogueOf(resellers: readonly ResellerConfig[]): Catalogue {
  const byId = new Map(resellers.map((reseller) => [reseller.resellerId, compiled(reseller)]));
  // Whoever is named is never looked for under `*`: what is listed for it is all there is.
  const find = (resellerId: string): Compiled | undefined => byId.get(resellerId) ?? byId.get(ALL);
  return {
    returnUrls: (resellerId) => find(resellerId)?.reseller.returnUrls ?? [],
    isReseller: (resellerId) => find(resellerId) !== undefined,
    switchedOff: (resellerId, operation) => {
      const operations: Partial<Record<string, boolean>> = find(resellerId)?.reseller.operations ?? {};
      return Object.hasOwn(operations, operation) && operations[operation] === false;
    },
    productTerms: (resellerId, productKey) => find(resellerId)?.productTerms(productKey) ?? null,
    isCaughtAll: (resellerId, productKey) =>
      !byId.has(resellerId) || byId.get(resellerId)?.names(productKey) === false,
    publicUrl: (resellerId) => find(resellerId)?.reseller.publicUrl?.replace(/\/+$/, ""),
    bango: (resellerId) => find(resellerId)?.reseller.bango,
    limits: (resellerId) => find(resellerId)?.reseller.limits ?? {},
  };
}

interface Compiled {
  readonly reseller: ResellerConfig;
  readonly names: (productKey: string) => boolean;
  readonly productTerms: (productKey: string) => ProductTerms | null;
}

function compiled(reseller: ResellerConfig): Compiled {
  const terms = new Map(
    reseller.products.map((product) => [product.productKey, termsOf(reseller, product, product.productKey)]),
  );
  const rest = reseller.products.find(({ productKey }) => productKey === ALL);
  return {
    reseller,
    names: (productKey) => terms.has(productKey),
    productTerms: (productKey) =>
      terms.get(productKey) ?? (rest ? termsOf(reseller, rest, productKey) : null),
  };
}

/** A product with a limit of its own counts alone, each of those under `*` too; all others of a reseller together. */
function termsOf(reseller: ResellerConfig, product: Product, productKey: string): ProductTerms {
  const sale = saleOf(product);
  return {
    plan: product.plan,
    activation: product.activation,
    slot:
      product.maxLivePerCustomer === undefined
        ? { scope: "", max: reseller.maxLivePerCustomer }
        : { scope: productKey, max: product.maxLivePerCustomer },
    ...(sale ? { sale } : {}),
  };
}

function saleOf({ validFrom, validTo, stopSell }: Product): Sale | null {
  if (validFrom === undefined && validTo === undefined && stopSell !== true) return null;
  return {
    from: validFrom === undefined ? null : Date.parse(validFrom),
    to: validTo === undefined ? null : Date.parse(validTo),
    stopped: stopSell === true,
  };
}
