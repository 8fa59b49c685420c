import { STATES } from "../../core/entitlement.js";
import type { JsonObject, State } from "../../core/entitlement.js";
import { compareMessage } from "./compare-message.js";
import { compareOperation } from "./compare-operation.js";
import type { Compared } from "./compare-operation.js";
import { settingsOf } from "./difference.js";
import type { Difference } from "./difference.js";
import { readDocument } from "./foreign-document.js";
import type { ForeignOperation } from "./foreign-document.js";
import { isOutbound, matchOperations } from "./match-operations.js";
import type { Match, Unmatched } from "./match-operations.js";
import type { PresentContract } from "./present-contract.js";
import { folded, requestIdHeader, stateNames } from "./words.js";

/** How a document of Bango's differs from our contract, and which keys make the difference go away. */
export interface ContractDiff {
  readonly matched: readonly { readonly ours: string; readonly document: string }[];
  readonly differences: readonly Difference[];
  /** Ready to paste into mia.config.json. */
  readonly settings: JsonObject;
  readonly unmatched: readonly Unmatched[];
}

export type ContractDiffResult =
  { readonly diff: ContractDiff; readonly fault: null } | { readonly diff: null; readonly fault: string };

/** `root`: the document, parsed from JSON or YAML. */
export function diffContract(root: unknown, present: PresentContract): ContractDiffResult {
  const { operations, fault } = readDocument(root);
  if (operations === null) return { diff: null, fault };
  const [inbound, outbound] = [diffInbound, diffOutbound].map((diff) => diff(operations, present)) as [
    Side,
    Side,
  ];
  const differences = [...inbound.differences, ...outbound.differences];
  return {
    diff: {
      matched: [...inbound.matched, ...outbound.matched],
      differences,
      settings: settingsOf(differences),
      unmatched: [...inbound.unmatched, ...outbound.unmatched],
    },
    fault: null,
  };
}

type Side = Omit<ContractDiff, "settings">;
const EMPTY: Side = { matched: [], differences: [], unmatched: [] };

/** What Bango calls on us. */
function diffInbound(all: readonly ForeignOperation[], present: PresentContract): Side {
  const foreign = all.filter((one) => !isOutbound(one));
  if (foreign.length === 0) return EMPTY;
  const byName = new Map(present.operations.map((one) => [one.name, one]));
  const { matched, unmatched } = matchOperations(foreign, [...byName.keys()], (name) =>
    routeOf(byName, name),
  );
  const compared = matched.map(({ name, foreign: one }) => compareOperation(got(byName, name), one));
  const changing = matched.filter(({ name }) => got(byName, name).changes).map(({ foreign: one }) => one);
  const statuses = compareStatuses(compared, present.statusNames, ["contract", "statusNames"]);
  return {
    matched: titles(matched),
    differences: [
      ...compared.flatMap(({ differences }) => differences),
      ...statuses.differences,
      ...compareIdempotency(changing, present.requestId),
    ],
    unmatched: [
      ...unmatched.filter(({ side, what }) => side === "document" || !isOff(present, what)),
      ...compared.flatMap((one) => one.unmatched),
      ...statuses.unmatched,
    ],
  };
}

/** What is switched off here need not be in the document. */
const isOff = ({ operations }: PresentContract, what: string): boolean =>
  operations.some(({ name, enabled }) => name === what && !enabled);

/** What we call on Bango; nothing is said of our messages where the document is not about them. */
function diffOutbound(all: readonly ForeignOperation[], present: PresentContract): Side {
  const foreign = all.filter(isOutbound);
  if (foreign.length === 0) return EMPTY;
  const byName = new Map(present.messages.map((one) => [one.name, one]));
  const { matched, unmatched } = matchOperations(foreign, [...byName.keys()], (name) =>
    routeOf(byName, name),
  );
  const compared = matched.map(({ name, foreign: one }) => compareMessage(got(byName, name), one));
  const header = requestIdHeader(matched.flatMap(({ foreign: one }) => one.headers));
  const at = ["bango", "statusNames"];
  const statuses = compareStatuses(compared, present.outboundStatusNames, at);
  return {
    matched: titles(matched),
    differences: [
      ...compared.flatMap(({ differences }) => differences),
      ...statuses.differences,
      ...compareHeader(header, present.outboundRequestIdHeader, ["bango", "requestIdHeader"]),
    ],
    unmatched: [
      ...unmatched.map((one) =>
        one.side === "ours"
          ? {
              ...one,
              what: `message ${one.what}`,
              reason: `${one.reason}; where Bango has none, set bango.operations.${one.what}.enabled to false`,
            }
          : one,
      ),
      ...compared.flatMap((one) => one.unmatched),
      ...statuses.unmatched,
    ],
  };
}

function got<Name, Value>(map: ReadonlyMap<Name, Value>, name: Name): Value {
  const value = map.get(name);
  if (value === undefined) throw new Error("a name that is none of ours was matched");
  return value;
}

const routeOf = <Name, Route extends { readonly method: string; readonly path: string }>(
  map: ReadonlyMap<Name, Route>,
  name: Name,
): Route => got(map, name);

const titles = (matched: readonly Match<string>[]): ContractDiff["matched"] =>
  matched.map(({ name, foreign: { method, path } }) => ({ ours: name, document: `${method} ${path}` }));

/** All calls of one side have one list of names. */
function compareStatuses(
  compared: readonly Compared[],
  present: Readonly<Record<State, string>>,
  at: readonly string[],
): Pick<Side, "differences" | "unmatched"> {
  const values = [...new Set(compared.flatMap(({ statuses }) => statuses))];
  if (values.length === 0) return { differences: [], unmatched: [] };
  const here = STATES.filter((state) => !values.includes(present[state]));
  const names = stateNames(values);
  return {
    differences: here.flatMap((state): Difference[] =>
      names[state] === undefined
        ? []
        : [{ key: [...at, state], value: names[state], present: present[state], from: null }],
    ),
    unmatched: here
      .filter((state) => names[state] === undefined)
      .map((state): Unmatched => ({
        side: "ours",
        what: `status ${state}`,
        reason: `the document has no such status among ${values.join(", ")}`,
      })),
  };
}

/** Where calls that change something have the id of their request: in the body, in a header, or nowhere. */
function compareIdempotency(
  changing: readonly ForeignOperation[],
  present: PresentContract["requestId"],
): Difference[] {
  if (changing.length === 0) return [];
  const at = ["contract", "idempotency"];
  const header = requestIdHeader(changing.flatMap(({ headers }) => headers));
  const isInBody = changing.some(({ request }) =>
    request?.fields.some(({ steps }) => folded(steps.at(-1) ?? "") === "requestid"),
  );
  const isShown = changing.some(({ request }) => (request?.fields.length ?? 0) > 0);
  const source = (value: string): Difference[] =>
    !isShown || value === present.source
      ? []
      : [{ key: [...at, "source"], value, present: present.source, from: null }];
  if (header === null) return source(isInBody ? "body" : "none");
  return [
    ...source(isInBody ? "body" : "header"),
    ...compareHeader(header, present.header, [...at, "header"]),
  ];
}

const compareHeader = (header: string | null, present: string, key: readonly string[]): Difference[] =>
  header === null || header.toLowerCase() === present.toLowerCase()
    ? []
    : [{ key, value: header, present, from: null }];
