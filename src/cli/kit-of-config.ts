import type { Config } from "../config/config.js";
import type { KitSettings } from "../kit/kit.js";

/**
 * What the kit has to know of a configured account system, as far as the configuration says it: what is sold, what else
 * it may be changed to, and which secrets must not be shown. A catch-all names nothing that could be sold.
 */
export function settingsOfConfig({ file }: Config): KitSettings & { readonly secrets: readonly string[] } {
  const sold = file.resellers
    .filter(({ resellerId }) => resellerId !== "*")
    .flatMap(({ resellerId, products }) =>
      products
        .filter(({ productKey }) => productKey !== "*")
        .map(({ productKey, plan }) => ({ resellerId, productKey, plan })),
    );
  const [first] = sold;
  const other = sold.find(({ resellerId, plan }) => resellerId === first?.resellerId && plan !== first.plan);
  return {
    ...(first && { entitlement: first }),
    ...(other && { changed: { productKey: other.productKey, plan: other.plan } }),
    secrets: secretsOf(file.accountSystem),
  };
}

const SECRET = ["password", "value", "clientSecret"];

const secretsOf = (accountSystem: Config["file"]["accountSystem"]): string[] =>
  accountSystem.type === "http"
    ? Object.entries(accountSystem.auth).flatMap(([name, value]) =>
        SECRET.includes(name) && typeof value === "string" ? [value] : [],
      )
    : [];
