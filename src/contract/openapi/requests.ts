import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import type { Json, JsonObject } from "../../core/entitlement.js";
import type { Contract, ContractOperation } from "../contract.js";
import { fieldsIn } from "../gather-fields.js";
import { writeAt } from "../pointer.js";
import { shapeOf } from "../request-schemas.js";
import { paramsOf } from "../route-path.js";
import { EXAMPLES } from "./examples.js";
import { shapeOfPlaced } from "./placed.js";

const PARAMETER_TEXT: Readonly<Record<string, string>> = {
  merchantEntitlementId: "Our id, or the requestId of the call that activated it",
  entitlementId: "Bango's id; it has to name the same entitlement",
  echoRequestId: "Any text; it comes back as it is",
};

const parameter = (field: string): z.ZodString =>
  z
    .string()
    .min(1)
    .max(255)
    .meta({ description: PARAMETER_TEXT[field] ?? `Our field ${field}` });

/** Parameters and body of one operation, as the contract has them. */
export function requestOf(
  contract: Contract,
  operation: ContractOperation & { readonly path: string },
): Pick<ZodOpenApiOperationObject, "requestParams" | "requestBody"> {
  const inPath = paramsOf(operation.path);
  const query = Object.entries(operation.query).filter(([name, field]) => isTold(operation, name, field));
  const { source, header } = contract.idempotency;
  const requestBody = bodyOf(contract, operation, [...inPath, ...query.map(([, field]) => field)]);
  return {
    requestParams: {
      ...(inPath.length > 0 ? { path: z.object(Object.fromEntries(inPath.map((name) => [name, parameter(name)]))) } : {}),
      ...(query.length > 0
        ? {
            query: z.object(
              Object.fromEntries(
                query.map(([name, field]) => [
                  name,
                  operation.required.includes(field) ? parameter(field) : parameter(field).optional(),
                ]),
              ),
            ),
          }
        : {}),
      ...(source === "none"
        ? {}
        : {
            header: z.object({
              [header]: z
                .string()
                .optional()
                .meta({ description: source === "body" ? "Equal to requestId in the body" : "The request id" }),
            }),
          }),
    },
    ...(requestBody ? { requestBody } : {}),
  };
}

/** The query may always name the entitlement too; where there is a body, that need not be told. */
const isTold = ({ body, operation }: ContractOperation, name: string, field: string): boolean =>
  operation !== "echo" && (body === "none" || name !== field);

/** The fields under the first name that each may have; the others in words. */
function bodyOf(
  contract: Contract,
  operation: ContractOperation,
  elsewhere: readonly string[],
): ZodOpenApiOperationObject["requestBody"] {
  if (operation.body === "none") return undefined;
  const shape = shapeOf(operation.operation, operation.required.filter((name) => !elsewhere.includes(name)));
  const fields = fieldsIn(operation, contract.idempotency.source);
  const placed = fields.map((name) => ({ place: placesOf(operation, name)[0] ?? name, schema: shape[name] as z.ZodType }));
  const aliases = fields.flatMap((name) => {
    const [, ...others] = placesOf(operation, name);
    return others.length === 0 ? [] : [`\`${name}\`: ${others.map((other) => `\`${other}\``).join(", ")}`];
  });
  const examples = examplesOf(operation, fields);
  return {
    required: operation.body === "required",
    ...(aliases.length === 0 ? {} : { description: `Fields may come under other names. ${aliases.join("; ")}.` }),
    content: {
      "application/json": {
        schema: z.looseObject(shapeOfPlaced(placed, z.looseObject)).meta({ id: `${capital(operation.operation)}Request` }),
        ...(Object.keys(examples).length === 0 ? {} : { examples }),
      },
    },
  };
}

const placesOf = (operation: ContractOperation, name: string): readonly string[] => operation.request[name] ?? [name];
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function examplesOf(operation: ContractOperation, fields: readonly string[]) {
  return Object.fromEntries(
    Object.entries(EXAMPLES[operation.operation] ?? {}).map(([name, { summary, value }]) => {
      const body: Record<string, Json> = {};
      for (const [field, content] of Object.entries(value as JsonObject))
        if (fields.includes(field)) writeAt(body, placesOf(operation, field)[0] ?? field, content);
      return [name, { summary, value: body }];
    }),
  );
}
