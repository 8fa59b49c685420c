import type { Command } from "./command.js";
import type { Acceptance, Completes, Completion } from "./completion.js";
import type { Instant } from "./entitlement.js";
import type { HistoryEvent } from "./fold.js";
import { refusal } from "./problem.js";
import type { Refusal } from "./problem.js";

/** As it is kept. */
export interface AcceptedOperation
  extends Acceptance, Pick<Completes["acceptance"], "acceptanceId" | "access"> {
  readonly merchantEntitlementId: string;
  readonly command: Command;
  /** Of the entitlement once it was accepted. */
  readonly version: number;
  /** As first told; also of one that had been superseded by then. */
  readonly completion: Completion | null;
}

/** Everything of one entitlement that decides what has become of an acceptance. */
export interface Waited {
  /** All of the entitlement, in any order. */
  readonly acceptances: readonly AcceptedOperation[];
  readonly events: readonly HistoryEvent[];
}

const SUBJECTS: Readonly<Record<string, string>> = { update: "fields", relink: "account" };

/** What an operation is about: a later one of the same subject supersedes an earlier one (4.3). */
const subjectOf = (operation: string, kind: string | null | undefined): string =>
  operation === "block" || operation === "unblock"
    ? `block ${kind ?? ""}`
    : (SUBJECTS[operation] ?? "status");

const subjectOfEvent = ({ operation, reason }: HistoryEvent): string => subjectOf(operation, reason?.code);
const subjectOfCommand = ({ move, block }: Command): string => subjectOf(move, block?.kind);

const ends = ({ after }: HistoryEvent): boolean => after === "CANCELLED" || after === "REVOKED";

const isNewer = (one: AcceptedOperation, other: AcceptedOperation): boolean =>
  one.version > other.version || (one.version === other.version && one.acceptedAt > other.acceptedAt);

/**
 * When another operation of its subject, or the end of the entitlement, came after it; null where it still counts.
 * Whatever comes later is told the account system after it, and so decides what holds there.
 */
export function supersededAt(accepted: AcceptedOperation, { acceptances, events }: Waited): Instant | null {
  const subject = subjectOfCommand(accepted.command);
  const event = events.find(
    (one) => one.version > accepted.version && (ends(one) || subjectOfEvent(one) === subject),
  );
  if (event) return event.at;
  const newer = acceptances.find(
    (one) => isNewer(one, accepted) && subjectOfCommand(one.command) === subject,
  );
  return newer?.acceptedAt ?? null;
}

/** As it is now: a waiting one that was superseded meanwhile says so. */
export function presentAcceptance(accepted: AcceptedOperation, waited: Waited): AcceptedOperation {
  const at = accepted.state === "waiting" ? supersededAt(accepted, waited) : null;
  return at === null ? accepted : { ...accepted, state: "superseded", finishedAt: at };
}

/** Which one a completion names: by the key that the account system was given, or by the caller's request id. */
export function chooseAcceptance(
  acceptances: readonly AcceptedOperation[],
  name: string,
): AcceptedOperation | Refusal {
  const named =
    acceptances.find(({ idempotencyKey }) => idempotencyKey === name) ??
    oneOf(acceptances.filter(({ requestId }) => requestId === name));
  return named ?? refusal("notFound", "nothing of this requestId was accepted for this entitlement");
}

/** Two operations may have come under one request id. */
function oneOf(named: readonly AcceptedOperation[]): AcceptedOperation | Refusal | undefined {
  const waiting = named.filter(({ state }) => state === "waiting");
  if (waiting.length > 1)
    return refusal("conflict", "several operations of this requestId wait: name one by its idempotency key");
  return waiting[0] ?? [...named].sort((one, other) => (isNewer(one, other) ? -1 : 1))[0];
}

export type Judgement =
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  /** It changes nothing: completed so already, or superseded. */
  | { readonly kind: "recorded"; readonly acceptance: AcceptedOperation }
  | { readonly kind: "applies" };

/** What a completion comes to, by what has happened since. */
export function judgeCompletion({ acceptance, ...completion }: Completes, waited: Waited): Judgement {
  const stored = waited.acceptances.find((one) => one.acceptanceId === acceptance.acceptanceId);
  if (stored === undefined)
    return { kind: "refuse", refusal: refusal("notFound", "nothing of this requestId was accepted") };
  const present = presentAcceptance(stored, waited);
  switch (present.state) {
    case "waiting":
      return { kind: "applies" };
    case "superseded":
      return { kind: "recorded", acceptance: { ...present, completion: present.completion ?? completion } };
    default:
      return present.completion?.outcome === completion.outcome &&
        present.completion.terminationDate === completion.terminationDate
        ? { kind: "recorded", acceptance: present }
        : { kind: "refuse", refusal: refusal("conflict", `it was completed as ${present.state} already`) };
  }
}
