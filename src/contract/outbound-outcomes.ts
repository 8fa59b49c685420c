import type { State } from "../core/entitlement.js";
import type { DeliveryOutcome } from "../core/outbox.js";
import type { OutboundName } from "./outbound.js";

/** One line of `bango.outcomes`. What it leaves out fits everything. */
export interface OutcomeRule {
  readonly message?: OutboundName | undefined;
  /** One, an inclusive range, or a hundred of them, as `4xx`. */
  readonly httpStatus: number | readonly [from: number, to: number] | string;
  readonly responseCode?: string | undefined;
  /**
   * The answer's own `status` as Bango spells it: one of these; `goal`, the state that the message tells of; or
   * `present`, the state that the entitlement is in when the message is sent.
   */
  readonly status?: string | readonly string[] | undefined;
  readonly outcome: DeliveryOutcome;
}

/** What 4.1 says, in our names of the states. The first rule that fits decides; where none does, a message is dead. */
export const DEFAULT_OUTCOMES: readonly OutcomeRule[] = [
  { httpStatus: "2xx", outcome: "delivered" },
  { httpStatus: 409, responseCode: "ALREADY_EXISTS", outcome: "delivered" },
  { httpStatus: 409, status: "goal", outcome: "delivered" },
  { httpStatus: 409, status: ["CANCELLED", "REVOKED"], outcome: "ended" },
  { httpStatus: 410, outcome: "ended" },
  { httpStatus: 401, outcome: "stop" },
  { httpStatus: 408, outcome: "retry" },
  { httpStatus: 425, outcome: "retry" },
  { httpStatus: 429, outcome: "retry" },
  { httpStatus: "5xx", outcome: "retry" },
];

/** What was told, as far as the rules ask. States in Bango's names. */
export interface Told {
  readonly message: OutboundName;
  readonly goal: string | null;
  readonly present: string | null;
}

/** What came back; `httpStatus` is null where no answer came, for whatever reason. */
export interface Heard {
  readonly httpStatus: number | null;
  readonly responseCode: string | null;
  readonly status: string | null;
}

export function outcomeOf(rules: readonly OutcomeRule[], told: Told, heard: Heard): DeliveryOutcome {
  const { httpStatus } = heard;
  if (httpStatus === null) return "retry";
  const rule = rules.find(
    (one) =>
      (one.message === undefined || one.message === told.message) &&
      isWithin(httpStatus, rangeOf(one.httpStatus)) &&
      (one.responseCode === undefined || one.responseCode === heard.responseCode) &&
      (one.status === undefined || fitsStatus(one.status, told, heard.status)),
  );
  return rule?.outcome ?? "dead";
}

const isWithin = (value: number, [from, to]: readonly [number, number]): boolean =>
  from <= value && value <= to;

/** Inclusive. */
function rangeOf(httpStatus: OutcomeRule["httpStatus"]): readonly [from: number, to: number] {
  if (typeof httpStatus === "number") return [httpStatus, httpStatus];
  if (typeof httpStatus !== "string") return httpStatus;
  const from = Number(httpStatus.charAt(0)) * 100;
  return [from, from + 99];
}

function fitsStatus(wanted: string | readonly string[], told: Told, status: string | null): boolean {
  if (status === null) return false;
  if (wanted === "goal") return status === told.goal;
  if (wanted === "present") return status === told.present;
  return typeof wanted === "string" ? status === wanted : wanted.includes(status);
}

/** The same rules for a Bango that calls the states otherwise. */
export const renamed = (rules: readonly OutcomeRule[], nameOf: (state: State) => string): OutcomeRule[] =>
  rules.map((rule) =>
    Array.isArray(rule.status) ? { ...rule, status: (rule.status as State[]).map(nameOf) } : rule,
  );
