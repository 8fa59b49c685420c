import { z } from "zod";
import { STATES } from "../core/entitlement.js";
import { EXTENSION_BYTES_MAX, bytesOf, instant, text } from "./fields.js";
import { idOfCursor } from "./page-cursor.js";
import { SHAPES } from "./request-schemas.js";

// What the merchant sends to its own API (4.3). Bango's fields are Bango's; unlike there, an unknown one is refused:
// who writes both sides is better served by hearing of a typing error than by having it kept.

const { reasonCategory, reasonCode, reasonDescription } = SHAPES.suspend;
const reasoned = z.strictObject({ reasonCategory, reasonCode, reasonDescription });

const {
  productKey,
  dateExpiry,
  entitlementDisplayName,
  merchantExtensionData,
  extensionData,
  customerIdentifier,
} = SHAPES.update;
const updateFields = {
  productKey,
  dateExpiry,
  entitlementDisplayName,
  merchantExtensionData,
  extensionData,
  customerIdentifier,
};
const update = z
  .strictObject(updateFields)
  .refine((body) => Object.keys(body).length > 0, {
    error: `needs at least one of ${Object.keys(updateFields).join(", ")}`,
  })
  .refine((body) => bytesOf([body.merchantExtensionData, body.extensionData]) <= EXTENSION_BYTES_MAX, {
    error: `extension data are over ${String(EXTENSION_BYTES_MAX)} bytes together`,
    path: ["extensionData"],
  });

const block = z.strictObject({
  kind: z
    .string({ error: "must be a string" })
    .regex(/^[\w.:-]{1,64}$/, { error: "must be 1 to 64 letters, digits and . _ : -" })
    .meta({ description: "Several kinds may hold at once; each is lifted by itself" }),
  reason: text,
});

const notice = z.strictObject({
  event: z.enum(["NOT_ELIGIBLE", "ALREADY_SUBSCRIBED", "SIGN_UP_ABANDONED"], {
    error: "must be NOT_ELIGIBLE, ALREADY_SUBSCRIBED or SIGN_UP_ABANDONED",
  }),
  message: text.optional(),
});

const account = z.strictObject({ accountId: text });

const completion = z
  .strictObject({
    requestId: text.meta({
      description:
        "Of the call that was answered 202: its request id, or the idempotency key that the account system was given",
    }),
    outcome: z.enum(["done", "failed"], { error: "must be done or failed" }),
    terminationDate: instant.optional().meta({
      description: "When access ends, for a cancel that is done; without it access has ended now",
    }),
    reason: text.optional(),
  })
  .refine((body) => body.outcome === "done" || body.terminationDate === undefined, {
    error: "goes with the outcome done only",
    path: ["terminationDate"],
  });

/** The body of each operation that changes something. */
export const MERCHANT_BODIES = {
  suspend: reasoned,
  resume: reasoned,
  cancel: reasoned,
  revoke: reasoned,
  reinstate: reasoned,
  update,
  block,
  unblock: block,
  notEligible: notice,
  relink: account,
  complete: completion,
  completeSignUp: account,
} as const satisfies Record<string, z.ZodObject>;

export type MerchantChange = keyof typeof MERCHANT_BODIES;
export type MerchantBody<Operation extends MerchantChange> = z.output<(typeof MERCHANT_BODIES)[Operation]>;

export const LIST_LIMIT_MAX = 200;
const LIST_LIMIT = 50;
const limitError = { error: `must be a whole number from 1 to ${String(LIST_LIMIT_MAX)}` };

export const listQuery = z.strictObject({
  resellerId: text.optional(),
  status: z.enum(STATES, { error: `must be one of ${STATES.join(", ")}` }).optional(),
  customer: text.optional().meta({ description: "Any of the three customer ids" }),
  limit: z
    .string(limitError)
    .regex(/^\d{1,3}$/, limitError)
    .transform(Number)
    .pipe(z.int().min(1, limitError).max(LIST_LIMIT_MAX, limitError))
    .default(LIST_LIMIT)
    .meta({
      override: ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: LIST_LIMIT_MAX });
      },
    }),
  after: text
    .optional()
    .transform((value, context) => {
      const id = value === undefined ? undefined : idOfCursor(value);
      if (id !== null) return id;
      context.addIssue({ code: "custom", message: "is no cursor of ours: send what `next` was" });
      return z.NEVER;
    })
    .meta({ override: { type: "string", description: "`next` of the page before" } }),
});
export type ListQuery = z.output<typeof listQuery>;
