import { comparing } from "./comparing.js";
import { pathOf } from "../pointer.js";
import type { Compared } from "./compare-operation.js";
import type { ForeignOperation } from "./foreign-document.js";
import type { ForeignField } from "./foreign-schema.js";
import { matchFields } from "./match-fields.js";
import { renamedPath } from "./match-path.js";
import type { PresentMessage } from "./present-contract.js";

/** What has to be set for one message of ours to be as the document has it. */
export function compareMessage(ours: PresentMessage, theirs: ForeignOperation): Compared {
  const at = ["bango", "operations", ours.name];
  const { differ, leftOver } = comparing(at, theirs);
  const { path, unknown } = renamedPath(theirs, ours.placeholders);
  const request = compareRequest(ours, theirs);
  const reply = compareReply(ours, theirs);
  return {
    differences: [
      ...differ(["enabled"], true, ours.enabled),
      ...differ(["method"], theirs.method, ours.method),
      // A path with a parameter that we cannot fill would be refused at start.
      ...(unknown.length === 0 ? differ(["path"], path, ours.path) : []),
      ...request.moved.flatMap(([name, value]) =>
        differ(["request", name], value, ours.request[name] ?? null),
      ),
      ...reply.moved.flatMap(([name, value]) => differ(["reply", name], value, ours.reply[name] ?? null)),
    ],
    unmatched: [
      ...unknown.map((name) =>
        leftOver(`{${name}}`, `nothing of ours stands for it: write ${[...at, "path"].join(".")} by hand`),
      ),
      ...request.asked.map((name) => leftOver(name, "it is required, and we have nothing for it")),
      ...theirs.query
        .filter(({ required }) => required)
        .map(({ steps }) =>
          leftOver(`?${steps.join("")}`, "write it into the path by hand, as in /path?name={entitlementId}"),
        ),
    ],
    statuses: reply.statuses,
  };
}

/** A field that the document does not have goes as it is, or, where the document is closed, not at all. */
function compareRequest(ours: PresentMessage, { request }: ForeignOperation) {
  if (request === null) return { moved: [], asked: [] };
  const places = Object.fromEntries(
    Object.entries(ours.request).map(([name, path]) => [name, path === null ? [] : [path]]),
  );
  const { matched, left } = matchFields(request.fields, places);
  const moved = Object.entries(ours.request).flatMap(([name, path]): [string, string | null][] => {
    const field = matched.get(name);
    if (field) return pathOf(field.steps) === path ? [] : [[name, pathOf(field.steps)]];
    return request.closed && path !== null ? [[name, null]] : [];
  });
  const isLeaf = ({ steps }: ForeignField): boolean =>
    !request.fields.some(
      (other) =>
        other.steps.length > steps.length && steps.every((step, index) => step === other.steps[index]),
    );
  const asked = left.filter((field) => field.required && isLeaf(field)).map(({ steps }) => pathOf(steps));
  return { moved, asked };
}

function compareReply(ours: PresentMessage, { success }: ForeignOperation) {
  const fields = success.flatMap(({ body }) => body?.fields ?? []);
  const places = Object.fromEntries(Object.entries(ours.reply).map(([name, path]) => [name, [path]]));
  const { matched } = matchFields(fields, places);
  const moved = [...matched].flatMap(([name, { steps }]): [string, string][] =>
    ours.reply[name] === pathOf(steps) ? [] : [[name, pathOf(steps)]],
  );
  const statusPath = matched.get("status")?.steps;
  const statuses = fields.flatMap(({ steps, values }) =>
    statusPath !== undefined && pathOf(steps) === pathOf(statusPath) ? values : [],
  );
  return { moved, statuses };
}
