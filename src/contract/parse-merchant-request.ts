import { z } from "zod";
import type { Update } from "../core/command.js";
import type { JsonObject, Reason } from "../core/entitlement.js";
import { text } from "./fields.js";
import { MERCHANT_BODIES, listQuery } from "./merchant-requests.js";
import type { ListQuery, MerchantBody, MerchantChange } from "./merchant-requests.js";
import { badRequest } from "./parse-request.js";
import type { Fault } from "./parse-request.js";

/** Throws Problem `badRequest` with every fault that was found. */
export function parseBody<Operation extends MerchantChange>(
  operation: Operation,
  body: JsonObject,
): MerchantBody<Operation> {
  // The table gives each operation its own schema, which TypeScript does not follow through `parse`.
  return parse(MERCHANT_BODIES[operation] as z.ZodType, body) as MerchantBody<Operation>;
}

export const parseListQuery = (query: Readonly<Record<string, unknown>>): ListQuery =>
  parse(listQuery, query);

/** The id in a path: any text that we store, so that what cannot be one is told apart from what is not there. */
export function parsePathId(field: string, value: unknown): string {
  return parse(z.object({ [field]: text }), { [field]: value })[field] ?? "";
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  sent: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  throw badRequest(parsed.error.issues.flatMap((issue) => faultsOf(issue, sent)));
}

function faultsOf(issue: z.core.$ZodIssue, sent: Readonly<Record<string, unknown>>): Fault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((field) => ({ field, message: "is not known here" }));
  const [name] = issue.path.map(String);
  if (name === undefined) return [{ field: "body", message: issue.message }];
  return [{ field: name, message: name in sent ? issue.message : "is required" }];
}

/** Null where no part was sent. */
export function reasonOf(body: MerchantBody<"suspend">): Reason | null {
  if (Object.keys(body).length === 0) return null;
  return {
    category: body.reasonCategory ?? null,
    code: body.reasonCode ?? null,
    description: body.reasonDescription ?? null,
  };
}

/** JSON has no `undefined`: a field is there with a value, or it is not there. */
export const updateOf = (body: MerchantBody<"update">): Update => body as Update;

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * Header `Idempotency-Key`: as it is, or as the quoted string of the IETF draft; `"k"` and `k` are one key. Sent
 * empty or twice it is refused, since whoever sends one relies on it.
 */
export function parseIdempotencyKey(sent: readonly string[]): string | null {
  const [value, ...more] = sent;
  if (value === undefined) return null;
  const key = value.startsWith('"') ? QUOTED.exec(value)?.[1]?.replace(/\\(.)/g, "$1") : value;
  if (more.length === 0 && key !== undefined && PRINTABLE.test(key)) return key;
  throw badRequest([
    {
      field: "Idempotency-Key",
      message:
        "must be sent once, and be 1 to 255 printable ASCII characters, as they are or as a quoted string",
    },
  ]);
}
