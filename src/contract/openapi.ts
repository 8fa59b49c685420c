import { z } from "zod";
import { createDocument } from "zod-openapi";
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import { STATES } from "../core/entitlement.js";
import { OPERATIONS } from "./operations.js";
import type { OperationRoute } from "./operations.js";
import { PROBLEMS } from "./replies.js";
import { EXAMPLES } from "./openapi-examples.js";
import { ALIASES, REQUEST_SCHEMAS } from "./request-schemas.js";

const instant = z.iso.datetime({ precision: 3 }).meta({ description: "UTC, with milliseconds and Z" });
const url = z.url();

const recordShape = {
  responseCode: z.enum(["OK", "CLIENT_ACTION_REQUIRED"]),
  responseMessage: z.string(),
  entitlementId: z.string(),
  merchantEntitlementId: z.string().max(64),
  status: z.enum(STATES),
  resellerId: z.string(),
  productKey: z.string(),
  offerKey: z.string().optional(),
  entitlementDisplayName: z.string().optional(),
  sharedCustomerId: z.string().optional(),
  bangoUserId: z.string().optional(),
  dateCreated: instant,
  dateActivated: instant.optional(),
  dateSuspended: instant.optional(),
  dateResumed: instant.optional(),
  dateExpiry: instant.optional(),
  dateEnded: instant.optional(),
  dateLastUpdated: instant,
  activationCode: z.string().optional(),
  merchantExtensionData: z.record(z.string(), z.unknown()).optional(),
};

const urlShape = {
  activationUrl: url,
  urlExpiry: instant,
  parameters: z.strictObject({ action: z.literal("NAVIGATE_TO_URL"), url, urlExpiry: instant }),
};

const record = z
  .strictObject(recordShape)
  .meta({ id: "Record", description: "The entitlement as it is now" });
const recordWithUrl = z.strictObject({ ...recordShape, ...urlShape }).meta({
  id: "RecordWithActivationUrl",
  description: "A PENDING entitlement and where its customer signs up",
});
const ending = z
  .strictObject({ ...recordShape, terminationDate: instant.optional() })
  .meta({ id: "EndingRecord", description: "The entitlement, and for a cancel when its access ends" });
const echo = z
  .strictObject({ responseCode: z.literal("OK"), responseMessage: z.string(), echo: z.string() })
  .meta({ id: "Echo" });
