import ipaddr from "ipaddr.js";

export type AddressAllowed = (address: string | undefined) => boolean;

/** Addresses and networks that may call; an empty list lets everyone try. IPv4 in IPv6 clothes counts as IPv4. */
export function makeAddressList(allowed: readonly string[]): AddressAllowed {
  if (allowed.length === 0) return () => true;
  const networks = allowed.map((text) => {
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === "ipv4" ? 32 : 128] as [typeof address, number];
  });
  return (text) => {
    if (text === undefined || !ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return networks.some((network) => network[0].kind() === address.kind() && address.match(network));
  };
}
