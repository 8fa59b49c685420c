import { z } from "zod";
import type { ZodOpenApiResponsesObject } from "zod-openapi";
import { STATES } from "../../core/entitlement.js";
import type { ProblemCode } from "../../core/problem.js";
import type { Contract, ContractOperation } from "../contract.js";
import { RECORD_SHAPE, wireInstant } from "../record-schema.js";
import type { SuccessKind } from "../replies.js";
import { SUCCESSES } from "../replies.js";
import { makeWire } from "../wire.js";
import { EXAMPLES } from "./examples.js";
import { shapeOfPlaced } from "./placed.js";
import { CAUSES, successText } from "./texts.js";

const url = z.url();
const oneOf = (values: readonly string[]): z.ZodType => z.enum([...new Set(values)]);

const record = (contract: Contract): Record<string, z.ZodType> => {
  const { activate } = contract.operations;
  return {
    ...RECORD_SHAPE,
    ...(activate.required.includes("entitlementId") ? { entitlementId: z.string() } : {}),
    status: oneOf(STATES.map((state) => contract.statusNames[state] ?? state)),
  };
};

const withUrl = {
  activationUrl: url,
  urlExpiry: wireInstant,
  parameters: z.strictObject({ action: z.literal("NAVIGATE_TO_URL"), url, urlExpiry: wireInstant }),
};

interface Body {
  readonly id: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, z.ZodType>>;
}

/** The fields of a reply by our names, and the name of what they make up. */
function bodyOf(contract: Contract, { operation }: ContractOperation, kind: SuccessKind): Body {
  const fields = record(contract);
  switch (operation) {
    case "echo":
      return { id: "Echo", description: "What was sent", fields: { echo: z.string() } };
    case "activationInfo":
      return pendingBody(fields);
    case "activate":
      return kind === "signUp" ? pendingBody(fields) : recordBody(fields);
    case "cancel":
    case "terminate":
      return {
        id: "EndingRecord",
        description: "The entitlement, and for a cancel when its access ends",
        fields: { ...fields, terminationDate: wireInstant.optional() },
      };
    default:
      return recordBody(fields);
  }
}

const recordBody = (fields: Body["fields"]): Body => ({
  id: "Record",
  description: "The entitlement as it is now",
  fields,
});
const pendingBody = (fields: Body["fields"]): Body => ({
  id: "RecordWithActivationUrl",
  description: "A PENDING entitlement and where its customer signs up",
  fields: { ...fields, ...withUrl },
});

const envelope = (codes: readonly string[]): Record<string, z.ZodType> => ({
  responseCode: oneOf(codes),
  responseMessage: z.string().meta({ description: "For people; it may change" }),
});

type Examples = Record<string, { readonly summary: string; readonly value: object }>;
type Content = { readonly schema: z.ZodType; readonly examples?: Examples };

