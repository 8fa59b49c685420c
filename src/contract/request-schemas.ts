import { z } from "zod";
import type { Json, JsonObject } from "../core/entitlement.js";
import { EXTENSION_BYTES_MAX, bytesOf, customerId, extension, instant, text, uuid } from "./fields.js";
import type { OperationName } from "./operations.js";

const requestId = text
  .optional()
  .meta({ description: "Bango's id of this request; equal to X-RequestIdentifier" });
const withinBytes = { error: `extension data are over ${String(EXTENSION_BYTES_MAX)} bytes together` };

const activate = {
  requestId,
  entitlementId: uuid.optional(),
  resellerId: text.meta({ description: "Alias: resellerKey" }).optional(),
  productKey: text.optional(),
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
};

const ids = {
  requestId,
  merchantEntitlementId: text
    .optional()
    .meta({ description: "Our id, or the requestId of the activating call" }),
  entitlementId: uuid.optional(),
};

const update = {
  ...ids,
  productKey: text.optional(),
  dateExpiry: instant.nullable().optional(),
  entitlementDisplayName: text.nullable().optional(),
  merchantExtensionData: extension.nullable().optional(),
  extensionData: extension.nullable().optional(),
  customerIdentifier: customerId.nullable().optional(),
};

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

const reasoned = { ...ids, ...reason };

/** Every field that an operation knows, none of them required: that is the contract's to say. */
export const SHAPES = {
  activate,
  update,
  suspend: reasoned,
  resume: reasoned,
  cancel: reasoned,
  revoke: reasoned,
  terminate: { ...reasoned, immediate: flag.default(false) },
  reinstate: ids,
  read: ids,
  activationInfo: ids,
  echo: { requestId, echoRequestId: text.optional() },
} as const satisfies Record<OperationName, z.ZodRawShape>;

/** What a call says once it has been parsed. */
export type RequestBody<Name extends OperationName> = z.output<z.ZodObject<(typeof SHAPES)[Name]>>;

/** Our names of what each operation may be told. */
export const FIELDS = Object.fromEntries(
  Object.entries(SHAPES).map(([operation, shape]) => [operation, Object.keys(shape)]),
  // SHAPES has a line for every operation.
) as unknown as Readonly<Record<OperationName, readonly string[]>>;

/** Without which a call makes no sense, unless the contract says otherwise. */
export const REQUIRED: Readonly<Record<OperationName, readonly string[]>> = {
  activate: ["entitlementId", "resellerId", "productKey"],
  update: [],
  suspend: [],
  resume: [],
  cancel: [],
  revoke: [],
  terminate: [],
  reinstate: [],
  read: [],
  activationInfo: [],
  echo: ["echoRequestId"],
};

/** The fields of one operation, those of `required` not optional: after aliases were replaced and empty values dropped. */
export function shapeOf(operation: OperationName, required: readonly string[]): z.ZodRawShape {
  const mayMiss = (schema: z.ZodType): schema is z.ZodOptional<z.ZodType> | z.ZodDefault<z.ZodType> =>
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  return Object.fromEntries(
    Object.entries<z.ZodType>(SHAPES[operation]).map(([name, schema]) => [
      name,
      required.includes(name) && mayMiss(schema) ? schema.unwrap() : schema,
    ]),
  );
}

const EXTENSIONS = [
  "merchantBangoExtensionData",
  "merchantExtensionData",
  "extensionData",
  "extraInformation",
] as const;

/** What parses one operation's fields. */
export const requestSchema = (
  operation: OperationName,
  required: readonly string[],
): z.ZodType<Record<string, Json>> =>
  z.object(shapeOf(operation, required)).refine(
    // The schema has just found that each of them is an object or absent.
    (body) => bytesOf(EXTENSIONS.map((name) => body[name] as JsonObject | undefined)) <= EXTENSION_BYTES_MAX,
    { ...withinBytes, path: ["extensionData"] },
    // A shape that is put together at run time has no type; each of its fields comes out as JSON.
  ) as unknown as z.ZodType<Record<string, Json>>;

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
