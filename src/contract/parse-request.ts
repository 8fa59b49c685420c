import type { Activation, Update } from "../core/command.js";
import type { Json, JsonObject, Reason } from "../core/entitlement.js";
import { problem } from "../core/problem.js";
import type { Problem } from "../core/problem.js";
import type { Contract, ContractOperation } from "./contract.js";
import { text } from "./fields.js";
import { fieldsIn, gatherFields } from "./gather-fields.js";
import type { Fault, RawRequest } from "./gather-fields.js";
import type { OperationName } from "./operations.js";
import { requestSchema } from "./request-schemas.js";
import type { RequestBody } from "./request-schemas.js";

export type { Fault, RawRequest } from "./gather-fields.js";

/** What names an entitlement. */
export interface EntitlementRef {
  /** Our id, or the request id of the activating call. */
  readonly anyId: string | null;
  readonly entitlementId: string | null;
}

/** A call as the use cases understand it. */
export interface ParsedRequest {
  readonly operation: OperationName;
  readonly requestId: string | null;
  readonly ref: EntitlementRef;
  readonly activation: Omit<Activation, "customerKey" | "contentHash"> | null;
  readonly update: Update | null;
  readonly reason: Reason | null;
  readonly immediate: boolean;
  /** What `echo` is to say. */
  readonly echo: string | null;
  /** As received, null where there are none. */
  readonly unknownFields: JsonObject | null;
  /** What two equal calls have in common, without request id and the ways to name the entitlement. */
  readonly content: JsonObject;
}

export function badRequest(faults: readonly Fault[]): Problem {
  const message = faults.map((fault) => `${fault.field}: ${fault.message}`).join("; ");
  return problem("badRequest", message, { faults: faults.map((fault) => ({ ...fault })) });
}

/** Throws Problem `badRequest` with every fault that was found. */
export type ParseRequest = (raw: RawRequest) => ParsedRequest;

/** What reads the calls of one operation, as the contract has them. */
export function makeParseRequest(contract: Contract, name: OperationName): ParseRequest {
  const operation = contract.operations[name];
  const { source, header } = contract.idempotency;
  const fields = fieldsIn(operation, source);
  const schema = requestSchema(name, operation.required);
  return (raw) => {
    const faults: Fault[] = [];
    const { known, unknownFields } = gatherFields(operation, raw, fields, faults);
    const parsed = schema.safeParse(known);
    if (!parsed.success) faults.push(...parsed.error.issues.map(faultOf));
    const sentId = source === "none" ? undefined : headerId(raw.requestIdentifier, header, known, faults);
    const requestId = sentId ?? (typeof known.requestId === "string" ? known.requestId : undefined);
    faults.push(...missingIds(operation, known, requestId));
    if (!parsed.success || faults.length > 0) throw badRequest(faults);
    return understood(name, parsed.data, requestId ?? null, unknownFields);
  };
}

const CUSTOMER_IDS = ["sharedCustomerId", "bangoUserId", "customerIdentifier"] as const;

/** What is missing that no single field can be blamed for. */
function missingIds(
  { operation: name, required }: ContractOperation,
  known: Readonly<Record<string, Json>>,
  requestId: string | undefined,
): Fault[] {
  const has = (field: string): boolean => Object.hasOwn(known, field);
  if (name === "echo") return [];
  if (name !== "activate")
    return has("merchantEntitlementId") || has("entitlementId")
      ? []
      : [{ field: "merchantEntitlementId", message: "or entitlementId is required" }];
  const [first, ...others] = CUSTOMER_IDS;
  return [
    ...(CUSTOMER_IDS.some(has)
      ? []
      : [{ field: first, message: `or one of ${others.join(", ")} is required` }]),
    // Something has to tell this entitlement from the customer's next one.
    ...(has("entitlementId") || required.includes("entitlementId") || requestId !== undefined
      ? []
      : [{ field: "entitlementId", message: "or a request id is required" }]),
  ];
}

function headerId(
  sent: string | undefined,
  header: string,
  known: Readonly<Record<string, Json>>,
  faults: Fault[],
): string | undefined {
  if (sent === undefined || sent === "") return undefined;
  const parsed = text.safeParse(sent);
  if (!parsed.success) faults.push(...parsed.error.issues.map(({ message }) => ({ field: header, message })));
  if (known.requestId !== undefined && sent !== known.requestId)
    faults.push({ field: "requestId", message: `differs from the header ${header}` });
  return sent;
}

function understood(
  operation: OperationName,
  body: Record<string, Json>,
  requestId: string | null,
  unknownFields: JsonObject | null,
): ParsedRequest {
  const { requestId: _requestId, merchantEntitlementId, entitlementId, ...content } = body;
  const isActivate = operation === "activate";
  return {
    operation,
    requestId,
    ref: { anyId: textOrNull(merchantEntitlementId), entitlementId: textOrNull(entitlementId) },
    // The schema of activate has just parsed it.
    activation: isActivate ? activationOf(body) : null,
    update: operation === "update" ? content : null,
    reason: reasonOf(body),
    immediate: body.immediate === true,
    echo: textOrNull(body.echoRequestId),
    unknownFields,
    content: isActivate ? { ...content, entitlementId: entitlementId ?? null } : content,
  };
}

const textOrNull = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

const faultOf = (issue: { path: readonly PropertyKey[]; message: string }): Fault => ({
  field: issue.path.map(String).join(".") || "body",
  message: issue.message,
});

/** The contract requires reseller and product of every activate: contract-faults.ts sees to that. */
const activationOf = (body: RequestBody<"activate">): ParsedRequest["activation"] => ({
  entitlementId: body.entitlementId ?? null,
  resellerId: body.resellerId ?? "",
  productKey: body.productKey ?? "",
  offerKey: body.offerKey ?? null,
  sharedCustomerId: body.sharedCustomerId ?? null,
  bangoUserId: body.bangoUserId ?? null,
  customerIdentifier: body.customerIdentifier ?? null,
  dateExpiry: body.dateExpiry ?? null,
  entitlementDisplayName: body.entitlementDisplayName ?? null,
  merchantBangoExtensionData: body.merchantBangoExtensionData ?? null,
  merchantExtensionData: body.merchantExtensionData ?? null,
  extensionData: body.extensionData ?? null,
  extraInformation: body.extraInformation ?? null,
});

function reasonOf(body: Readonly<Record<string, Json>>): Reason | null {
  const reason = {
    category: textOrNull(body.reasonCategory),
    code: textOrNull(body.reasonCode),
    description: textOrNull(body.reasonDescription),
  };
  return reason.category === null && reason.code === null && reason.description === null ? null : reason;
}