/** What describes the replies of a contract. Schemas are made once, so that equal ones become one component. */
export function replyDescriber(contract: Contract): (operation: ContractOperation) => ZodOpenApiResponsesObject {
  const wire = makeWire(contract);
  const made = new Map<string, z.ZodType>();
  const placed = (operation: ContractOperation, body: Body): z.ZodType => {
    const isOwn = Object.keys(operation.reply).length === 0;
    const id = isOwn ? body.id : capital(operation.operation) + body.id;
    const fields = Object.entries(body.fields).flatMap(([name, schema]) => {
      const place = Object.hasOwn(operation.reply, name) ? operation.reply[name] : name;
      return place === null || place === undefined ? [] : [{ place, schema }];
    });
    const schema = made.get(id) ?? z.strictObject(shapeOfPlaced(fields, z.strictObject)).meta({ id, description: body.description });
    made.set(id, schema);
    return schema;
  };
  const codes = Object.values(contract.operations).flatMap(({ success }) => Object.values(success).map(({ responseCode }) => responseCode));
  const problemBody: Body = {
    id: "Problem",
    description: "A refusal",
    fields: {
      ...envelope(Object.values(contract.errors).map(({ responseCode }) => responseCode)),
      parameters: z.record(z.string(), z.unknown()).optional(),
    },
  };

  const success = (operation: ContractOperation): [number, Said][] =>
    operation.kinds.map((kind) => {
      const body = bodyOf(contract, operation, kind);
      const examples = EXAMPLES[`${operation.operation} ${kind}`] ?? {};
      return [
        operation.success[kind].status,
        {
          text: successText(operation.operation, kind),
          content: {
            schema: placed(operation, { ...body, fields: { ...envelope(codes), ...body.fields } }),
            examples: mapped(examples, (value) => wire.reply(operation.operation, { status: SUCCESSES[kind].status, body: JSON.stringify(value) }).body),
          },
        },
      ];
    });
  const refusals = (operation: ContractOperation): [number, Said][] =>
    causesOf(operation).map((code) => {
      const { status, responseCode } = contract.errors[code];
      return [
        status,
        {
          text: `${responseCode}: ${CAUSES[code]}`,
          content: {
            schema: placed(operation, problemBody),
            examples: mapped(EXAMPLES[code] ?? {}, ({ responseMessage, parameters }) =>
              wire.problem(operation.operation, { code, text: String(responseMessage), ...(parameters ? { parameters: parameters as never } : {}) }).body,
            ),
          },
        },
      ];
    });
  return (operation) => byStatus([...success(operation), ...refusals(operation)]);
}

interface Said {
  readonly text: string;
  readonly content: Content;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const mapped = (
  examples: Readonly<Record<string, { readonly summary: string; readonly value: object }>>,
  say: (value: Record<string, unknown>) => string,
): Examples =>
  Object.fromEntries(
    Object.entries(examples).map(([name, { summary, value }]) => [
      name,
      { summary, value: JSON.parse(say(value as Record<string, unknown>)) as object },
    ]),
  );

const BODY_CAUSES: readonly ProblemCode[] = ["tooLarge", "unsupportedType"];
const RECORD_CAUSES: readonly ProblemCode[] = [
  "forbiddenReseller",
  "productNotSold",
  "declined",
  "switchedOff",
  "notFound",
  "alreadyExists",
  "conflict",
];

const causesOf = ({ operation, body }: ContractOperation): ProblemCode[] =>
  (Object.keys(CAUSES) as ProblemCode[])
    .filter((code) => body !== "none" || !BODY_CAUSES.includes(code))
    .filter((code) => operation !== "echo" || !RECORD_CAUSES.includes(code));

const header = (description: string): z.ZodString => z.string().meta({ description });
const requestId = header("Of this one call, as in our log");
/** What a status brings beside its body. */
const HEADERS_OF: Readonly<Record<number, z.ZodRawShape>> = {
  401: { "WWW-Authenticate": header("Basic, and Bearer where OAuth 2.0 is set up").optional() },
  405: { Allow: header("The methods that this path answers") },
  429: { "Retry-After": header("Seconds until a failed attempt is answered by 401 again") },
  503: { "Retry-After": header("Seconds; whoever waits that long asks again") },
};

/** Several replies may share a status: it is then any of them. */
function byStatus(all: readonly (readonly [number, Said])[]): ZodOpenApiResponsesObject {
  const statuses = [...new Set(all.map(([status]) => status))].sort((left, right) => left - right);
  return Object.fromEntries(
    statuses.map((status) => {
      const said = all.filter(([one]) => one === status).map(([, one]) => one);
      const schemas = [...new Set(said.map(({ content }) => content.schema))];
      const [only] = schemas;
      const examples = Object.assign({}, ...said.map(({ content }) => content.examples ?? {})) as Examples;
      return [
        String(status),
        {
          description: said.map(({ text }) => text).join(". "),
          headers: z.object({ "X-Request-Id": requestId, ...HEADERS_OF[status] }),
          content: {
            "application/json": {
              schema: only && schemas.length === 1 ? only : z.union(schemas),
              ...(Object.keys(examples).length === 0 ? {} : { examples }),
            },
          },
        },
      ];
    }),
  );
}
