import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { contractSchema } from "../../src/contract/contract-schema.js";
import { effectiveContract } from "../../src/contract/contract.js";
import { merchantOpenApiDocument } from "../../src/contract/merchant-openapi.js";
import { openApiDocument } from "../../src/contract/openapi/document.js";

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** One document, held against what is sent and answered. */
interface Checks {
  /** Throws where the document does not describe this reply of this operation; null is any path that is not in it. */
  readonly reply: (operation: string | null, status: number, body: unknown) => void;
  /** Whether the document allows this request body. */
  readonly allows: (operation: string, body: unknown) => boolean;
}

const escape = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");

function makeChecks(document: Document, problemType: string): Checks {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document, "openapi");
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string): ValidateFunction => {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` });
    validators.set(pointer, validate);
    return validate;
  };
  const schemaOf = (type: string): string => `content/${escape(type)}/schema`;
  return {
    reply: (operation, status, body) => {
      const type = status < 400 ? "application/json" : problemType;
      const validate = validatorAt(
        operation === null
          ? "/components/schemas/Problem"
          : `${responsePointer(document, operation, status)}/${schemaOf(type)}`,
      );
      if (!validate(body))
        throw new Error(
          `${String(operation)} ${String(status)} is not as OpenAPI says: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
        );
    },
    allows: (operation, body) =>
      validatorAt(`${find(document, operation).pointer}/requestBody/${schemaOf("application/json")}`)(body),
  };
}

function responsePointer(document: Document, operation: string, status: number): string {
  const { pointer, responses } = find(document, operation);
  if (!(String(status) in responses))
    throw new Error(`OpenAPI does not know that ${operation} may answer ${String(status)}`);
  return `${pointer}/responses/${String(status)}`;
}

function find({ paths }: Document, operation: string) {
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { operationId, responses }] of Object.entries(methods))
      if (operationId === operation) return { pointer: `/paths/${escape(path)}/${method}`, responses };
  throw new Error(`OpenAPI does not know ${operation}`);
}

/** Throws where the document does not describe this reply of this operation. */
export type CheckReply = Checks["reply"];

const made = new Map<string, CheckReply>();

/** What checks replies against the OpenAPI document of that section `contract` of a configuration. */
export function replyCheckOf(section: unknown): CheckReply {
  const key = JSON.stringify(section);
  const check = made.get(key) ?? makeReplyCheck(section);
  made.set(key, check);
  return check;
}

function makeReplyCheck(section: unknown): CheckReply {
  const contract = effectiveContract(contractSchema.parse(section));
  return makeChecks(openApiDocument(contract, "http://localhost:3000") as Document, "application/json").reply;
}

/** Against the default contract's document. */
export const checkReply = replyCheckOf({});

/** The same for the Merchant API, whose refusals are problem+json. */
export const { reply: checkMerchantReply, allows: merchantApiAllows } = makeChecks(
  merchantOpenApiDocument("http://localhost:3001") as Document,
  "application/problem+json",
);
