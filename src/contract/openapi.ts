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

const json = (schema: z.ZodType) => ({ content: { "application/json": { schema } } });

const requestIdHeader = {
  headers: z.object({ "X-Request-Id": z.string().meta({ description: "Also in our log" }) }),
};

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
  400: "A field is missing or wrong; every fault is listed",
  401: "No valid credentials, or not from an allowed address",
  403: "Not available: reseller, product or operation; or declined by the merchant",
  404: "No such entitlement",
  405: "This path answers other methods",
  409: "Not possible in this state, or known with other content",
  413: "The body is over 256 KiB",
  415: "The body is not application/json in UTF-8",
  500: "A bug of ours",
  503: "Not done, or not known yet; asking again with the same requestId is safe",
};

function responsesOf(route: OperationRoute): ZodOpenApiResponsesObject {
  const problems = Object.entries(PROBLEM_TEXT)
    .filter(([status]) => route.body !== "none" || (status !== "413" && status !== "415"))
    .filter(([status]) => route.operation !== "echo" || !["403", "404", "409", "503"].includes(status));
  return Object.fromEntries([
    ...route.success.map((status) => [
      String(status),
      {
        description: status === 202 ? "Accepted" : "Done",
        ...requestIdHeader,
        ...json(successSchema(route, status)),
      },
    ]),
    ...problems.map(([status, description]) => [
      status,
      { description, ...requestIdHeader, ...json(problem) },
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
      },
    },
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function operationOf(route: OperationRoute): ZodOpenApiOperationObject {
  const named = /:(\w+)/.exec(route.path)?.[1];
  const requestBody = bodyOf(route);
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: ["Server API"],
    requestParams: {
      ...(named ? { path: z.object({ [named]: z.string().min(1).max(255) }) } : {}),
      header: z.object({
        "X-RequestIdentifier": z.string().optional().meta({ description: "Equal to requestId in the body" }),
      }),
      ...(named === "merchantEntitlementId" && route.body === "none"
        ? { query: z.object({ entitlementId: z.string().optional() }) }
        : {}),
    },
    ...(requestBody ? { requestBody } : {}),
    responses: responsesOf(route),
  };
}

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
      description: "What Bango Resale calls on a merchant. Default contract, preset `merchant-interface`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    security: [{ basic: [] }],
    tags: [{ name: "Server API", description: "Server to server, from Bango to the merchant" }],
    paths,
    components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
  });
}
