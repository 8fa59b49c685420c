import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { contractSchema } from "../../src/contract/contract-schema.js";
import { effectiveContract } from "../../src/contract/contract.js";
import { openApiDocument } from "../../src/contract/openapi/document.js";

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;
const document = openApiDocument(effectiveContract(contractSchema.parse({})), "http://localhost:3000") as {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId: string; responses: Record<string, unknown> }>>>
  >;
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, "openapi");

const validators = new Map<string, ValidateFunction>();
const escape = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");

/** Throws where the document does not describe this reply of this operation; null is any path that is not in it. */
export function checkReply(operation: string | null, status: number, body: unknown): void {
  const pointer = operation === null ? "/components/schemas/Problem" : responsePointer(operation, status);
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` });
  validators.set(pointer, validate);
  if (!validate(body))
    throw new Error(
      `${String(operation)} ${String(status)} is not as OpenAPI says: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
    );
}

function responsePointer(operation: string, status: number): string {
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, description] of Object.entries(methods)) {
      if (description.operationId !== operation) continue;
      if (!(String(status) in description.responses))
        throw new Error(`OpenAPI does not know that ${operation} may answer ${String(status)}`);
      return `/paths/${escape(path)}/${method}/responses/${String(status)}/content/${escape("application/json")}/schema`;
    }
  throw new Error(`OpenAPI does not know ${operation}`);
}
