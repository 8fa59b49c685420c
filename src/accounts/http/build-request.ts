import type { Json } from "../../core/entitlement.js";
import type { CallInput } from "./call-input.js";
import { MappingFailed, compileExpression, compileTemplate, isExpression } from "./expression.js";
import type { Evaluate } from "./expression.js";
import type { HttpAccountsOptions, HttpOperation } from "./options.js";
import type { WireRequest } from "./send.js";

/** Throws MappingFailed where no request can be made of this call. */
export type BuildRequest = (input: CallInput) => Promise<WireRequest>;

/** Everything but the proof of who we are. */
export function compileRequest(
  { baseUrl, headers: common = {} }: Pick<HttpAccountsOptions, "baseUrl" | "headers">,
  operation: HttpOperation,
  place: string,
): BuildRequest {
  const root = baseUrl.replace(/\/+$/, "");
  const path = compilePath(operation.path, `${place}.path`);
  const query = compileTemplate(operation.query ?? {}, `${place}.query`);
  // Names of headers have no case: what the operation says replaces what all say.
  const headers = compileTemplate(
    { ...lower(common), ...lower(operation.headers ?? {}) },
    `${place}.headers`,
  );
  const body = operation.body === undefined ? null : compileTemplate(operation.body, `${place}.body`);
  return async (input) => {
    const url = urlOf(root, await path(input), `${place}.path`);
    for (const [name, value] of Object.entries(Object(await query(input)) as Record<string, Json>))
      if (value !== null) url.searchParams.set(name, textOf(value));
    const content = body === null ? undefined : await body(input);
    return {
      method: operation.method,
      url,
      headers: {
        accept: "application/json",
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headersOf((await headers(input)) ?? {}, `${place}.headers`),
      },
      body: content === undefined ? null : JSON.stringify(content),
    };
  };
}

const lower = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Control characters would begin another header; what is beyond Latin-1 has no place in one. */
const NO_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function headersOf(evaluated: Json, place: string): Record<string, string> {
  const entries = Object.entries(Object(evaluated) as Record<string, Json>).filter(
    ([, value]) => value !== null,
  );
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const text = textOf(value);
      if (NO_HEADER_VALUE.test(text)) throw new MappingFailed(`${place}.${name}`, "no header value");
      return [name, text];
    }),
  );
}

const HOLE = /\{=([^}]*)\}/g;

/** `/memberships/{=entitlement.merchantEntitlementId}/pause`; whatever fills a hole stays one segment of the path. */
function compilePath(path: string, place: string): (input: CallInput) => Promise<string> {
  if (isExpression(path)) {
    const evaluate = compileExpression(path.slice(1), place);
    return async (input) => nonEmpty(await evaluate(input), place);
  }
  const holes = [...path.matchAll(HOLE)].map(([, text = ""]) => compileExpression(text, place));
  const between = path.split(/\{=[^}]*\}/);
  return async (input) => {
    const values = await Promise.all(holes.map(async (hole: Evaluate) => segment(await hole(input), place)));
    return between.map((text, index) => text + (values[index] ?? "")).join("");
  };
}

function nonEmpty(value: Json | undefined, place: string): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || text === "") throw new MappingFailed(place, "nothing to put there");
  return text;
}

function segment(value: Json | undefined, place: string): string {
  const text = nonEmpty(value, place);
  // A URL takes these for steps up, however they are spelt.
  if (text === "." || text === "..") throw new MappingFailed(place, "dots");
  return encodeURIComponent(text);
}

function urlOf(root: string, path: string, place: string): URL {
  const text = `${root}/${path.replace(/^\/+/, "")}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const base = new URL(root);
  if (url?.origin !== base.origin || !`${url.pathname}/`.startsWith(base.pathname.replace(/\/*$/, "/")))
    throw new MappingFailed(place, "leads away from baseUrl");
  return url;
}
