import { z } from "zod";
import type { JsonObject } from "../core/entitlement.js";

/** Characters of any script, counted as a reader counts them: by code point. */
const TEXT_MAX = 255;
/** All extension objects of one call together, as JSON in UTF-8. */
export const EXTENSION_BYTES_MAX = 64 * 1024;

const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();
const isShort = (text: string): boolean => text.length <= TEXT_MAX || Array.from(text).length <= TEXT_MAX;

/** Compared exactly, never trimmed. */
export const text = z
  .string({ error: "must be a string" })
  .min(1, { error: "must not be empty" })
  .max(2 * TEXT_MAX, { error: `must be at most ${String(TEXT_MAX)} characters` })
  .refine(isShort, { error: `must be at most ${String(TEXT_MAX)} characters` })
  .refine(isStorable, { error: "must not contain NUL or half of a surrogate pair" })
  // JSON Schema counts code points; the limit above is a first one, in UTF-16.
  .meta({ override: { maxLength: TEXT_MAX } });

/** A safe integer is accepted and kept as its decimal text: some resellers number their customers. */
export const customerId = z
  .union([text, z.int().transform(String)], {
    error: "must be a string of 1 to 255 characters, or a whole number",
  })
  .meta({ description: "A customer id; a whole number is kept as its decimal text" });

export const uuid = z.guid({ error: "must be a UUID" }).transform((value) => value.toLowerCase());

/** To milliseconds since the epoch. */
export const instant = z.iso
  .datetime({ offset: true, error: "must be an ISO 8601 date and time with an offset" })
  .transform((value) => Date.parse(value));

export const extension = z
  .custom<JsonObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value), {
    error: "must be an object",
  })
  .meta({ type: "object", additionalProperties: true });

export const bytesOf = (objects: readonly (JsonObject | null | undefined)[]): number =>
  objects.reduce((sum, object) => sum + (object ? Buffer.byteLength(JSON.stringify(object)) : 0), 0);
