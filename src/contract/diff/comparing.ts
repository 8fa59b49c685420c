import type { Json } from "../../core/entitlement.js";
import { same } from "./difference.js";
import type { Difference } from "./difference.js";
import type { ForeignOperation } from "./foreign-document.js";
import { titleOf } from "./match-operations.js";
import type { Unmatched } from "./match-operations.js";

/** How one call of the document is held against the keys below `at`. */
export function comparing(at: readonly string[], theirs: ForeignOperation) {
  const from = titleOf(theirs);
  return {
    differ: (key: readonly string[], value: Json, present: Json): Difference[] =>
      same(value, present) ? [] : [{ key: [...at, ...key], value, present, from }],
    leftOver: (what: string, reason: string): Unmatched => ({
      side: "document",
      what: `${from}: ${what}`,
      reason,
    }),
  };
}
