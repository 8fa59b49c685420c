import type { State } from "../core/entitlement.js";
import { PROBLEM_CODES } from "../core/problem.js";
import type { ProblemCode } from "../core/problem.js";
import type { ContractConfig, OperationOverrides } from "./contract-schema.js";
import { OPERATIONS, OPERATION_NAMES } from "./operations.js";
import type { OperationName, OperationRoute } from "./operations.js";
import { PRESETS } from "./presets.js";
import { PROBLEMS, SUCCESSES } from "./replies.js";
import type { Meaning, SuccessKind } from "./replies.js";
import { ALIASES, FIELDS, REQUIRED } from "./request-schemas.js";

/** One operation as Bango calls it here. */
export interface ContractOperation {
  readonly operation: OperationName;
  /** Where it is false and there is a path, the path answers switchedOff. */
  readonly enabled: boolean;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string | null;
  readonly summary: string;
  readonly body: OperationRoute["body"];
  readonly changes: boolean;
  readonly success: Readonly<Record<SuccessKind, Meaning>>;
  /** The ways in which it may go well. */
  readonly kinds: readonly SuccessKind[];
  readonly late: "tell" | "leave";
  /** Our fields, and where each may stand in the body, in order of preference. */
  readonly request: Readonly<Record<string, readonly string[]>>;
  /** Names in the query, and our field that each stands for. */
  readonly query: Readonly<Record<string, string>>;
  /** Where a field of the reply goes, where that is not under its own name; null: it is left out. */
  readonly reply: Readonly<Record<string, string | null>>;
  readonly required: readonly string[];
}

/** How Bango speaks to us: preset and overrides together (2.6). */
export interface Contract {
  readonly preset: ContractConfig["preset"];
  readonly operations: Readonly<Record<OperationName, ContractOperation>>;
  readonly errors: Readonly<Record<ProblemCode, Meaning>>;
  readonly statusNames: Readonly<Partial<Record<State, string>>>;
  readonly idempotency: ContractConfig["idempotency"];
  readonly duplicatePending: ContractConfig["duplicatePending"];
}

/** The effective contract. It may still be impossible: contract-faults.ts says so. */
export function effectiveContract(config: ContractConfig): Contract {
  const preset = PRESETS[config.preset];
  const { statusNames, idempotency, duplicatePending, errors, operations } = config;
  return {
    preset: config.preset,
    operations: recordOf(OPERATION_NAMES, (name) =>
      [preset[name], operations[name]].reduce<ContractOperation>(overridden, baseOf(name)),
    ),
    errors: recordOf(PROBLEM_CODES, (code) => ({ ...PROBLEMS[code], ...given(errors[code]) })),
    statusNames,
    idempotency,
    duplicatePending,
  };
}

const recordOf = <K extends string, V>(keys: readonly K[], value: (key: K) => V): Readonly<Record<K, V>> =>
  // Every key of K is in the list.
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;

function baseOf(name: OperationName): ContractOperation {
  const route = OPERATIONS.find(({ operation }) => operation === name);
  if (!route) throw new Error(`the operations table has no ${name}`);
  const { method, path, summary, body, changes } = route;
  const fields = FIELDS[name];
  return {
    operation: name,
    enabled: true,
    method,
    path,
    summary,
    body,
    changes,
    success: SUCCESSES,
    kinds: kindsOf(route),
    late: "tell",
    request: Object.fromEntries(fields.map((field) => [field, ALIASES[field] ?? [field]])),
    query: fields.includes("entitlementId") ? { entitlementId: "entitlementId" } : {},
    reply: {},
    required: REQUIRED[name],
  };
}

function kindsOf({ operation, changes }: OperationRoute): readonly SuccessKind[] {
  if (operation === "activate") return ["ok", "created", "signUp", "queued"];
  return changes ? ["ok", "queued"] : ["ok"];
}

function overridden(base: ContractOperation, overrides: OperationOverrides | undefined): ContractOperation {
  if (overrides === undefined) return base;
  const { enabled, method, path, late, success, request, query, reply, required } = overrides;
  const successes: Successes =
    typeof success === "number"
      ? { [base.operation === "activate" ? "created" : "ok"]: success }
      : (success ?? {});
  const named = Object.entries(request ?? {}).map(([field, places]) => [field, [places].flat()] as const);
  return {
    ...base,
    ...given({ enabled, method, path, late, required }),
    body: bodyNeed(base, method ?? base.method),
    success: Object.fromEntries(
      Object.entries(base.success).map(([kind, meaning]) => [
        kind,
        { ...meaning, ...meaningOf(successes[kind as SuccessKind]) },
      ]),
    ) as ContractOperation["success"],
    request: { ...base.request, ...Object.fromEntries(named) },
    query: query === undefined ? base.query : { ...withoutFieldsOf(base.query, query), ...query },
    reply: { ...base.reply, ...reply },
  };
}

/** A body is read where the method may have one: a GET that is called by another method becomes a call with one. */
const bodyNeed = (base: ContractOperation, method: ContractOperation["method"]): OperationRoute["body"] =>
  method === "GET" ? "none" : base.body === "none" ? "optional" : base.body;

/** A field that gets another name in the query loses the one that it had. */
const withoutFieldsOf = (
  query: Readonly<Record<string, string>>,
  renamed: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(query).filter(([, field]) => !Object.values(renamed).includes(field)));

function meaningOf(success: Successes[SuccessKind]): Partial<Meaning> {
  if (success === undefined) return {};
  return typeof success === "number" ? { status: success } : given(success);
}

type Successes = Exclude<OperationOverrides["success"], number | undefined>;

/** Without what is undefined: under exactOptionalPropertyTypes that would not be the same as absent. */
function given<T extends object>(fields: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
