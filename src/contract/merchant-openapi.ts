import { z } from "zod";
import { createDocument } from "zod-openapi";
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from "zod-openapi";
import { MERCHANT_EXAMPLES } from "./merchant-openapi-examples.js";
import type { Examples } from "./merchant-openapi-examples.js";
import { MERCHANT_API_BASE, MERCHANT_OPERATIONS } from "./merchant-operations.js";
import type { MerchantRoute } from "./merchant-operations.js";
import { merchantPage, merchantProblem, merchantView } from "./merchant-reply-schemas.js";
import { MERCHANT_BODIES, listQuery } from "./merchant-requests.js";
import type { MerchantChange } from "./merchant-requests.js";

const TAG = "Merchant API";

const json = (type: string, schema: z.ZodType, examples?: Examples) => ({
  content: { [type]: examples === undefined ? { schema } : { schema, examples } },
});

const header = (description: string): z.ZodString => z.string().meta({ description });
const requestId = header("Of this one call, as in our log and in a problem's requestId");
/** What a status brings beside its body. */
const HEADERS_OF: Readonly<Record<string, z.ZodRawShape>> = {
  401: { "WWW-Authenticate": header("Bearer, with the realm") },
  405: { Allow: header("The methods that this path answers") },
  503: { "Retry-After": header("Seconds; whoever waits that long asks again") },
};
const replayed = z
  .literal("true")
  .optional()
  .meta({ description: "There where this is the stored reply of an earlier call with the same key" });

const PROBLEM_TEXT: Readonly<Record<number, string>> = {
  400: "A field is missing, wrong or unknown; every fault is listed with its field",
  401: "No token, or none of ours",
  403: "The token's role is too low; or the operation is switched off or not offered, or the account system declines (then `reason` says why)",
  404: "No such entitlement",
  405: "This path answers other methods",
  409: "Not possible in this state, ended already, or this Idempotency-Key came with another entitlement or body",
  413: "The body is over 64 KiB",
  415: "The body is not application/json in UTF-8",
  500: "A bug of ours",
  503: "Not done, or not known yet; asking again with the same Idempotency-Key is safe",
};

/** A query finds or does not, and its body is not read. */
const NOT_OF_A_QUERY = ["409", "413", "415"];

function responsesOf(route: MerchantRoute): ZodOpenApiResponsesObject {
  const isQuery = route.method === "GET";
  const problems = Object.entries(PROBLEM_TEXT)
    .filter(([status]) => !isQuery || !NOT_OF_A_QUERY.includes(status))
    .filter(([status]) => route.operation !== "list" || status !== "404");
  const success = route.operation === "list" ? merchantPage : merchantView;
  return Object.fromEntries([
    ...route.success.map((status) => [
      String(status),
      {
        description: successText(route, status),
        headers: z.object({
          "X-Request-Id": requestId,
          ...(isQuery ? {} : { "Idempotent-Replayed": replayed }),
        }),
        ...json("application/json", success, MERCHANT_EXAMPLES[`${route.operation} ${String(status)}`]),
      },
    ]),
    ...problems.map(([status, description]) => [
      status,
      {
        description,
        headers: z.object({ "X-Request-Id": requestId, ...HEADERS_OF[status] }),
        ...json("application/problem+json", merchantProblem, MERCHANT_EXAMPLES[status]),
      },
    ]),
  ]) as ZodOpenApiResponsesObject;
}

function successText({ operation, method }: MerchantRoute, status: number): string {
  if (operation === "list") return "One page";
  if (method === "GET") return "As it is now";
  return status === 202
    ? "Accepted by the account system, to be done later; see `acceptances`"
    : "Done, or already so; with the same Idempotency-Key it is answered with the same bytes";
}

const idempotencyKey = z.string().min(1).optional().meta({
  description:
    'Names this call: 1 to 255 printable ASCII characters, as they are or as a quoted string (`"k"` and `k` are one key). Whoever repeats a call with its key is answered as the first time, and nothing is done twice. Without one, equal calls join only while one is in flight.',
});

const pathIds: Readonly<Record<string, z.ZodString>> = {
  merchantEntitlementId: header("Ours").min(1).max(255),
  signUpId: header("The merchantEntitlementId of the sign-up").min(1).max(255),
};

function parametersOf(route: MerchantRoute): ZodOpenApiOperationObject["requestParams"] {
  const named = /:(\w+)/.exec(route.path)?.[1];
  return {
    ...(named ? { path: z.object({ [named]: pathIds[named] ?? z.string() }) } : {}),
    ...(route.operation === "list" ? { query: listQuery } : {}),
    ...(route.method === "POST" ? { header: z.object({ "Idempotency-Key": idempotencyKey }) } : {}),
  };
}

function bodyOf({ operation, body }: MerchantRoute): Pick<ZodOpenApiOperationObject, "requestBody"> {
  if (body === "none") return {};
  const schema: z.ZodType = MERCHANT_BODIES[operation as MerchantChange];
  return {
    requestBody: {
      required: body === "required",
      ...json("application/json", schema, MERCHANT_EXAMPLES[operation]),
    },
  };
}

const operationOf = (route: MerchantRoute): ZodOpenApiOperationObject => ({
  operationId: route.operation,
  summary: route.summary,
  description: `For tokens of the role \`${route.role}\`.`,
  tags: [TAG],
  requestParams: parametersOf(route) ?? {},
  ...bodyOf(route),
  responses: responsesOf(route),
});

const DESCRIPTION = `What the merchant calls on its own adapter, on the admin port: changes that the merchant starts, of which Bango is told through the outbox, and what has to be finished by hand.

Every refusal is \`application/problem+json\` (RFC 9457); its \`code\` is for programs. A 4xx promises that nothing has changed. A 503 means not done, or not known yet: ask again with the same \`Idempotency-Key\`, and it is done once however often it is asked. Unknown fields are refused. Dates are UTC with milliseconds and \`Z\`.`;

/** OpenAPI 3.1 of the Merchant API, from its table and the zod schemas that also parse the calls. */
export function merchantOpenApiDocument(serverUrl: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of MERCHANT_OPERATIONS) {
    const path = MERCHANT_API_BASE + route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Merchant API",
      version: "1.0.0",
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }],
    tags: [{ name: TAG, description: "From the merchant's own systems to the adapter" }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "`admin.tokens` of the configuration" },
      },
    },
  });
}
