import type { ForeignOperation } from "./foreign-document.js";
import { fits } from "./words.js";

export interface RenamedPath {
  readonly path: string;
  /** Parameters that stand for nothing of ours. */
  readonly unknown: readonly string[];
}

/**
 * The document's path with our placeholders. A parameter by its name, or else, where there is only one, by being the
 * only one: then it is the first that may stand there.
 */
export function renamedPath({ path }: ForeignOperation, placeholders: readonly string[]): RenamedPath {
  const parameters = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name);
  const [first = ""] = placeholders;
  const unknown: string[] = [];
  const ours = new Map(
    parameters.map((name) => {
      const best = placeholders
        .map((one) => ({ one, score: fits([name], one) }))
        .sort((left, right) => right.score - left.score)[0];
      if (best && best.score > 0) return [name, best.one];
      if (parameters.length === 1) return [name, first];
      unknown.push(name);
      return [name, name];
    }),
  );
  return { path: path.replace(/\{([^}]*)\}/g, (_, name: string) => `{${ours.get(name) ?? name}}`), unknown };
}
