import { z } from "zod";

const TEXT_CHARACTERS_MAX = 255;
const EXTRA_CHARACTERS_MAX = 65_536;

const text = z
  .string()
  .min(1)
  .max(TEXT_CHARACTERS_MAX)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "has signs that no text has");
const instant = z.iso.datetime({ offset: true }).transform((iso) => Date.parse(iso));
const access = z.enum(["open", "closed"]);
const extra = z
  .record(z.string(), z.json())
  .refine((value) => JSON.stringify(value).length <= EXTRA_CHARACTERS_MAX, "is too large");
export const email = z
  .email()
  .max(TEXT_CHARACTERS_MAX)
  .transform((address) => address.toLowerCase());

/** By the caller's calendar; ours where absent. No part of what makes two calls the same. */
const asOf = { as_of: instant.nullish() };

export const newMembershipBody = z.strictObject({
  reference: text,
  plan_code: text,
  access: access.nullish(),
  account_number: text.nullish(),
  partner: text.nullish(),
  customer: text.nullish(),
  partner_entitlement: text.nullish(),
  offer_code: text.nullish(),
  display_name: text.nullish(),
  valid_until: instant.nullish(),
  extra: extra.nullish(),
  ...asOf,
});

export const stepBody = z.strictObject({
  access: access.nullish(),
  reason: text.nullish(),
  ...asOf,
});

/** Absent = as it was; null takes away what can be taken away. */
export const changeBody = z.strictObject({
  plan_code: text.nullish(),
  access: access.nullish(),
  offer_code: text.nullable().optional(),
  display_name: text.nullable().optional(),
  valid_until: instant.nullable().optional(),
  extra: extra.nullish(),
  ...asOf,
});

export const linkBody = z.strictObject({ account_number: text });

export const eligibilityBody = z.strictObject({
  plan_code: text,
  reference: text.nullish(),
  account_number: text.nullish(),
  partner: text.nullish(),
  customer: text.nullish(),
  email: email.nullish(),
  country: text.nullish(),
});

/** What a customer typed, as it is: what is wrong with it is the customer's to hear, not a fault of the caller. */
const typed = { email: z.string(), password: z.string() };

export const accountBody = z.strictObject({ ...typed, display_name: text.nullish() });

export const signInBody = z.strictObject(typed);

export type NewMembershipBody = z.infer<typeof newMembershipBody>;
export type StepBody = z.infer<typeof stepBody>;
export type ChangeBody = z.infer<typeof changeBody>;
export type EligibilityBody = z.infer<typeof eligibilityBody>;
export type AccountBody = z.infer<typeof accountBody>;
export type SignInBody = z.infer<typeof signInBody>;
