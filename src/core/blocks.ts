import { toIso } from "./dates.js";
import type { Entitlement, Instant, JsonObject } from "./entitlement.js";

/** A block of the merchant's own: fraud, unpaid, … Several kinds may hold at once; each is lifted by itself (2.4). */
export interface Block {
  /** `fraud`, `unpaid`, …: 1 to 64 letters, digits and . _ : - */
  readonly kind: string;
  readonly reason: string;
}

/** So many kinds may hold at once: what each record, history event and reply carries stays small. */
export const BLOCKS_MAX = 16;

type Blocked = Pick<Entitlement, "blocks">;

export const hasBlock = ({ blocks }: Blocked, kind: string): boolean =>
  blocks !== null && Object.hasOwn(blocks, kind);

export const isFull = ({ blocks }: Blocked): boolean => Object.keys(blocks ?? {}).length >= BLOCKS_MAX;

export const withBlock = ({ blocks }: Blocked, { kind, reason }: Block, at: Instant): JsonObject => ({
  ...blocks,
  [kind]: { reason, since: toIso(at) },
});

/** Null where it was the last one. */
export function withoutBlock({ blocks }: Blocked, kind: string): JsonObject | null {
  const left = Object.entries(blocks ?? {}).filter(([name]) => name !== kind);
  return left.length === 0 ? null : Object.fromEntries(left);
}
