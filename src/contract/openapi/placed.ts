import { z } from "zod";
import { stepsOf } from "../pointer.js";

/** One field, and where it stands in a body. */
export interface Placed {
  readonly place: string;
  readonly schema: z.ZodType;
}

/** Fields of a body as one shape: those with a JSON pointer within objects of their own. */
export function shapeOfPlaced(
  fields: readonly Placed[],
  object: (shape: z.ZodRawShape) => z.ZodType,
): z.ZodRawShape {
  return nest(
    fields.map(({ place, schema }) => ({ segments: stepsOf(place), schema })),
    object,
  );
}

function nest(
  fields: readonly { readonly segments: readonly string[]; readonly schema: z.ZodType }[],
  object: (shape: z.ZodRawShape) => z.ZodType,
): z.ZodRawShape {
  const names = [...new Set(fields.map(({ segments }) => segments[0] ?? ""))];
  return Object.fromEntries(
    names.map((name) => {
      const here = fields.filter(({ segments }) => segments[0] === name);
      const leaf = here.find(({ segments }) => segments.length === 1);
      if (leaf) return [name, leaf.schema];
      const inner = object(
        nest(
          here.map(({ segments: [, ...deeper], schema }) => ({ segments: deeper, schema })),
          object,
        ),
      );
      const isOptional = here.every(({ schema }) => schema instanceof z.ZodOptional);
      return [name, isOptional ? inner.optional() : inner];
    }),
  );
}
