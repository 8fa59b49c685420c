import { stepsOf } from "../pointer.js";

/** A JSON object of a document that somebody else has written: nothing about it is certain. */
export type Foreign = Readonly<Record<string, unknown>>;

export const objectOf = (value: unknown): Foreign =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Foreign) : {};
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
/** Own properties alone: a document may ask for a path called `constructor`. */
const own = (value: unknown, name: string): unknown =>
  Object.hasOwn(Object(value) as object, name) ? (value as Foreign)[name] : undefined;

/** One place in a body. */
export interface ForeignField {
  readonly steps: readonly string[];
  /** Whether every body has it. */
  readonly required: boolean;
  /** Of text with a fixed choice; else empty. */
  readonly values: readonly string[];
}

export interface ForeignBody {
  readonly fields: readonly ForeignField[];
  /** Whether it says that there is nothing else. */
  readonly closed: boolean;
}

const REFERENCES_MAX = 20;
const DEPTH_MAX = 8;
/** Schemas that name each other in every way have more places than anybody could read. */
const PLACES_MAX = 2000;

/** Follows local `$ref`s; an empty object where one leads nowhere, outside of the document, or in a circle. */
export function resolved(root: unknown, value: unknown): Foreign {
  let here: unknown = value;
  for (let count = 0; count < REFERENCES_MAX; count += 1) {
    const reference = textOf(own(here, "$ref"));
    if (reference === null) return objectOf(here);
    if (!reference.startsWith("#/")) return {};
    here = stepsOf(decoded(reference.slice(1))).reduce<unknown>(own, root);
  }
  return {};
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

/** Every place that a body of this schema may have, as a flat list. Safe for schemas that contain themselves. */
export function fieldsOf(root: unknown, schema: unknown): ForeignBody {
  const found = walk({ root, trail: [], budget: { left: PLACES_MAX } }, schema, []);
  const byPath = new Map<string, ForeignField>();
  for (const field of found.fields) {
    const key = JSON.stringify(field.steps);
    const known = byPath.get(key);
    byPath.set(key, known ? join(known, field) : field);
  }
  return { fields: [...byPath.values()], closed: found.closed };
}

const join = (left: ForeignField, right: ForeignField): ForeignField => ({
  steps: left.steps,
  required: left.required || right.required,
  values: [...new Set([...left.values, ...right.values])],
});

interface Walk {
  readonly root: unknown;
  /** The schemas that this one stands in. */
  readonly trail: readonly Foreign[];
  /** How many more places may be looked at, by all walks of one body together. */
  readonly budget: { left: number };
}

function walk({ root, trail, budget }: Walk, raw: unknown, steps: readonly string[]): ForeignBody {
  const schema = resolved(root, raw);
  if (trail.includes(schema) || steps.length > DEPTH_MAX) return { fields: [], closed: false };
  const inner: Walk = { root, trail: [...trail, schema], budget };
  const required = new Set(listOf(schema.required));
  const direct = Object.entries(objectOf(schema.properties)).flatMap(([name, child]) =>
    property(inner, child, { steps: [...steps, name], required: required.has(name) }),
  );
  const all = listOf(schema.allOf).map((part) => walk(inner, part, steps));
  const alternatives = [...listOf(schema.oneOf), ...listOf(schema.anyOf)].map((part) =>
    walk(inner, part, steps),
  );
  return {
    fields: [...direct, ...all.flatMap(({ fields }) => fields), ...either(alternatives)].map((field) =>
      // `required` beside `allOf` speaks of the properties that stand in its parts.
      field.steps.length === steps.length + 1 && required.has(field.steps.at(-1))
        ? { ...field, required: true }
        : field,
    ),
    closed:
      schema.additionalProperties === false ||
      (alternatives.length > 0 && alternatives.every(({ closed }) => closed)),
  };
}

/** A place itself, and those within it; these are there for certain where it is. */
function property(
  inner: Walk,
  child: unknown,
  { steps, required }: Pick<ForeignField, "steps" | "required">,
): ForeignField[] {
  inner.budget.left -= 1;
  if (inner.budget.left < 0) return [];
  const schema = resolved(inner.root, child);
  const within = walk(inner, child, steps).fields.map((field) => ({
    ...field,
    required: field.required && required,
  }));
  return [{ steps, required, values: valuesOf(inner.root, schema) }, ...within];
}

function valuesOf(root: unknown, schema: Foreign): string[] {
  const choices = [...listOf(schema.oneOf), ...listOf(schema.anyOf)].flatMap((part) => {
    const one = resolved(root, part);
    return [...listOf(one.enum), one.const];
  });
  return [...listOf(schema.enum), schema.const, ...choices].filter((value) => typeof value === "string");
}

/** What alternatives have between them; certain is only what all of them require. */
function either(alternatives: readonly ForeignBody[]): ForeignField[] {
  const lists = alternatives.filter(({ fields }) => fields.length > 0);
  const isEverywhere = ({ steps }: ForeignField): boolean =>
    lists.every(({ fields }) =>
      fields.some((one) => one.required && JSON.stringify(one.steps) === JSON.stringify(steps)),
    );
  return lists.flatMap(({ fields }) =>
    fields.map((field) => ({ ...field, required: field.required && isEverywhere(field) })),
  );
}
