import { z } from "zod";
import { OUTBOUND_NAMES, REPLY_FIELDS } from "../contract/outbound.js";
import { STATES } from "../core/entitlement.js";
import { DELIVERY_OUTCOMES } from "../core/outbox.js";

export const plain = z.string().min(1);
export const oneOrTwo = (schema: z.ZodType<string>) =>
  z.union([schema.transform((value) => [value]), z.array(schema).min(1).max(2)]);

/** For each name, the same schema; a name that is not one of them is a fault of its own. */
const each = <const Name extends string, Schema extends z.ZodType>(names: readonly Name[], schema: Schema) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, schema.optional()])) as Record<Name, z.ZodOptional<Schema>>,
  );

const operation = z.strictObject({
  enabled: z.boolean().optional(),
  method: z.enum(["POST", "PUT", "PATCH", "DELETE", "GET"]).optional(),
  path: z.string().optional(),
  request: z.record(z.string(), z.string().nullable()).optional(),
  reply: each(REPLY_FIELDS, z.string()).optional(),
});

const httpStatus = z.int().min(100).max(599);
const statuses = z.union(
  [
    httpStatus,
    z.tuple([httpStatus, httpStatus]).refine(([from, to]) => from <= to, { error: "ends before it begins" }),
    z.string().regex(/^[1-5]xx$/),
  ],
  { error: "expected a status from 100 to 599, a range [from, to] of them in that order, or one like 4xx" },
);

const outcome = z.strictObject({
  message: z.enum(OUTBOUND_NAMES).optional(),
  httpStatus: statuses,
  responseCode: plain.optional(),
  status: z.union([plain, z.array(plain).min(1)]).optional(),
  outcome: z.enum(DELIVERY_OUTCOMES),
});

/** How Bango is called, of all resellers or of one: what is left out is as the environment, or the default, has it. */
export const bango = z.strictObject({
  baseUrl: z.url().optional(),
  username: plain.optional(),
  password: oneOrTwo(plain).optional(),
  operations: each(OUTBOUND_NAMES, operation).optional(),
  outcomes: z.array(outcome).optional(),
  requestIdHeader: z.string().optional(),
  statusNames: each(STATES, plain).optional(),
});
