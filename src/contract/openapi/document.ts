import { createDocument } from "zod-openapi";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { Contract, ContractOperation } from "../contract.js";
import { TOKEN_SCOPE } from "../token-reply.js";
import { replyDescriber } from "./replies.js";
import { requestOf } from "./requests.js";
import { DESCRIPTION } from "./texts.js";

/** OpenAPI 3.1 of the Server API, from the effective contract and the zod schemas that also parse the calls. */
export function openApiDocument(contract: Contract, serverUrl: string): object {
  const responses = replyDescriber(contract);
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of Object.values(contract.operations).filter(isOffered))
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: {
        operationId: operation.operation,
        summary: operation.summary,
        tags: ["Server API"],
        ...requestOf(contract, operation),
        responses: responses(operation),
      },
    };
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Merchant Interface, Server API",
      version: "1.0.0",
      description: `${DESCRIPTION}\n\nPreset \`${contract.preset}\`.`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    security: [{ basic: [] }, { oauth2: [] }],
    tags: [{ name: "Server API", description: "Server to server, from Bango to the merchant" }],
    paths,
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        oauth2: {
          type: "oauth2",
          flows: {
            clientCredentials: {
              tokenUrl: `${serverUrl}/oauth2/token`,
              scopes: { [TOKEN_SCOPE]: "The whole Server API" },
            },
          },
        },
      },
    },
  });
}

const isOffered = (operation: ContractOperation): operation is ContractOperation & { readonly path: string } =>
  operation.enabled && operation.path !== null;
