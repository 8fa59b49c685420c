import { MESSAGE_KINDS } from "../core/outbox.js";

/** What we may call on Bango: a message, or whether it is there. */
export const OUTBOUND_NAMES = [...MESSAGE_KINDS, "echo"] as const;
export type OutboundName = (typeof OUTBOUND_NAMES)[number];

export interface OutboundRoute {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE" | "GET";
  /** Behind the base URL; PLACEHOLDERS stand in braces. */
  readonly path: string;
}

const ONE = "/merchant-api-v1/entitlement/{entitlementId}";

/** The default outbound contract (4.1). Paths are guesses: assumption A27. */
export const OUTBOUND: Readonly<Record<OutboundName, OutboundRoute>> = {
  activate: { method: "POST", path: `${ONE}/activate` },
  terminate: { method: "POST", path: `${ONE}/terminate` },
  suspend: { method: "POST", path: `${ONE}/suspend` },
  resume: { method: "POST", path: `${ONE}/resume` },
  update: { method: "PATCH", path: ONE },
  notify: { method: "POST", path: `${ONE}/notify` },
  echo: { method: "GET", path: "/merchant-api-v1/echo/{id}" },
};

const IDS = ["requestId", "entitlementId", "merchantEntitlementId"];
const REASON = ["reasonCategory", "reasonCode", "reasonDescription"];

/** The fields that a message's body may have, by our names. */
export const OUTBOUND_FIELDS: Readonly<Record<OutboundName, readonly string[]>> = {
  activate: [...IDS, "dateActivated", "merchantExtensionData"],
  terminate: [...IDS, "immediate", "terminationDate", ...REASON],
  suspend: [...IDS, ...REASON],
  resume: [...IDS, ...REASON],
  update: [...IDS, "productKey", "merchantExtensionData"],
  notify: [...IDS, "event", "message"],
  echo: [],
};

export const REPLY_FIELDS = ["responseCode", "status"] as const;

export const REQUEST_ID_HEADER = "X-RequestIdentifier";

/** What may stand in braces in the path of a message. */
export const placeholdersOf = (name: OutboundName): readonly string[] =>
  name === "echo" ? ["id"] : ["entitlementId", "merchantEntitlementId", "activationRequestId"];
