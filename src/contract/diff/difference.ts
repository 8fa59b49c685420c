import type { Json, JsonObject } from "../../core/entitlement.js";

/** One key of mia.config.json that has to be set for our side to be as the document has it. */
export interface Difference {
  /** The steps to the key. */
  readonly key: readonly string[];
  readonly value: Json;
  /** What it is in force now. */
  readonly present: Json;
  /** The call of the document that says so; null where it is the document as a whole. */
  readonly from: string | null;
}

const UNSAFE = ["__proto__", "constructor", "prototype"];

/** All of them as one piece of configuration. A name that could reach a prototype is left out. */
export function settingsOf(differences: readonly Difference[]): JsonObject {
  const made: Record<string, Json> = {};
  for (const { key, value } of differences) {
    if (key.some((step) => UNSAFE.includes(step))) continue;
    let here = made;
    for (const step of key.slice(0, -1)) {
      const next = here[step];
      const child: Record<string, Json> =
        typeof next === "object" && next !== null && !Array.isArray(next)
          ? (next as Record<string, Json>)
          : {};
      here[step] = child;
      here = child;
    }
    here[key.at(-1) ?? ""] = value;
  }
  return made;
}

export const same = (left: Json, right: Json): boolean => JSON.stringify(left) === JSON.stringify(right);
