import { outboundFaults } from "../contract/outbound-faults.js";
import { ADDRESS_KEYS, mergeBango } from "./bango.js";
import type { BangoSettings } from "./bango.js";
import type { Profile } from "./config.js";
import type { ConfigFault } from "./environment.js";
import type { ConfigFile } from "./schema.js";

/** Why Bango could not be called, or must not be, as this file has it; empty where it can. */
export function bangoRefusals({ bango, resellers }: ConfigFile, profile: Profile): ConfigFault[] {
  const shared = bango ?? {};
  const faultsOf = (settings: BangoSettings): ConfigFault[] => [
    ...outboundFaults(settings),
    ...addressFaults(settings.baseUrl, profile),
  ];
  const common = faultsOf(shared);
  const ofShared = isBegun(shared) && resellers.some((reseller) => reseller.bango === undefined);
  return [
    ...under("bango", [...common, ...(ofShared ? missing(shared) : [])]),
    ...resellers.flatMap(({ bango: own }, index) => {
      if (own === undefined) return [];
      const merged = mergeBango(shared, own);
      // What is wrong for all has been said once.
      const news = faultsOf(merged).filter(
        ({ path, reason }) => !common.some((one) => one.path === path && one.reason === reason),
      );
      return under(`resellers[${String(index)}].bango`, [
        ...news,
        ...pairFaults(own),
        ...(isBegun(merged) ? missing(merged) : []),
      ]);
    }),
  ];
}

const under = (place: string, faults: readonly ConfigFault[]): ConfigFault[] =>
  faults.map((fault) => ({ ...fault, path: `${place}.${fault.path}` }));

const isBegun = (settings: BangoSettings): boolean => ADDRESS_KEYS.some((key) => settings[key] !== undefined);

const missing = (settings: BangoSettings): ConfigFault[] =>
  ADDRESS_KEYS.filter((key) => settings[key] === undefined).map((key) => ({
    path: key,
    reason: "not set, while other keys of it are",
    fix: "Set it here, in bango, or in BANGO_BASE_URL, BANGO_USERNAME and BANGO_PASSWORD",
  }));

/** A user of one place with the secret of another is a mistake, and sends a secret where it does not belong. */
const pairFaults = ({ username, password }: BangoSettings): ConfigFault[] =>
  (username === undefined) === (password === undefined)
    ? []
    : [
        {
          path: username === undefined ? "username" : "password",
          reason: "of username and password only one is this reseller's own",
          fix: "Set both, or neither",
        },
      ];

function addressFaults(baseUrl: string | undefined, profile: Profile): ConfigFault[] {
  if (baseUrl === undefined) return [];
  const fault = (reason: string, fix: string): ConfigFault[] => [{ path: "baseUrl", reason, fix }];
  if (!URL.canParse(baseUrl))
    return fault("not an address", "Write one like https://eu.resale.api.bango.com");
  const { protocol, username, password, search, hash } = new URL(baseUrl);
  if (!/^https?:$/.test(protocol)) return fault("neither http nor https", "Write an https address");
  if (protocol !== "https:" && profile !== "sandbox")
    return fault("our secret would cross the network in the open", "Use https; http is for the sandbox");
  if (username !== "" || password !== "")
    return fault("holds a user or secret, which would stand in the log", "Set username and password instead");
  return search === "" && hash === ""
    ? []
    : fault("paths are put behind it, so it takes no ? and no #", "Leave out what follows the path");
}
