import type { AcceptedOperation } from "../core/acceptance.js";
import type { Command } from "../core/command.js";
import type { Completion } from "../core/completion.js";
import type { Dialect } from "./dialect.js";
import { numberOf, numberOrNull, run, select, textOf, textOrNull } from "./script.js";
import type { Row, Script } from "./script.js";

/** An acceptance to be written, in the transaction that stores its 202. */
export type NewAcceptance = Omit<
  AcceptedOperation,
  "operation" | "state" | "finishedAt" | "completion" | "requestId"
> & {
  /** An alarm is raised where no completion has come by then; database clock. */
  readonly alarmInMs: number;
};

/** Of one entitlement so many are looked at, the newest. */
const ACCEPTANCES_MAX = 100;

export const insertAcceptance = (dialect: Dialect, accepted: NewAcceptance): Script<number> =>
  run(
    `INSERT INTO accepted_operation (acceptanceId, merchantEntitlementId, command, access, requestId, idempotencyKey, version, state, acceptedAt, alarmAt) VALUES (?,?,?,?,?,?,?,'waiting',?,${dialect.nowMs} + ?)`,
    [
      accepted.acceptanceId,
      accepted.merchantEntitlementId,
      JSON.stringify(accepted.command),
      accepted.access,
      accepted.command.requestId,
      accepted.idempotencyKey,
      accepted.version,
      accepted.acceptedAt,
      accepted.alarmInMs,
    ],
  );

/** Writes how it ended; its alarm is off. */
export const endAcceptance = ({
  acceptanceId,
  state,
  finishedAt,
  completion,
}: Pick<AcceptedOperation, "acceptanceId" | "state" | "finishedAt" | "completion">): Script<number> =>
  run(
    "UPDATE accepted_operation SET state = ?, finishedAt = ?, completion = ?, alarmAt = NULL WHERE acceptanceId = ?",
    [state, finishedAt, completion && JSON.stringify(completion), acceptanceId],
  );

/** Newest first. */
export function* listAcceptances(merchantEntitlementId: string): Script<AcceptedOperation[]> {
  const rows = yield* select(
    `SELECT * FROM accepted_operation WHERE merchantEntitlementId = ? ORDER BY version DESC, acceptedAt DESC LIMIT ${String(ACCEPTANCES_MAX)}`,
    [merchantEntitlementId],
  );
  return rows.map(acceptanceOf);
}

/** Those whose completion should have come. */
export function* listOverdueAcceptances(dialect: Dialect, limit: number): Script<AcceptedOperation[]> {
  const rows = yield* select(
    `SELECT * FROM accepted_operation WHERE alarmAt <= ${dialect.nowMs} ORDER BY alarmAt LIMIT ${String(limit)}`,
    [],
  );
  return rows.map(acceptanceOf);
}

/** True for the one caller, of however many processes, that is to raise the alarm. */
export function* takeAlarm(acceptanceId: string, token: string): Script<boolean> {
  yield* run(
    "UPDATE accepted_operation SET alarmAt = NULL, alarmedBy = ? WHERE acceptanceId = ? AND alarmAt IS NOT NULL",
    [token, acceptanceId],
  );
  const [row] = yield* select("SELECT alarmedBy FROM accepted_operation WHERE acceptanceId = ?", [
    acceptanceId,
  ]);
  return row !== undefined && textOrNull(row, "alarmedBy") === token;
}

/** Written by a pass that has found it so; whoever completes it meanwhile knows more, and is let be. */
export const supersedeAcceptance = (acceptanceId: string, finishedAt: number): Script<number> =>
  run(
    "UPDATE accepted_operation SET state = 'superseded', finishedAt = ?, alarmAt = NULL WHERE acceptanceId = ? AND state = 'waiting'",
    [finishedAt, acceptanceId],
  );

function acceptanceOf(row: Row): AcceptedOperation {
  const command = JSON.parse(textOf(row, "command")) as Command;
  const completion = textOrNull(row, "completion");
  return {
    acceptanceId: textOf(row, "acceptanceId"),
    merchantEntitlementId: textOf(row, "merchantEntitlementId"),
    command,
    access: textOf(row, "access") as AcceptedOperation["access"],
    requestId: textOrNull(row, "requestId"),
    idempotencyKey: textOf(row, "idempotencyKey"),
    operation: command.move,
    version: numberOf(row, "version"),
    state: textOf(row, "state") as AcceptedOperation["state"],
    acceptedAt: numberOf(row, "acceptedAt"),
    finishedAt: numberOrNull(row, "finishedAt"),
    completion: completion === null ? null : (JSON.parse(completion) as Completion),
  };
}
