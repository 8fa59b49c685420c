import { z } from "zod";
import { STATES } from "../core/entitlement.js";
import { PROBLEM_CODES } from "../core/problem.js";
import { OPERATION_NAMES } from "./operations.js";

const successStatus = z.int().min(200).max(299);
const errorStatus = z.int().min(400).max(599);
const word = z.string().min(1).max(255);
/** A field's name, or a JSON pointer (RFC 6901) to it: that begins with "/". */
const place = word.meta({ description: "A field's name, or a JSON pointer that begins with /" });

const success = z.union([
  successStatus,
  z.strictObject({ status: successStatus.optional(), responseCode: word.optional() }),
]);

/** What Bango hears when a call has gone well: four ways in which it may have. */
const successes = z.strictObject({
  created: success.optional().meta({ description: "activate: ACTIVE at once; default 201" }),
  ok: success.optional().meta({ description: "Done, or already so; default 200" }),
  signUp: success.optional().meta({ description: "activate: the customer has to sign up; default 202" }),
  queued: success.optional().meta({ description: "Accepted, to be completed later; default 202" }),
});

const operation = z.strictObject({
  enabled: z.boolean().optional().meta({ description: "false: every call is refused with switchedOff" }),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
  path: word.nullable().optional().meta({
    description: "With {merchantEntitlementId} and the like as parameters; null: no such path at all",
  }),
  success: z
    .union([
      // Of the one way that first comes to mind: an activate that is active at once, any other that is done.
      successStatus,
      successes,
    ])
    .optional()
    .meta({ description: "A status for ACTIVE at once, or done; or one for each way to go well" }),
  late: z.enum(["tell", "leave"]).optional().meta({
    description: "A change whose caller was told 5xx: tell Bango (default), or leave it to correlation",
  }),
  request: z
    .record(word, z.union([place, z.array(place).min(1)]))
    .optional()
    .meta({ description: "Under which names each of our fields may arrive in the body" }),
  query: z
    .record(word, word)
    .optional()
    .meta({ description: "Names in the query, and our field that each stands for" }),
  reply: z
    .record(word, place.nullable())
    .optional()
    .meta({ description: "Where each of our fields goes in the reply; null leaves it out" }),
  required: z
    .array(word)
    .optional()
    .meta({ description: "Our fields without which the call is a 400; replaces the default list" }),
});

/** The section `contract` of the configuration (2.6), before the preset and the defaults are filled in. */
export const contractSchema = z.strictObject({
  preset: z.enum(["merchant-interface", "dvm"]).default("merchant-interface"),
  operations: z.partialRecord(z.enum(OPERATION_NAMES), operation).default({}),
  errors: z
    .partialRecord(
      z.enum(PROBLEM_CODES),
      z.strictObject({ status: errorStatus.optional(), responseCode: word.optional() }),
    )
    .default({})
    .meta({ description: "Status and responseCode of each cause of a refusal" }),
  statusNames: z
    .partialRecord(z.enum(STATES), word)
    .default({})
    .meta({ description: "Other names for our states, in replies" }),
  idempotency: z
    .strictObject({
      source: z.enum(["body", "header", "none"]).default("body"),
      header: z
        .string()
        .regex(/^[\w-]{1,64}$/, { error: "1 to 64 letters, digits, - and _" })
        .default("X-RequestIdentifier"),
      replay: z.enum(["always", "untilNextMove"]).default("always"),
    })
    .prefault({})
    .meta({ description: "Where the request id is, and how long it stands for the same call" }),
  duplicatePending: z.enum(["byEntitlementId", "byCustomerAndProduct"]).default("byEntitlementId"),
});

export type ContractConfig = z.output<typeof contractSchema>;
export type OperationOverrides = z.output<typeof operation>;
