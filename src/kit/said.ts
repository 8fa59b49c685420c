import { formsOf } from "./secret-forms.js";

const DEPTH_MAX = 8;
const OBJECTS_MAX = 10_000;

/** Every text in what was answered or thrown, as a log might show it: fields, causes, lists, maps, bytes. */
export function everyTextOf(said: unknown): string[] {
  const texts: string[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === "string") texts.push(value);
    if (typeof value !== "object" || value === null) return;
    if (seen.has(value) || seen.size >= OBJECTS_MAX || depth > DEPTH_MAX) return;
    seen.add(value);
    if (value instanceof Uint8Array) texts.push(new TextDecoder().decode(value));
    else for (const part of partsOf(value)) visit(part, depth + 1);
  };
  visit(said, 0);
  return texts;
}

function partsOf(value: object): unknown[] {
  const isListed = value instanceof Map || value instanceof Set || value instanceof Headers;
  // An error hides its message, stack and cause; all else shows what is enumerable.
  const names = value instanceof Error ? Object.getOwnPropertyNames(value) : Object.keys(value);
  return [...names.map((name) => fieldOf(value, name)), ...names, ...(isListed ? value : [])];
}

function fieldOf(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** Whether it is in one of the texts, in any of its forms; also in what is base64, as Basic authorization is. */
export const shows = (texts: readonly string[], secret: string): boolean =>
  texts.some((text) =>
    formsOf(secret).some(
      (form) => text.includes(form) || decodedIn(text).some((part) => part.includes(form)),
    ),
  );

function decodedIn(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []).map((part) =>
    Buffer.from(part, "base64").toString("utf8"),
  );
}
