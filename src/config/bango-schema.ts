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

const operation = z
  .strictObject({
    enabled: z.boolean().optional().meta({ description: "false: it is never sent, and ends as disabled" }),
    method: z.enum(["POST", "PUT", "PATCH", "DELETE", "GET"]).optional().meta({ description: "HTTP method" }),
    path: z.string().optional().meta({
      description: "Behind baseUrl; takes {entitlementId}, {merchantEntitlementId}, {activationRequestId}",
    }),
    request: z
      .record(z.string(), z.string().nullable())
      .optional()
      .meta({ description: "Where each of our fields goes: a name, a JSON pointer, or null for nowhere" }),
    reply: each(REPLY_FIELDS, z.string().meta({ description: "Its name in the answer, or a JSON pointer" }))
      .optional()
      .meta({ description: "Where the answer has what we read of it" }),
  })
  .meta({ description: "How this message is told" });

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
  message: z.enum(OUTBOUND_NAMES).optional().meta({ description: "Of this message alone; default: of all" }),
  httpStatus: statuses.meta({ description: "409, [400, 499] or 4xx" }),
  responseCode: plain.optional().meta({ description: "Of the answer; default: any" }),
  status: z
    .union([plain, z.array(plain).min(1)])
    .optional()
    .meta({
      description: "Of the answer, as Bango spells it; goal: what the message tells; present: what is so now",
    }),
  outcome: z.enum(DELIVERY_OUTCOMES).meta({ description: "What becomes of the message" }),
});

/** How Bango is called, of all resellers or of one: what is left out is as the environment, or the default, has it. */
export const bango = z.strictObject({
  baseUrl: z.url().optional(),
  username: plain.optional(),
  password: oneOrTwo(plain).optional(),
  operations: each(OUTBOUND_NAMES, operation)
    .optional()
    .meta({ description: "What differs from the default, by message" }),
  outcomes: z
    .array(outcome)
    .optional()
    .meta({ description: "The first rule that fits decides, before the default ones" }),
  requestIdHeader: z.string().optional().meta({ description: "Default X-RequestIdentifier" }),
  statusNames: each(STATES, plain.meta({ description: "What Bango calls it" }))
    .optional()
    .meta({ description: "Other names of our states in Bango's answers" }),
});
