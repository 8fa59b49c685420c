import { z } from "zod";
import { contractSchema } from "../contract/contract-schema.js";
import { OPERATION_NAMES } from "../contract/operations.js";
import { bango, oneOrTwo, plain } from "./bango-schema.js";
import { accountHooks, moduleAccounts } from "./module-accounts-schema.js";
import { httpAccounts } from "./http-accounts-schema.js";

const name = z.string().min(1).max(255);
const id = z.string().regex(/^[\w.:-]{1,64}$/, { error: "1 to 64 letters, digits and . _ : -" });
const secretHash = z.string().regex(/^sha256:([0-9a-f]{64}|[\w-]{43})$/, {
  error: "expected sha256: and 64 hexadecimal digits, or 43 characters of base64url",
});
const instant = z.iso.datetime({ offset: true });

const basicCredential = z
  .strictObject({
    id,
    type: z.literal("basic"),
    username: z
      .string()
      .min(1)
      .refine((value) => !value.includes(":"), {
        error: "Basic authentication has no user names with a colon",
      }),
    password: oneOrTwo(plain).optional(),
    passwordHash: oneOrTwo(secretHash).optional(),
    resellers: z.array(name).min(1),
    owner: id.default("bango"),
  })
  .refine((credential) => (credential.password === undefined) !== (credential.passwordHash === undefined), {
    error: "exactly one of password and passwordHash",
    path: ["password"],
  });

const oauth2Client = z
  .strictObject({
    id,
    type: z.literal("oauth2-client"),
    clientId: z.string().regex(/^[\x20-\x7e]{1,255}$/, { error: "1 to 255 printable ASCII characters" }),
    clientSecret: oneOrTwo(plain).optional(),
    passwordHash: oneOrTwo(secretHash).optional(),
    resellers: z.array(name).min(1),
    owner: id.default("bango"),
  })
  .refine((client) => (client.clientSecret === undefined) !== (client.passwordHash === undefined), {
    error: "exactly one of clientSecret and passwordHash",
    path: ["clientSecret"],
  });

const oauth2Issuer = z
  .strictObject({
    id,
    type: z.literal("oauth2-issuer"),
    issuer: plain,
    audience: plain,
    jwksUri: z.url({ protocol: /^https?$/ }),
    scope: plain.optional(),
    resellers: z.array(name).min(1),
    owner: id.default("bango"),
  })
  .meta({ description: "Tokens of the merchant's own issuer, checked with the keys that it publishes" });

const limit = z.int().min(0).max(2_147_483_647);
const positive = limit.min(1);

const product = z
  .strictObject({
    productKey: name,
    plan: name,
    activation: z.enum(["sign-up", "immediate"]),
    signUp: z.enum(["hosted", "handoff", "oidc"]).optional(),
    maxLivePerCustomer: positive.optional(),
    validFrom: instant.optional(),
    validTo: instant.optional(),
    stopSell: z.boolean().optional(),
  })
  .meta({ description: "One product that this reseller sells, and the plan of yours that it stands for" });

const unique = <T>(key: (item: T) => string) => ({
  check: (items: T[]) => new Set(items.map(key)).size === items.length,
  options: { error: "each may stand here once" },
});
const uniqueProducts = unique((item: { productKey: string }) => item.productKey);
const uniqueResellers = unique((item: { resellerId: string }) => item.resellerId);
const uniqueCredentials = unique((item: { id: string }) => item.id);
type NamedCredential = { id: string; type: string; username?: string; clientId?: string };
const uniqueNames = unique(
  ({ id: own, type, username, clientId }: NamedCredential) => `${type} ${username ?? clientId ?? own}`,
);

const reseller = z.strictObject({
  resellerId: name,
  returnUrls: z.array(z.url()).default([]),
  maxLivePerCustomer: positive.default(1),
  operations: z.partialRecord(z.enum(OPERATION_NAMES), z.boolean()).default({}),
  publicUrl: z.url().optional(),
  limits: z
    .strictObject({
      activationTtlMs: positive.optional(),
      accountDeadlineMs: positive.optional(),
      accountCalls: positive.optional(),
    })
    .default({}),
  bango: bango.optional(),
  products: z.array(product).min(1).refine(uniqueProducts.check, uniqueProducts.options),
});

const demoAccounts = z.strictObject({
  type: z.literal("demo"),
  allowOutsideSandbox: z.boolean().default(false),
  hooks: accountHooks.optional(),
});

/** The file `mia.config.json`, after `env:` and `file:` values were replaced. Durations in milliseconds. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  inbound: z
    .strictObject({
      credentials: z
        .array(z.discriminatedUnion("type", [basicCredential, oauth2Client, oauth2Issuer]))
        .refine(uniqueCredentials.check, uniqueCredentials.options)
        .refine(uniqueNames.check, { error: "each user name and each client id may stand here once" })
        .default([]),
      allowedAddresses: z.array(z.string().min(1)).default([]),
    })
    .default({ credentials: [], allowedAddresses: [] }),
  resellers: z.array(reseller).min(1).refine(uniqueResellers.check, uniqueResellers.options),
  accountSystem: z.discriminatedUnion("type", [demoAccounts, httpAccounts, moduleAccounts]),
  contract: contractSchema.prefault({}),
  bango: bango.optional(),
  admin: z
    .strictObject({
      tokens: z
        .array(
          z.strictObject({
            id,
            token: oneOrTwo(plain),
            role: z.enum(["view", "operate", "admin"]).default("view"),
          }),
        )
        .default([]),
      users: z.array(z.looseObject({ name: plain })).default([]),
    })
    .default({ tokens: [], users: [] }),
  limits: z
    .strictObject({
      turnWaitMs: positive.default(2000),
      accountDeadlineMs: positive.default(5000),
      leaseMs: positive.default(10_000),
      activationTtlMs: positive.default(86_400_000),
      orphanGraceMs: positive.default(60_000),
      expiryGraceMs: limit.default(0),
      pendingMaxAgeMs: limit.default(0),
      completionAlarmMs: positive.default(3_600_000),
      failedAuthPerMinute: positive.default(100),
      accountCallsPerReseller: positive.default(64),
      accountQueueMs: limit.default(1000),
      tokenTtlMs: positive.min(1000).default(3_600_000),
    })
    .prefault({}),
  links: z.strictObject({ supersede: z.boolean().optional() }).default({}),
  reports: z.looseObject({}).default({}),
});

export type ConfigFile = z.output<typeof fileSchema>;
export type ResellerConfig = ConfigFile["resellers"][number];
export type BasicCredentialConfig = z.output<typeof basicCredential>;
