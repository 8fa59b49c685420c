import { z } from "zod";

export const wireInstant = z.iso
  .datetime({ precision: 3 })
  .meta({ description: "UTC, with milliseconds and Z" });

/** The record's fields as replies have them (2.3), but for `status`, whose names the contract may change. */
export const RECORD_SHAPE = {
  entitlementId: z.string().optional(),
  merchantEntitlementId: z.string().max(64),
  resellerId: z.string(),
  productKey: z.string(),
  offerKey: z.string().optional(),
  entitlementDisplayName: z.string().optional(),
  sharedCustomerId: z.string().optional(),
  bangoUserId: z.string().optional(),
  dateCreated: wireInstant,
  dateActivated: wireInstant.optional(),
  dateSuspended: wireInstant.optional(),
  dateResumed: wireInstant.optional(),
  dateExpiry: wireInstant.optional(),
  dateEnded: wireInstant.optional(),
  dateLastUpdated: wireInstant,
  activationCode: z.string().optional(),
  merchantExtensionData: z.record(z.string(), z.unknown()).optional(),
};
