import { fieldsOf, listOf, objectOf, resolved, textOf } from "./foreign-schema.js";
import type { Foreign, ForeignBody, ForeignField } from "./foreign-schema.js";

/** One call that the document describes. */
export interface ForeignOperation {
  /** In capitals. */
  readonly method: string;
  /** With the path of the server that it is under. */
  readonly path: string;
  readonly operationId: string | null;
  /** The host that it is under; empty where the document names none. */
  readonly host: string;
  readonly query: readonly ForeignField[];
  readonly headers: readonly string[];
  readonly request: ForeignBody | null;
  /** 2xx alone; without a body where the document shows none. */
  readonly success: readonly { readonly status: number; readonly body: ForeignBody | null }[];
}

export type ReadDocument =
  | { readonly operations: readonly ForeignOperation[]; readonly fault: null }
  | { readonly operations: null; readonly fault: string };

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** OpenAPI 3.x or Swagger 2.0, parsed from JSON or YAML, as a list of calls. */
export function readDocument(root: unknown): ReadDocument {
  const document = objectOf(root);
  const isSwagger = textOf(document.swagger)?.startsWith("2") === true;
  if (!isSwagger && textOf(document.openapi)?.startsWith("3.") !== true)
    return { operations: null, fault: "it is neither OpenAPI 3 nor Swagger 2" };
  const paths = Object.entries(objectOf(document.paths));
  const operations = paths.flatMap(([path, raw]) => {
    const item = resolved(root, raw);
    return METHODS.filter((method) => Object.hasOwn(item, method)).map((method) =>
      operationOf({ root, document, item, operation: objectOf(item[method]) }, method, path),
    );
  });
  return operations.length === 0
    ? { operations: null, fault: "it has no path with a method" }
    : { operations, fault: null };
}

interface Place {
  readonly root: unknown;
  readonly document: Foreign;
  readonly item: Foreign;
  readonly operation: Foreign;
}

function operationOf(place: Place, method: string, path: string): ForeignOperation {
  const { root, operation, item } = place;
  const parameters = [...listOf(item.parameters), ...listOf(operation.parameters)].map((one) =>
    resolved(root, one),
  );
  const named = (where: string): readonly Foreign[] => parameters.filter((one) => one.in === where);
  const server = serverOf(place);
  return {
    method: method.toUpperCase(),
    path: server.path + path,
    host: server.host,
    operationId: textOf(operation.operationId),
    query: named("query").map((one) => ({
      steps: [String(one.name)],
      required: one.required === true,
      values: [],
    })),
    headers: named("header").map((one) => String(one.name)),
    request: requestOf(root, operation, parameters),
    success: successOf(root, operation),
  };
}

/** A template's variables as they are by default. */
function serverOf({ document, item, operation }: Place): { readonly host: string; readonly path: string } {
  if (document.swagger !== undefined)
    return { host: textOf(document.host) ?? "", path: trimmed(textOf(document.basePath) ?? "") };
  const [first] = [...listOf(operation.servers), ...listOf(item.servers), ...listOf(document.servers)];
  const server = objectOf(first);
  const variables = objectOf(server.variables);
  const url = (textOf(server.url) ?? "").replace(
    /\{(\w+)\}/g,
    (_, name: string) => textOf(objectOf(variables[name]).default) ?? "variable",
  );
  const absolute = URL.canParse(url, "http://relative.invalid")
    ? new URL(url, "http://relative.invalid")
    : null;
  if (absolute === null) return { host: "", path: "" };
  return {
    host: absolute.hostname === "relative.invalid" ? "" : absolute.hostname,
    path: trimmed(absolute.pathname),
  };
}

const trimmed = (path: string): string => path.replace(/\/+$/, "");

function requestOf(root: unknown, operation: Foreign, parameters: readonly Foreign[]): ForeignBody | null {
  const body = parameters.find((one) => one.in === "body");
  if (body) return fieldsOf(root, body.schema);
  return contentOf(root, resolved(root, operation.requestBody));
}

/** JSON before anything else. */
function contentOf(root: unknown, holder: Foreign): ForeignBody | null {
  const content = objectOf(holder.content);
  const types = Object.keys(content);
  const type = types.find((one) => one.includes("json")) ?? types[0];
  const schema = type === undefined ? undefined : resolved(root, content[type]).schema;
  return schema === undefined ? null : fieldsOf(root, schema);
}

const successOf = (root: unknown, operation: Foreign): ForeignOperation["success"] =>
  Object.entries(objectOf(operation.responses)).flatMap(([status, raw]) => {
    if (!/^2\d\d$/.test(status)) return [];
    const response = resolved(root, raw);
    const body = response.schema === undefined ? contentOf(root, response) : fieldsOf(root, response.schema);
    return [{ status: Number(status), body }];
  });
