import { z } from "zod";
import { EXTENSION_BYTES_MAX, bytesOf, customerId, extension, instant, text, uuid } from "./fields.js";
import type { OperationName } from "./operations.js";

const requestId = text
  .optional()
  .meta({ description: "Bango's id of this request; equal to X-RequestIdentifier" });
const withinBytes = { error: `extension data are over ${String(EXTENSION_BYTES_MAX)} bytes together` };

const activate = z
  .object({
    requestId,
    entitlementId: uuid,
    resellerId: text.meta({ description: "Alias: resellerKey" }),
    productKey: text,
    sharedCustomerId: customerId.optional(),
    bangoUserId: customerId.optional(),
    customerIdentifier: customerId.optional(),
    offerKey: text.optional(),
    dateExpiry: instant.optional(),
    entitlementDisplayName: text.optional(),
    merchantBangoExtensionData: extension.optional(),
    merchantExtensionData: extension.optional(),
    extensionData: extension.optional(),
    extraInformation: extension.optional(),
  })
  .refine(
    (body) =>
      bytesOf([
        body.merchantBangoExtensionData,
        body.merchantExtensionData,
        body.extensionData,
        body.extraInformation,
      ]) <= EXTENSION_BYTES_MAX,
    { ...withinBytes, path: ["extensionData"] },
  );

const ids = {
  requestId,
  merchantEntitlementId: text
    .optional()
    .meta({ description: "Our id, or the requestId of the activating call" }),
  entitlementId: uuid.optional(),
};

const update = z
  .object({
    ...ids,
    productKey: text.optional(),
    dateExpiry: instant.nullable().optional(),
    entitlementDisplayName: text.nullable().optional(),
    merchantExtensionData: extension.nullable().optional(),
    extensionData: extension.nullable().optional(),
    customerIdentifier: customerId.nullable().optional(),
  })
  .refine((body) => bytesOf([body.merchantExtensionData, body.extensionData]) <= EXTENSION_BYTES_MAX, {
    ...withinBytes,
    path: ["extensionData"],
  });

const reason = {
  reasonCategory: text.optional(),
  reasonCode: text.optional(),
  reasonDescription: text.optional(),
};

const flag = z
  .union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], {
    error: "must be true or false",
  })
  .meta({
    description: "true: end now, as revoke does; false, the default: with the paid period, as cancel does",
  });

const named = z.object(ids);
const reasoned = z.object({ ...ids, ...reason });

/** One schema an operation, after aliases were replaced and empty values dropped. */
export const REQUEST_SCHEMAS = {
  activate,
  update,
  suspend: reasoned,
  resume: reasoned,
  cancel: reasoned,
  revoke: reasoned,
  terminate: z.object({ ...ids, ...reason, immediate: flag.default(false) }),
  reinstate: named,
  read: named,
  activationInfo: named,
  echo: z.object({ requestId }),
} as const satisfies Record<OperationName, z.ZodType>;

export type RequestBody<Name extends OperationName> = z.output<(typeof REQUEST_SCHEMAS)[Name]>;

const reasonAliases = (field: string): readonly string[] => [
  `reason${field}`,
  `cancelReason${field}`,
  `suspendReason${field}`,
  `revokeReason${field}`,
  field.toLowerCase(),
];

/** Under which names a field may arrive, in order of preference; a field that is missing here has only its own. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  resellerId: ["resellerId", "resellerKey"],
  reasonCategory: reasonAliases("Category"),
  reasonCode: reasonAliases("Code"),
  reasonDescription: reasonAliases("Description"),
};
