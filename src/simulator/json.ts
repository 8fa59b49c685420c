export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value, or the text itself where it is no JSON; null where there is none. */
export function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A string of an object whose shape nobody has promised. */
export function textOf(value: unknown, name: string): string | null {
  const field = isObject(value) && Object.hasOwn(value, name) ? value[name] : null;
  return typeof field === "string" ? field : null;
}
