import type { Json, JsonObject } from "../core/entitlement.js";
import type { ProblemCode, Refusal } from "../core/problem.js";
import type { Contract, ContractOperation } from "./contract.js";
import type { OperationName } from "./operations.js";
import { writeAt } from "./pointer.js";
import { PROBLEMS, SUCCESSES, problemReply } from "./replies.js";
import type { Meaning, Reply, SuccessKind } from "./replies.js";

/**
 * Says our replies as the contract wants them. They are made, and kept in the journal, under our own names, so that
 * a changed contract changes what a repeat looks like and not what it says (ADR 13).
 */
export interface Wire {
  readonly reply: (operation: OperationName, reply: Reply) => Reply;
  /** `operation`: null where the call was of none. */
  readonly problem: (operation: OperationName | null, refusal: Refusal) => Reply;
}

export function makeWire(contract: Contract): Wire {
  const own = new Set(
    Object.values(contract.operations)
      .filter((operation) => isOurs(contract, operation))
      .map(({ operation }) => operation),
  );
  const said = (
    operation: ContractOperation | null,
    reply: Reply,
    { status, responseCode }: Meaning,
  ): Reply => ({
    ...reply,
    status,
    body: JSON.stringify(renamed(contract, operation, { ...parse(reply.body), responseCode })),
  });
  return {
    reply(name, reply) {
      if (own.has(name)) return reply;
      const operation = contract.operations[name];
      const kind = kindOf(reply);
      return said(operation, reply, kind === "declined" ? contract.errors.declined : operation.success[kind]);
    },
    problem(name, refusal) {
      const reply = problemReply(refusal);
      if (name !== null && own.has(name)) return reply;
      return said(name && contract.operations[name], reply, contract.errors[refusal.code]);
    },
  };
}

/** Whether an operation's replies, refusals too, are as we make them, so that their bytes need no second look. */
function isOurs({ statusNames, errors }: Contract, { success, reply }: ContractOperation): boolean {
  const same = (left: Meaning, right: Meaning): boolean =>
    left.status === right.status && left.responseCode === right.responseCode;
  return (
    Object.keys(statusNames).length === 0 &&
    Object.keys(reply).length === 0 &&
    Object.entries(SUCCESSES).every(([kind, meaning]) => same(success[kind as SuccessKind], meaning)) &&
    Object.entries(PROBLEMS).every(([code, meaning]) => same(errors[code as ProblemCode], meaning))
  );
}

const parse = (body: string): JsonObject => JSON.parse(body) as JsonObject;

/** Which of our replies this is. What is declined is kept in the journal like a success (2.5.5). */
function kindOf({ status, body }: Reply): SuccessKind | "declined" {
  switch (status) {
    case SUCCESSES.created.status:
      return "created";
    case SUCCESSES.ok.status:
      return "ok";
    case SUCCESSES.signUp.status:
      return parse(body).responseCode === SUCCESSES.signUp.responseCode ? "signUp" : "queued";
    default:
      return "declined";
  }
}

function renamed(
  { statusNames }: Contract,
  operation: ContractOperation | null,
  body: JsonObject,
): Record<string, Json> {
  const out: Record<string, Json> = {};
  const names: Readonly<Record<string, string | undefined>> = statusNames;
  for (const [name, value] of Object.entries(body)) {
    const place = operation?.reply[name];
    if (place === null) continue;
    const isStatus = name === "status" && typeof value === "string";
    writeAt(out, place ?? name, isStatus ? (names[value] ?? value) : value);
  }
  return out;
}
