import { z } from "zod";
import { STATES } from "../core/entitlement.js";
import { RECORD_SHAPE, wireInstant } from "./record-schema.js";
import { MERCHANT_PROBLEM_CODES, STATUS_TITLES } from "./merchant-problems.js";

// What the Merchant API answers, as schemas: OpenAPI is made of them, and the types of the client are held against them.

const recordShape = {
  ...RECORD_SHAPE,
  status: z.enum(STATES),
  customerIdentifier: z.string().optional(),
  accountReference: z.string().optional().meta({ description: "The account that has access" }),
  waitingFor: z
    .enum(["customer", "account"])
    .optional()
    .meta({ description: "While PENDING: for the customer's sign-up, or for the account system" }),
  terminationDate: wireInstant.optional().meta({ description: "When access ends by itself" }),
  access: z.enum(["full", "none"]).meta({
    description: "Whether access is given now: the state grants it, and no block takes it",
  }),
  blocks: z
    .record(z.string(), z.strictObject({ reason: z.string(), since: wireInstant }))
    .meta({ description: "The merchant's own blocks, by kind" }),
};

const acceptance = z
  .strictObject({
    requestId: z.string().optional(),
    idempotencyKey: z.string(),
    operation: z.string().meta({ description: "The move: a terminate reads cancel or revoke" }),
    state: z.enum(["waiting", "done", "failed", "superseded"]),
    acceptedAt: wireInstant,
    finishedAt: wireInstant.optional(),
  })
  .meta({ id: "Acceptance", description: "What the account system has accepted for later" });

export const merchantRecord = z
  .strictObject(recordShape)
  .meta({ id: "Record", description: "An entitlement as it is now; fields without a value are left out" });

export const merchantView = z
  .strictObject({
    ...recordShape,
    acceptances: z
      .array(acceptance)
      .meta({ description: "Of a change: those that this very call made or completed" }),
  })
  .meta({ id: "Entitlement", description: "An entitlement as it is now, and what Bango is not told" });

export const merchantPage = z
  .strictObject({
    items: z.array(merchantRecord),
    next: z
      .string()
      .nullable()
      .meta({ description: "Send it as `after` for the next page; null: this was the last" }),
  })
  .meta({ id: "Page" });

export const merchantProblem = z
  .strictObject({
    type: z.literal("about:blank"),
    title: z.enum(Object.values(STATUS_TITLES)),
    status: z.int(),
    detail: z.string().meta({ description: "For people; it may change" }),
    code: z.enum(MERCHANT_PROBLEM_CODES).meta({ description: "The cause, for programs" }),
    requestId: z.string().meta({ description: "As in X-Request-Id" }),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "With badRequest: every fault, each with its field" }),
    reason: z.string().optional().meta({ description: "With declined: why the account system declines" }),
  })
  .meta({ id: "Problem", description: "A refusal (RFC 9457)" });
