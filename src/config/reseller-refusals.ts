import type { ConfigFault } from "./environment.js";
import type { Profile } from "./config.js";
import type { ConfigFile, ResellerConfig } from "./schema.js";

/** Why a process must not run with these resellers; empty where it may. */
export const resellerRefusals = (file: ConfigFile, profile: Profile): ConfigFault[] =>
  file.resellers.flatMap((reseller, index) => {
    const path = `resellers[${String(index)}]`;
    return [
      ...(reseller.publicUrl === undefined
        ? []
        : publicUrlFaults(`${path}.publicUrl`, reseller.publicUrl, profile)),
      ...deadline(path, reseller, file.limits.leaseMs),
      ...saleDates(path, reseller),
    ];
  });

/** What is wrong with an address that activation links begin with. */
export function publicUrlFaults(path: string, url: string, profile: Profile): ConfigFault[] {
  const fault = (reason: string): ConfigFault[] => [
    { path, reason, fix: "Set it to the https address that customers reach" },
  ];
  if (!URL.canParse(url)) return fault("not an address");
  const { protocol } = new URL(url);
  if (protocol !== "https:" && profile !== "sandbox")
    return fault("sign-up links must be https outside the sandbox");
  if (!/^https?:$/.test(protocol)) return fault("neither http nor https");
  // A bare ? or # leaves no trace in the parsed address, and would swallow the path all the same.
  return /[?#]/.test(url) ? fault("paths are put behind it, so it takes no ? and no #") : [];
}

function deadline(path: string, { limits }: ResellerConfig, leaseMs: number): ConfigFault[] {
  return limits.accountDeadlineMs === undefined || limits.accountDeadlineMs < leaseMs
    ? []
    : [
        {
          path: `${path}.limits.accountDeadlineMs`,
          reason: "not shorter than limits.leaseMs, so that a call in flight would be taken for dead",
          fix: "Make it at most half of limits.leaseMs",
        },
      ];
}

const saleDates = (path: string, { products }: ResellerConfig): ConfigFault[] =>
  products.flatMap(({ validFrom, validTo }, index) =>
    validFrom === undefined || validTo === undefined || Date.parse(validFrom) < Date.parse(validTo)
      ? []
      : [
          {
            path: `${path}.products[${String(index)}].validTo`,
            reason: "not later than validFrom, so that the product would never be on sale",
            fix: "Correct one of the two, or use stopSell",
          },
        ],
  );
