import type { Json, JsonObject } from "../core/entitlement.js";

/** The segments of a place in a body: of a JSON pointer (RFC 6901), which begins with "/", or of a plain name. */
export const segmentsOf = (place: string): readonly string[] =>
  place.startsWith("/")
    ? place
        .slice(1)
        .split("/")
        .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
    : [place];

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a place; undefined where nothing does. Only own fields of objects are looked at. */
export function readAt(value: JsonObject, place: string): Json | undefined {
  let at: unknown = value;
  for (const segment of segmentsOf(place)) {
    if (!isObject(at) || !Object.hasOwn(at, segment)) return undefined;
    at = at[segment];
  }
  return at as Json;
}

/** The same without what stands at the places; objects that this leaves empty go with it. */
export function removeAll(value: JsonObject, places: readonly string[]): JsonObject {
  const names = new Set(places.filter((place) => !place.startsWith("/")));
  const left = Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));
  return places
    .filter((place) => place.startsWith("/"))
    .reduce<JsonObject>((rest, place) => without(rest, segmentsOf(place)), left);
}

function without(value: JsonObject, [segment, ...deeper]: readonly string[]): JsonObject {
  if (segment === undefined || !Object.hasOwn(value, segment)) return value;
  const child = value[segment];
  const left = deeper.length > 0 && isObject(child) ? without(child, deeper) : null;
  const keeps = left !== null && Object.keys(left).length > 0;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      name !== segment ? [[name, item]] : keeps ? [[name, left]] : [],
    ),
  );
}

/** Puts a value at a place, making the objects on the way. */
export function writeAt(target: Record<string, Json>, place: string, value: Json): void {
  const segments = segmentsOf(place);
  const last = segments.at(-1) ?? "";
  let at = target;
  for (const segment of segments.slice(0, -1)) {
    const child = at[segment];
    const next: Record<string, Json> = isObject(child) ? child : {};
    at[segment] = next;
    at = next;
  }
  at[last] = value;
}
