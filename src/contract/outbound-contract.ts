import { STATES } from "../core/entitlement.js";
import type { Json, JsonObject, State } from "../core/entitlement.js";
import type { DeliveryOutcome } from "../core/outbox.js";
import { OUTBOUND, REQUEST_ID_HEADER } from "./outbound.js";
import type { OutboundName, OutboundRoute } from "./outbound.js";
import { DEFAULT_OUTCOMES, outcomeOf, renamed } from "./outbound-outcomes.js";
import type { Heard } from "./outbound-outcomes.js";
import type { OutboundOperation, OutboundSettings } from "./outbound-settings.js";
import { readAt, writeAt } from "./pointer.js";

/** A message as it goes on the wire, behind the base URL. */
export interface OutboundCall {
  readonly method: OutboundRoute["method"];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; null where the call has no body. */
  readonly body: string | null;
}

/** A message in our words. */
export interface OutboundMessage {
  readonly kind: OutboundName;
  /** What may stand in the path, by placeholder. */
  readonly ids: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly body: JsonObject;
}

/** How one route of Bango's is called: the default with what the configuration changes in it. */
export interface OutboundContract {
  readonly sends: (kind: OutboundName) => boolean;
  readonly callOf: (message: OutboundMessage) => OutboundCall;
  /** `text`: the body of the answer, whatever it is. */
  readonly heard: (kind: OutboundName, httpStatus: number, text: string) => Heard;
  readonly outcomeOf: (
    told: { readonly kind: OutboundName; readonly goal: State | null; readonly present: State | null },
    heard: Heard,
  ) => DeliveryOutcome;
  /** Our state of Bango's name; the first where several have one name, null where none has it. */
  readonly stateOf: (status: string | null) => State | null;
}

export function outboundContract(settings: OutboundSettings): OutboundContract {
  const nameOf = (state: State): string => settings.statusNames?.[state] ?? state;
  const named = (state: State | null): string | null => state && nameOf(state);
  const operation = (kind: OutboundName): OutboundOperation => settings.operations?.[kind] ?? {};
  const rules = [...(settings.outcomes ?? []), ...renamed(DEFAULT_OUTCOMES, nameOf)];
  const requestIdHeader = (settings.requestIdHeader ?? REQUEST_ID_HEADER).toLowerCase();
  return {
    sends: (kind) => operation(kind).enabled ?? true,
    callOf: (message) => {
      const { method = OUTBOUND[message.kind].method, path = OUTBOUND[message.kind].path } = operation(
        message.kind,
      );
      const body = bodyOf(method, shaped(message.body, operation(message.kind)));
      return {
        method,
        path: path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(message.ids[name] ?? "")),
        headers: {
          [requestIdHeader]: message.requestId,
          ...(body === null ? {} : { "content-type": "application/json" }),
        },
        body,
      };
    },
    heard: (kind, httpStatus, text) => {
      const body = parse(text);
      const { responseCode = "responseCode", status = "status" } = operation(kind).reply ?? {};
      return {
        httpStatus,
        responseCode: textIn(readAt(body, responseCode)),
        status: textIn(readAt(body, status)),
      };
    },
    outcomeOf: ({ kind, goal, present }, heard) =>
      outcomeOf(rules, { message: kind, goal: named(goal), present: named(present) }, heard),
    stateOf: (status) => STATES.find((state) => nameOf(state) === status) ?? null,
  };
}

function shaped(body: JsonObject, { request = {} }: OutboundOperation): JsonObject {
  const made: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    const path = Object.hasOwn(request, name) ? request[name] : name;
    if (path !== null && path !== undefined) writeAt(made, path, value);
  }
  return made;
}

/** A DELETE of which everything is said in its path has no body: some servers refuse one. */
function bodyOf(method: OutboundRoute["method"], body: JsonObject): string | null {
  if (method === "GET" || (method === "DELETE" && Object.keys(body).length === 0)) return null;
  return JSON.stringify(body);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Codes may come as numbers. */
function textIn(value: Json | undefined): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : null;
}
