import jsonata from "jsonata";
import type { Json } from "../../core/entitlement.js";

/** An expression is the configuration's own, but what it is given may be anything: it is stopped before it blocks us. */
const BOUNDS = { timeout: 500, stack: 500, sequence: 100_000 };

export type Evaluate = (input: object) => Promise<Json | undefined>;

/** The mapping of this configuration failed on this input; which one, and JSONata's code, never a value. */
export class MappingFailed extends Error {
  constructor(
    readonly place: string,
    readonly code: string,
  ) {
    super(`${place} could not be evaluated (${code})`);
    this.name = "MappingFailed";
  }
}

export function compileExpression(text: string, place: string): Evaluate {
  const expression = jsonata(text, BOUNDS);
  return async (input) => {
    try {
      return plainJson(await expression.evaluate(input));
    } catch (error) {
      const { code } = Object(error) as { readonly code?: unknown };
      throw new MappingFailed(place, typeof code === "string" ? code : "no code");
    }
  };
}

/** JSONata's sequences carry marks, and its functions are no data. */
const plainJson = (value: unknown): Json | undefined => {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as Json);
};

export const isExpression = (text: string): boolean => text.startsWith("=");

/** Texts that begin with `=` are evaluated wherever they stand; a member of an object that comes to nothing is left out. */
export function compileTemplate(template: Json, place: string): Evaluate {
  if (typeof template === "string")
    return isExpression(template)
      ? compileExpression(template.slice(1), place)
      : () => Promise.resolve(template);
  if (typeof template !== "object" || template === null) return () => Promise.resolve(template);
  if (isList(template)) {
    const items = template.map((item, index) => compileTemplate(item, `${place}[${String(index)}]`));
    return async (input) => Promise.all(items.map(async (item) => (await item(input)) ?? null));
  }
  const members = Object.entries(template).map(
    ([name, value]) => [name, compileTemplate(value, `${place}.${name}`)] as const,
  );
  return async (input) => {
    const values = await Promise.all(
      members.map(async ([name, evaluate]) => [name, await evaluate(input)] as const),
    );
    return Object.fromEntries(
      values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
  };
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);
