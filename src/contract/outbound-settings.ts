import type { State } from "../core/entitlement.js";
import type { OutboundName, OutboundRoute } from "./outbound.js";
import type { OutcomeRule } from "./outbound-outcomes.js";
import type { FieldPath } from "./pointer.js";

/** How one message goes to Bango, as far as it differs from the default. */
export interface OutboundOperation {
  /** False: Bango has no such call, and is not told. */
  readonly enabled?: boolean | undefined;
  readonly method?: OutboundRoute["method"] | undefined;
  readonly path?: string | undefined;
  /** Where a field of ours goes in the body; null leaves it out. */
  readonly request?: Readonly<Record<string, FieldPath | null>> | undefined;
  readonly reply?:
    { readonly responseCode?: FieldPath | undefined; readonly status?: FieldPath | undefined } | undefined;
}

/** The outbound contract as the configuration has it: only what differs from the default (4.1). */
export interface OutboundSettings {
  readonly operations?: Readonly<Partial<Record<OutboundName, OutboundOperation | undefined>>> | undefined;
  /** Asked before the default rules, in order. */
  readonly outcomes?: readonly OutcomeRule[] | undefined;
  readonly requestIdHeader?: string | undefined;
  /** What Bango calls a state of ours. */
  readonly statusNames?: Readonly<Partial<Record<State, string | undefined>>> | undefined;
}

/** What one reseller's route has of its own goes before what all have, key by key; its outcome rules come first. */
export function mergeSettings(shared: OutboundSettings, own: OutboundSettings): OutboundSettings {
  const names = Object.keys({ ...shared.operations, ...own.operations }) as OutboundName[];
  return {
    operations: Object.fromEntries(
      names.map((name) => [name, mergeOperation(shared.operations?.[name], own.operations?.[name])]),
    ),
    outcomes: [...(own.outcomes ?? []), ...(shared.outcomes ?? [])],
    requestIdHeader: own.requestIdHeader ?? shared.requestIdHeader,
    statusNames: { ...shared.statusNames, ...own.statusNames },
  };
}

const mergeOperation = (
  shared: OutboundOperation | undefined,
  own: OutboundOperation | undefined,
): OutboundOperation => ({
  enabled: own?.enabled ?? shared?.enabled,
  method: own?.method ?? shared?.method,
  path: own?.path ?? shared?.path,
  request: { ...shared?.request, ...own?.request },
  reply: {
    responseCode: own?.reply?.responseCode ?? shared?.reply?.responseCode,
    status: own?.reply?.status ?? shared?.reply?.status,
  },
});
