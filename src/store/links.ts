import type { IssuedLink, Now } from "./change.js";
import type { Dialect } from "./dialect.js";
import { readNow } from "./now.js";
import type { Script } from "./script.js";

const COLUMNS = ["tokenHash", "merchantEntitlementId", "linkNumber", "keyId", "expiresAt"] as const;

/** A link is named by entitlement and instant, so the same one twice is one. */
export function* insertLinks(dialect: Dialect, links: readonly IssuedLink[]): Script<number> {
  const rows = links.map((link) => [
    link.tokenHash,
    link.merchantEntitlementId,
    link.number,
    link.keyId,
    link.expiresAt,
  ]);
  rows.sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));
  return yield* dialect.insertNew("activation_link", ["tokenHash"], COLUMNS, rows);
}

/** Writes one more link of an entitlement, made for the moment that the transaction reads. */
export function* issueLinkScript(dialect: Dialect, make: (now: Now) => IssuedLink): Script<IssuedLink> {
  const link = make(yield* readNow(dialect));
  yield* insertLinks(dialect, [link]);
  return link;
}
