import { z } from "zod";
import { checkList } from "../kit/kit.js";
import type { EntitlementPart, KitSettings } from "../kit/kit.js";

const id = z.string().min(1).max(255);
const json = z.record(z.string(), z.json()).nullable();
const instant = z.int().nullable();

/** All that an entitlement may be told to be; its own ids are always new. */
const fields = {
  resellerId: id,
  productKey: id,
  offerKey: id.nullable(),
  entitlementDisplayName: z.string().nullable(),
  sharedCustomerId: id.nullable(),
  bangoUserId: id.nullable(),
  customerIdentifier: id.nullable(),
  accountReference: id.nullable(),
  dateActivated: instant,
  dateExpiry: instant,
  merchantBangoExtensionData: json,
  merchantExtensionData: json,
  extensionData: json,
  extraInformation: json,
  plan: z.string().nullable(),
} satisfies Record<Exclude<keyof EntitlementPart, "merchantEntitlementId" | "entitlementId">, z.ZodType>;

const part = z.strictObject(fields).partial().optional();

const schema = z.strictObject({
  entitlement: part,
  changed: part,
  refused: part,
  slow: part,
  secrets: z.array(z.string().min(1)).optional(),
  deadlineMs: z.int().min(1).max(600_000).optional(),
  only: z.array(z.enum(checkList.map(({ id: check }) => check))).optional(),
} satisfies Record<keyof KitSettings, z.ZodType>);

/** The settings; or, as a text, everything that is wrong with them. A misspelt one would check less than was meant. */
export function kitSettingsOf(given: unknown): KitSettings | string {
  const parsed = schema.safeParse(given);
  // What is optional here is left out of JSON, and never there as undefined.
  if (parsed.success) return parsed.data as KitSettings;
  return parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(": ")).join("; ");
}
