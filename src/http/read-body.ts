import { raw } from "express";
import type { Request, RequestHandler } from "express";
import type { JsonObject } from "../core/entitlement.js";
import { problem } from "../core/problem.js";
import { badRequest } from "../contract/parse-request.js";

/** Nobody means more; our own recursive readers must not run out of stack on it. */
const DEPTH_MAX = 64;

/** Bytes first: what they are is decided after the caller is known. */
export const rawBody = (bytesMax: number): RequestHandler => raw({ type: () => true, limit: bytesMax });

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON object that was sent; `{}` where nothing was and nothing has to be. */
export function jsonBody(req: Request, need: "required" | "optional" | "none"): JsonObject {
  const bytes: unknown = req.body;
  if (need === "none" || !Buffer.isBuffer(bytes) || bytes.length === 0) {
    if (need === "required") throw badRequest([{ field: "body", message: "is required" }]);
    return {};
  }
  requireJson(req);
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest([{ field: "body", message: "must be a JSON object" }]);
  if (!isWithinDepth(value)) throw badRequest([{ field: "body", message: "is nested too deeply" }]);
  return value as JsonObject;
}

function requireJson(req: Request): void {
  const [type = "", ...parameters] = (req.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith("charset="));
  const isJson = type.trim() === "application/json" || /^application\/[\w.+-]+\+json$/.test(type.trim());
  if (!isJson || (charset !== undefined && !/^charset="?utf-8"?$/.test(charset)))
    throw problem("unsupportedType", "the body must be application/json in UTF-8");
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown;
  } catch {
    throw badRequest([{ field: "body", message: "is not JSON in UTF-8" }]);
  }
}

const isNested = (value: unknown): value is object => typeof value === "object" && value !== null;

function isWithinDepth(root: object): boolean {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return false;
    level = level.flatMap((value) => Object.values(value as Record<string, unknown>).filter(isNested));
  }
  return true;
}
