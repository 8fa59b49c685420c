import type { MessageKind } from "../core/outbox.js";

export interface OutboundRoute {
  readonly method: "POST" | "PATCH" | "GET";
  /** `{entitlementId}` is Bango's id. */
  readonly path: string;
}

const ONE = "/merchant-api-v1/entitlement/{entitlementId}";

/** The default outbound contract (4.1). Paths are guesses: assumption A27. */
export const OUTBOUND: Readonly<Record<MessageKind | "echo", OutboundRoute>> = {
  activate: { method: "POST", path: `${ONE}/activate` },
  terminate: { method: "POST", path: `${ONE}/terminate` },
  suspend: { method: "POST", path: `${ONE}/suspend` },
  resume: { method: "POST", path: `${ONE}/resume` },
  update: { method: "PATCH", path: ONE },
  notify: { method: "POST", path: `${ONE}/notify` },
  echo: { method: "GET", path: "/merchant-api-v1/echo/{id}" },
};

/** What becomes of a message after one attempt. `stop`: the credential is refused, so nothing else is tried either. */
export type DeliveryOutcome = "delivered" | "ended" | "retry" | "dead" | "stop";

export interface OutcomeRule {
  /** Inclusive. */
  readonly statuses: readonly [from: number, to: number];
  readonly responseCode?: string;
  /** The `status` field of the answer: one of these, or what the message wanted. */
  readonly bodyStatus?: readonly string[] | "goal";
  readonly outcome: DeliveryOutcome;
}

/** The first rule that fits decides. */
export const OUTCOME_RULES: readonly OutcomeRule[] = [
  { statuses: [200, 299], outcome: "delivered" },
  { statuses: [409, 409], responseCode: "ALREADY_EXISTS", outcome: "delivered" },
  { statuses: [409, 409], bodyStatus: "goal", outcome: "delivered" },
  { statuses: [409, 409], bodyStatus: ["CANCELLED", "REVOKED"], outcome: "ended" },
  { statuses: [410, 410], outcome: "ended" },
  { statuses: [401, 401], outcome: "stop" },
  { statuses: [408, 408], outcome: "retry" },
  { statuses: [425, 425], outcome: "retry" },
  { statuses: [429, 429], outcome: "retry" },
  { statuses: [500, 599], outcome: "retry" },
];

/** `answer.status`: null where no answer came, for whatever reason. */
export function outcomeOf(
  goalStatus: string | null,
  answer: {
    readonly status: number | null;
    readonly responseCode: string | null;
    readonly bodyStatus: string | null;
  },
): DeliveryOutcome {
  const { status } = answer;
  if (status === null) return "retry";
  const rule = OUTCOME_RULES.find(
    ({ statuses: [from, to], responseCode, bodyStatus }) =>
      status >= from &&
      status <= to &&
      (responseCode === undefined || responseCode === answer.responseCode) &&
      (bodyStatus === undefined ||
        (answer.bodyStatus !== null &&
          (bodyStatus === "goal"
            ? answer.bodyStatus === goalStatus
            : bodyStatus.includes(answer.bodyStatus)))),
  );
  return rule?.outcome ?? "dead";
}
