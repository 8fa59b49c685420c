import type { z } from "zod";
import type { Activation, Update } from "../core/command.js";
import { sameJson } from "../core/fold.js";
import type { Json, JsonObject, Reason } from "../core/entitlement.js";
import { problem } from "../core/problem.js";
import type { Problem } from "../core/problem.js";
import type { OperationName } from "./operations.js";
import { ALIASES, REQUEST_SCHEMAS } from "./request-schemas.js";
import type { RequestBody } from "./request-schemas.js";

/** A call as it came, taken apart by HTTP. */
export interface RawRequest {
  readonly operation: OperationName;
  readonly pathId: string | undefined;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: JsonObject;
  /** Header X-RequestIdentifier. */
  readonly requestIdentifier: string | undefined;
}

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
  /** As received, null where there are none. */
  readonly unknownFields: JsonObject | null;
  /** What two equal calls have in common, without request id and the ways to name the entitlement. */
  readonly content: JsonObject;
}

export interface Fault {
  readonly field: string;
  readonly message: string;
}

export function badRequest(faults: readonly Fault[]): Problem {
  const text = faults.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return problem("badRequest", text, { faults: faults.map(({ field, message }) => ({ field, message })) });
}

/** Throws Problem `badRequest` with every fault that was found. */
export function parseRequest(raw: RawRequest): ParsedRequest {
  const faults: Fault[] = [];
  const { known, unknownFields } = sortFields(raw, faults);
  const parsed = (REQUEST_SCHEMAS[raw.operation] as z.ZodType).safeParse(known);
  if (!parsed.success) faults.push(...parsed.error.issues.map(faultOf));
  if (raw.operation === "activate" && !CUSTOMER_IDS.some((name) => name in known))
    faults.push({
      field: "sharedCustomerId",
      message: `or one of ${CUSTOMER_IDS.slice(1).join(", ")} is required`,
    });
  const requestId = requestIdOf(raw, known, faults);
  const anyId = agreed("merchantEntitlementId", raw.pathId, known.merchantEntitlementId, faults);
  if (raw.operation === "update" && anyId === undefined && known.entitlementId === undefined)
    faults.push({ field: "merchantEntitlementId", message: "or entitlementId is required" });
  if (!parsed.success || faults.length > 0) throw badRequest(faults);
  const body = parsed.data as Record<string, Json>;
  const { requestId: _requestId, merchantEntitlementId: _anyId, entitlementId, ...content } = body;
  const isActivate = raw.operation === "activate";
  return {
    operation: raw.operation,
    requestId: requestId ?? null,
    ref: { anyId: anyId ?? null, entitlementId: (entitlementId as string | undefined) ?? null },
    // The schema of activate has just parsed it.
    activation: isActivate ? activationOf(body as unknown as RequestBody<"activate">) : null,
    update: raw.operation === "update" ? content : null,
    reason: reasonOf(body),
    immediate: body.immediate === true,
    unknownFields,
    content: isActivate ? { ...content, entitlementId: entitlementId ?? null } : content,
  };
}

/** Replaces aliases by our names, drops what counts as absent, and keeps the rest apart. */
function sortFields(
  raw: RawRequest,
  faults: Fault[],
): { known: Record<string, Json>; unknownFields: JsonObject | null } {
  const schema = REQUEST_SCHEMAS[raw.operation];
  const rest = new Map(Object.entries(raw.body));
  if (raw.query.entitlementId !== undefined && "entitlementId" in schema.shape)
    rest.set("entitlementId", agreedField("entitlementId", raw.query.entitlementId as Json, rest, faults));
  const known: Record<string, Json> = {};
  for (const name of Object.keys(schema.shape)) {
    const sent = (ALIASES[name] ?? [name]).filter((alias) => rest.has(alias));
    const values = sent
      .map((alias) => rest.get(alias))
      .filter((value) => !isAbsent(value, name, raw.operation));
    for (const alias of sent) rest.delete(alias);
    const [value] = values;
    if (value === undefined) continue;
    if (!values.every((other) => sameJson(other, value)))
      faults.push({ field: name, message: `sent more than once with different values (${sent.join(", ")})` });
    known[name] = value;
  }
  return { known, unknownFields: rest.size === 0 ? null : Object.fromEntries(rest) };
}

function agreedField(name: string, value: Json, fields: ReadonlyMap<string, Json>, faults: Fault[]): Json {
  const other = fields.get(name);
  if (other !== undefined && folded(other) !== folded(value))
    faults.push({ field: name, message: "differs between the query and the body" });
  return value;
}

const folded = (value: Json): string => JSON.stringify(value).toLowerCase();

const CUSTOMER_IDS = ["sharedCustomerId", "bangoUserId", "customerIdentifier"] as const;
const REQUIRED: ReadonlySet<string> = new Set(["entitlementId", "resellerId", "productKey"]);

/** `null` and `""` count as absent, but null clears in an update, and a required field may not be empty. */
function isAbsent(value: Json | undefined, name: string, operation: OperationName): boolean {
  if (value === undefined) return true;
  if (value === null) return operation !== "update" || name.endsWith("Id");
  return value === "" && !(operation === "activate" && REQUIRED.has(name));
}

function requestIdOf(raw: RawRequest, known: Record<string, Json>, faults: Fault[]): string | undefined {
  const header = raw.requestIdentifier === "" ? undefined : raw.requestIdentifier;
  if (header !== undefined) {
    const parsed = REQUEST_SCHEMAS.echo.safeParse({ requestId: header });
    if (!parsed.success)
      faults.push(...parsed.error.issues.map(({ message }) => ({ field: "X-RequestIdentifier", message })));
  }
  if (header !== undefined && known.requestId !== undefined && header !== known.requestId)
    faults.push({ field: "requestId", message: "differs from the header X-RequestIdentifier" });
  return header ?? (typeof known.requestId === "string" ? known.requestId : undefined);
}

function agreed(
  name: string,
  path: string | undefined,
  field: Json | undefined,
  faults: Fault[],
): string | undefined {
  if (path !== undefined) {
    const parsed = REQUEST_SCHEMAS.read.shape.merchantEntitlementId.safeParse(path);
    if (!parsed.success) faults.push(...parsed.error.issues.map(({ message }) => ({ field: name, message })));
    if (field !== undefined && field !== path)
      faults.push({ field: name, message: "differs between path and body" });
    return path;
  }
  return typeof field === "string" ? field : undefined;
}

const faultOf = (issue: {
  path: readonly PropertyKey[];
  message: string;
  code?: string;
  input?: unknown;
}): Fault => ({
  field: issue.path.map(String).join(".") || "body",
  message: issue.message,
});

const activationOf = (body: RequestBody<"activate">): ParsedRequest["activation"] => ({
  entitlementId: body.entitlementId,
  resellerId: body.resellerId,
  productKey: body.productKey,
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
  const part = (name: string): string | null => (typeof body[name] === "string" ? body[name] : null);
  const reason = {
    category: part("reasonCategory"),
    code: part("reasonCode"),
    description: part("reasonDescription"),
  };
  return reason.category === null && reason.code === null && reason.description === null ? null : reason;
}