const problem = z
  .strictObject({
    responseCode: z.enum([...new Set(Object.values(PROBLEMS).map(({ responseCode }) => responseCode))]),
    responseMessage: z.string().meta({ description: "For people; it may change" }),
    parameters: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem", description: "A refusal" });

type Examples = Readonly<Record<string, { readonly summary: string; readonly value: object }>>;

const json = (schema: z.ZodType, examples?: Examples) => ({
  content: { "application/json": examples === undefined ? { schema } : { schema, examples } },
});

const header = (description: string): z.ZodString => z.string().meta({ description });
const requestId = header("Of this one call, as in our log");
/** What a status brings beside its body. */
const HEADERS_OF: Readonly<Record<string, z.ZodRawShape>> = {
  401: { "WWW-Authenticate": header("Basic, with the realm").optional() },
  405: { Allow: header("The methods that this path answers") },
  503: { "Retry-After": header("Seconds; whoever waits that long asks again") },
};
const headersOf = (status: string) => ({
  headers: z.object({ "X-Request-Id": requestId, ...HEADERS_OF[status] }),
});

function successSchema(route: OperationRoute, status: number): z.ZodType {
  switch (route.operation) {
    case "echo":
      return echo;
    case "activationInfo":
      return recordWithUrl;
    case "activate":
      return status === 202 ? z.union([recordWithUrl, record]) : record;
    case "cancel":
    case "terminate":
      return ending;
    default:
      return record;
  }
}

const PROBLEM_TEXT: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST: a field is missing or wrong, or ids disagree; every fault is listed with its field",
  401: "UNAUTHORIZED: no valid credentials, or not from an allowed address",
  403: "NOT_AVAILABLE: the credential may not act for this reseller, the product is not sold, the operation is switched off or not offered, or the merchant declines (then parameters.reason says why)",
  404: "NOT_FOUND: no such entitlement, or one that this credential may not see",
  405: "BAD_REQUEST: this path answers other methods",
  409: "CONFLICT: not possible in this state, ended already, or this requestId came with another content. ALREADY_EXISTS: the entitlementId is known with other content or has ended, or the customer has as many live entitlements as allowed",
  413: "BAD_REQUEST: the body is over 256 KiB",
  415: "BAD_REQUEST: the body is not application/json in UTF-8",
  500: "INTERNAL_ERROR: a bug of ours",
  503: "SERVICE_UNAVAILABLE: not done, or not known yet; asking again with the same requestId is safe",
};

const CHANGED = "Done, or already so; repeated with the same requestId it is answered with the same bytes";
const QUEUED = "Accepted by the merchant's account system, to be done later; the record is as before";

function successText({ operation, changes }: OperationRoute, status: number): string {
  if (operation === "activate")
    return {
      200: "Already so: this entitlement is there with the same content",
      201: "ACTIVE at once",
      202: "PENDING: with CLIENT_ACTION_REQUIRED the customer has to sign up at activationUrl; with OK the merchant's account system will complete it later",
    }[status] as string;
  if (operation === "activationInfo") return "Where the customer signs up, with a fresh link";
  if (operation === "read") return "The present record";
  if (operation === "echo") return "The id that was sent";
  return status === 202 || !changes ? QUEUED : CHANGED;
}

function responsesOf(route: OperationRoute): ZodOpenApiResponsesObject {
  const problems = Object.entries(PROBLEM_TEXT)
    .filter(([status]) => route.body !== "none" || (status !== "413" && status !== "415"))
    .filter(([status]) => route.operation !== "echo" || !["403", "404", "409", "503"].includes(status));
  return Object.fromEntries([
    ...route.success.map((status) => [
      String(status),
      {
        description: successText(route, status),
        ...headersOf(String(status)),
        ...json(successSchema(route, status), EXAMPLES[`${route.operation} ${String(status)}`]),
      },
    ]),
    ...problems.map(([status, description]) => [
      status,
      { description, ...headersOf(status), ...json(problem, EXAMPLES[status]) },
    ]),
  ]) as ZodOpenApiResponsesObject;
}

/** The request schema's own shape, with the aliases in words: they are replaced before it is applied. */
function bodyOf(route: OperationRoute): ZodOpenApiOperationObject["requestBody"] {
  if (route.body === "none") return undefined;
  const schema = REQUEST_SCHEMAS[route.operation];
  const aliases = Object.keys(schema.shape).flatMap((name) => {
    const [, ...others] = ALIASES[name] ?? [];
    return others.length === 0 ? [] : [`\`${name}\`: ${others.map((other) => `\`${other}\``).join(", ")}`];
  });
  return {
    required: route.body === "required",
    ...(aliases.length === 0
      ? {}
      : { description: `Fields may come under other names. ${aliases.join("; ")}.` }),
    content: {
      "application/json": {
        schema: z.looseObject(schema.shape).meta({ id: `${capital(route.operation)}Request` }),
        ...(EXAMPLES[route.operation] ? { examples: EXAMPLES[route.operation] } : {}),
      },
    },
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const PATH_ID: Readonly<Record<string, z.ZodString>> = {
  merchantEntitlementId: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: "Our id, or the requestId of the call that activated it" }),
  echoRequestId: z.string().min(1).max(255).meta({ description: "Any text; it comes back as it is" }),
};

function operationOf(route: OperationRoute): ZodOpenApiOperationObject {
  const named = /:(\w+)/.exec(route.path)?.[1];
  const requestBody = bodyOf(route);
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: ["Server API"],
    requestParams: {
      ...(named ? { path: z.object({ [named]: PATH_ID[named] ?? z.string().min(1).max(255) }) } : {}),
      header: z.object({
        "X-RequestIdentifier": z.string().optional().meta({ description: "Equal to requestId in the body" }),
      }),
      ...(named === "merchantEntitlementId" && route.body === "none"
        ? {
            query: z.object({
              entitlementId: z
                .string()
                .optional()
                .meta({ description: "Bango's id; it has to name the same entitlement" }),
            }),
          }
        : {}),
    },
    ...(requestBody ? { requestBody } : {}),
    responses: responsesOf(route),
  };
}

const DESCRIPTION = `What Bango Resale calls on a merchant. Default contract, preset \`merchant-interface\`.

Every reply, errors too, is one flat object: \`responseCode\`, \`responseMessage\` (for people; it may change), then the fields of the entitlement. Fields without a value are left out; dates are UTC with milliseconds and \`Z\`. An entitlement is named by our \`merchantEntitlementId\` or by the \`requestId\` of the call that activated it.

A 4xx promises that nothing has changed. A 503 means not done, or not known yet: ask again with the same \`requestId\`, and it is done once however often it is asked. Fields that are not described here are kept, never refused.`;

/** OpenAPI 3.1 of the Server API, from the operations table and the zod schemas that also parse the calls. */
export function openApiDocument(serverUrl: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of OPERATIONS) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Merchant Interface, Server API",
      version: "1.0.0",
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    security: [{ basic: [] }],
    tags: [{ name: "Server API", description: "Server to server, from Bango to the merchant" }],
    paths,
    components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
  });
}
