import type { Entitlement, Instant } from "../core/entitlement.js";
import type { IssuedLink, Now } from "./change.js";
import type { Dialect } from "./dialect.js";
import { entitlementOf } from "./entitlement-rows.js";
import { nowColumns, nowOf, readNow } from "./now.js";
import { numberOf, select } from "./script.js";
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

/** A link that was given out, with the entitlement that it is for. */
export interface FoundLink {
  readonly entitlement: Entitlement;
  readonly expiresAt: Instant;
  readonly now: Now;
}

export function* findLink(dialect: Dialect, tokenHash: string): Script<FoundLink | null> {
  const [row] = yield* select(
    `SELECT entitlement.*, activation_link.expiresAt AS linkExpiresAt, ${nowColumns(dialect)} FROM activation_link JOIN entitlement ON entitlement.merchantEntitlementId = activation_link.merchantEntitlementId WHERE activation_link.tokenHash = ?`,
    [tokenHash],
  );
  return row
    ? { entitlement: entitlementOf(row), expiresAt: numberOf(row, "linkExpiresAt"), now: nowOf(row) }
    : null;
}

/** Writes one more link of an entitlement, made for the moment that the transaction reads. */
export function* issueLinkScript(dialect: Dialect, make: (now: Now) => IssuedLink): Script<IssuedLink> {
  const link = make(yield* readNow(dialect));
  yield* insertLinks(dialect, [link]);
  return link;
}
