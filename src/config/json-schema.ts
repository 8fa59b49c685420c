import { z } from "zod";
import { DESCRIPTIONS } from "./descriptions.js";
import { fileSchema } from "./schema.js";

type Schema = Record<string, unknown>;

/** `mia.config.json` in JSON Schema, draft 2020-12: what an editor shows and checks while it is written. */
export function configJsonSchema(): object {
  const made = z.toJSONSchema(fileSchema, { io: "input", target: "draft-2020-12", unrepresentable: "any" });
  const { $schema: draft, ...schema } = withReferences(withDescriptions(made, ""));
  const defs = (schema.$defs ?? {}) as Schema;
  return {
    $schema: draft,
    $id: "urn:merchant-interface-adapter:mia.config.json",
    title: "Configuration of merchant-interface-adapter",
    description:
      "mia.config.json. Any string may be env:NAME or file:PATH. Durations are in milliseconds unless a name says otherwise.",
    ...schema,
    $defs: { ...defs, reference: REFERENCE },
  };
}

const REFERENCE = {
  description:
    "The value is in the environment variable NAME (or in the file that NAME_FILE names), or in the file PATH",
  type: "string",
  pattern: "^(env|file):.+",
};

/** Keywords whose value is a schema, a list of them, or a table of them. */
const NESTED = ["items", "additionalProperties", "not"];
const LISTED = ["anyOf", "oneOf", "allOf", "prefixItems"];
const TABLED = ["properties", "patternProperties", "$defs"];

/** The same schema with `change` made to each schema directly within it. */
function mapWithin(schema: Schema, change: (inner: Schema, step: string) => Schema): Schema {
  const isSchema = (value: unknown): value is Schema =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (NESTED.includes(keyword) && isSchema(value))
        return [keyword, change(value, keyword === "items" ? "[]" : keyword === "not" ? "" : ".*")];
      if (LISTED.includes(keyword) && Array.isArray(value))
        return [keyword, value.map((inner: Schema) => change(inner, ""))];
      if (TABLED.includes(keyword) && isSchema(value))
        return [
          keyword,
          Object.fromEntries(
            Object.entries(value).map(([name, inner]) => [name, change(inner as Schema, `.${name}`)]),
          ),
        ];
      return [keyword, value];
    }),
  );
}

/** What a key says of itself, by `.meta()`, goes before what the table says of it. */
function withDescriptions(schema: Schema, path: string): Schema {
  const described = schema.description ?? DESCRIPTIONS[path.slice(1)];
  const inner = mapWithin(schema, (one, step) =>
    // The alternatives of one key need not say again what the key says.
    step === ""
      ? mapWithin(one, (deeper, next) => withDescriptions(deeper, path + next))
      : withDescriptions(one, path + step),
  );
  return described === undefined ? inner : { description: described, ...inner };
}

/** References stand for strings, whatever pattern or format those must have once they are resolved. */
function withReferences(schema: Schema): Schema {
  const inner = mapWithin(schema, withReferences);
  const isNarrow = ["pattern", "format", "enum"].some((keyword) => keyword in inner);
  if (inner.type !== "string" || !isNarrow) return inner;
  const { description, title, default: fallback, ...rest } = inner;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [rest, { $ref: "#/$defs/reference" }],
  };
}
