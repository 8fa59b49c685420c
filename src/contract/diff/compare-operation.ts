import { comparing } from "./comparing.js";
import { pathOf } from "../pointer.js";
import type { Difference } from "./difference.js";
import type { ForeignOperation } from "./foreign-document.js";
import type { ForeignBody, ForeignField } from "./foreign-schema.js";
import { matchFields } from "./match-fields.js";
import type { Unmatched } from "./match-operations.js";
import { renamedPath } from "./match-path.js";
import type { PresentOperation } from "./present-contract.js";

export interface Compared {
  readonly differences: readonly Difference[];
  readonly unmatched: readonly Unmatched[];
  /** What the status may be, by the document. */
  readonly statuses: readonly string[];
}

/** A contract that does not require them would be refused at start. */
const NEVER_LESS: readonly string[] = ["resellerId", "productKey"];

/** What has to be set for one operation that Bango calls to be as the document has it. */
export function compareOperation(ours: PresentOperation, theirs: ForeignOperation): Compared {
  const at = ["contract", "operations", ours.name];
  const { differ, leftOver } = comparing(at, theirs);
  const { path, unknown } = renamedPath(theirs, ours.placeholders);
  const request = compareRequest(ours, theirs);
  const query = compareQuery(ours, theirs);
  const reply = compareReply(ours, theirs);
  const success = compareSuccess(ours, theirs);
  return {
    differences: [
      ...differ(["enabled"], true, ours.enabled),
      ...differ(["method"], theirs.method, ours.method),
      // A path with a parameter that we cannot fill would be refused at start.
      ...(unknown.length === 0 ? differ(["path"], path, ours.path) : []),
      ...success.flatMap(([role, status]) => differ(["success", role], status, ours.success[role] ?? null)),
      ...request.moved.flatMap(([name, value]) =>
        differ(["request", name], [value], [...(ours.request[name] ?? [])]),
      ),
      ...query.added.flatMap(([name, field]) => differ(["query", name], field, null)),
      ...reply.moved.flatMap(([name, value]) => differ(["reply", name], value, ours.reply[name] ?? null)),
      ...differ(["required"], request.required, [...ours.required]),
    ],
    unmatched: [
      ...unknown.map((name) =>
        leftOver(`{${name}}`, `nothing of ours stands for it: write ${[...at, "path"].join(".")} by hand`),
      ),
      ...request.left.map((name) => leftOver(name, "no field of ours; it is kept as an unknown field")),
      ...query.left.map((name) => leftOver(`?${name}`, "no field of ours; it is not read")),
      ...reply.left.map((name) => leftOver(name, "every answer has it there, and we have nothing for it")),
      ...missingStatuses(ours, theirs).map((what) => leftOver(what.what, what.reason)),
    ],
    statuses: reply.statuses,
  };
}

const NOTHING: ForeignBody = { fields: [], closed: false };

function compareRequest(ours: PresentOperation, { request, query, path }: ForeignOperation) {
  const body = request ?? NOTHING;
  const { matched, left } = matchFields(body.fields, ours.request);
  const elsewhere = new Set(
    query
      .filter(({ required }) => required)
      .flatMap(({ steps: [name = ""] }) => queryField(ours, name) ?? []),
  );
  const isCertain = (name: string): boolean =>
    matched.get(name)?.required === true || elsewhere.has(name) || path.includes(`{${name}}`);
  return {
    moved: [...matched].flatMap(([name, { steps }]): [string, string][] =>
      ours.request[name]?.includes(pathOf(steps)) === true ? [] : [[name, pathOf(steps)]],
    ),
    // Asking for less than Bango always sends refuses nothing; asking for more would.
    required:
      request === null
        ? [...ours.required]
        : ours.required.filter((name) => NEVER_LESS.includes(name) || isCertain(name)),
    left: outermost(left).map(({ steps }) => pathOf(steps)),
  };
}

function compareQuery(ours: PresentOperation, { query, path }: ForeignOperation) {
  const added: [string, string][] = [];
  const left: string[] = [];
  for (const { steps } of query) {
    const [name = ""] = steps;
    if (Object.hasOwn(ours.query, name)) continue;
    const field = queryField(ours, name);
    if (field === null) left.push(name);
    else added.push([name, field]);
  }
  const [only = ""] = left;
  const [id = ""] = ours.placeholders;
  // Where the path names no entitlement, the one parameter that is left does, whatever it is called.
  const isNamed = added.length > 0 || Object.values(ours.query).includes(id) || path.includes("{");
  return left.length === 1 && !isNamed && id in ours.request
    ? { added: [[only, id]] as [string, string][], left: [] }
    : { added, left };
}

/** Which of our fields a query parameter is. */
const queryField = (ours: PresentOperation, name: string): string | null => {
  const field: ForeignField = { steps: [name], required: false, values: [] };
  return [...matchFields([field], ours.request).matched.keys()][0] ?? null;
};

function compareReply(ours: PresentOperation, { success }: ForeignOperation) {
  const fields = success.flatMap(({ body }) => body?.fields ?? []);
  const places = Object.fromEntries(
    Object.entries(ours.reply).map(([name, path]) => [name, path === null ? [] : [path]]),
  );
  const { matched, left } = matchFields(fields, places);
  return {
    moved: [...matched].flatMap(([name, { steps }]): [string, string][] =>
      ours.reply[name] === pathOf(steps) ? [] : [[name, pathOf(steps)]],
    ),
    left: outermost(left)
      .filter(({ required }) => required)
      .map(({ steps }) => pathOf(steps)),
    statuses: fields.filter(({ steps }) => samePlace(steps, matched.get("status"))).flatMap(valuesOf),
  };
}

const samePlace = (steps: readonly string[], field: ForeignField | undefined): boolean =>
  field !== undefined && pathOf(steps) === pathOf(field.steps);
const valuesOf = ({ values }: ForeignField): readonly string[] => values;

/** An object that is left over whole is named once, not with everything in it. */
const outermost = (left: readonly ForeignField[]): readonly ForeignField[] =>
  left.filter(
    ({ steps }) =>
      !left.some(
        (other) =>
          other.steps.length < steps.length && other.steps.every((step, index) => step === steps[index]),
      ),
  );

/** What stands for a status of ours that the document does not have. */
function compareSuccess({ success }: PresentOperation, theirs: ForeignOperation) {
  const statuses = theirs.success.map(({ status }) => status);
  const [only] = statuses;
  if (only === undefined) return [];
  const roles = Object.entries(success) as [keyof typeof success, number][];
  return roles.flatMap(([role, status]): [keyof typeof success, number][] => {
    if (statuses.includes(status)) return [];
    // Another status would say that it is done.
    if (role === "queued") return [];
    const others = role === "created" || role === "ok" ? [200, 201, 204] : [201, 200];
    return [[role, others.find((one) => statuses.includes(one)) ?? only]];
  });
}

function missingStatuses({ success }: PresentOperation, theirs: ForeignOperation) {
  const statuses = theirs.success.map(({ status }) => status);
  if (statuses.length === 0) return [{ what: "answers", reason: "it shows no status of success" }];
  return success.queued !== undefined && !statuses.includes(success.queued)
    ? [
        {
          what: String(success.queued),
          reason: "it has no such answer; ours gives it only where the account system will do the work later",
        },
      ]
    : [];
}
