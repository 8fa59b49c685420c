import { OUTBOUND_FIELDS, OUTBOUND_NAMES, placeholdersOf } from "./outbound.js";
import type { OutboundName } from "./outbound.js";
import type { OutboundOperation, OutboundSettings } from "./outbound-settings.js";
import { pathFault, pathsClash } from "./pointer.js";

export interface OutboundFault {
  /** Below `bango`. */
  readonly path: string;
  readonly reason: string;
  readonly fix: string;
}

/** Headers that are the client's own. */
const TAKEN_HEADERS =
  /^(authorization|accept|content-.*|host|connection|transfer-encoding|te|upgrade|expect|keep-alive|trailer|proxy-.*)$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]{1,100}$/;

/** Why messages cannot be sent as these settings say; empty where they can. */
export function outboundFaults({ operations = {}, requestIdHeader }: OutboundSettings): OutboundFault[] {
  return [
    ...OUTBOUND_NAMES.flatMap((name) => operationFaults(name, operations[name] ?? {})),
    ...headerFaults(requestIdHeader),
  ];
}

const headerFaults = (name: string | undefined): OutboundFault[] =>
  name === undefined || (HEADER_NAME.test(name) && !TAKEN_HEADERS.test(name))
    ? []
    : [
        {
          path: "requestIdHeader",
          reason: HEADER_NAME.test(name)
            ? "that header has a meaning of its own"
            : "not the name of a header",
          fix: "Write a name like X-RequestIdentifier",
        },
      ];

function operationFaults(name: OutboundName, operation: OutboundOperation): OutboundFault[] {
  const fault = (key: string, reason: string, fix: string): OutboundFault => ({
    path: `operations.${name}.${key}`,
    reason,
    fix,
  });
  return [
    ...(operation.method === "GET" && name !== "echo"
      ? [fault("method", "a GET changes nothing at Bango", "Use POST, PUT, PATCH or DELETE")]
      : []),
    ...(operation.path === undefined ? [] : routeFaults(name, operation.path, fault)),
    ...requestFaults(name, operation.request ?? {}, fault),
    ...replyFaults(operation.reply ?? {}, fault),
  ];
}

type MakeFault = (key: string, reason: string, fix: string) => OutboundFault;

function routeFaults(name: OutboundName, path: string, fault: MakeFault): OutboundFault[] {
  if (!path.startsWith("/") || path.startsWith("//"))
    return [
      fault("path", "does not begin with one slash", "Write what stands behind bango.baseUrl, as in /v1/…"),
    ];
  if (/[\s#\\]/.test(path) || /\/\.{1,2}(\/|$|\?)/.test(path))
    return [fault("path", "is no path that could be asked for", "Leave out spaces, #, \\ and dots alone")];
  const known = placeholdersOf(name);
  const unknown = [...path.matchAll(/\{([^}]*)\}/g)].flatMap(([, one = ""]) =>
    known.includes(one) ? [] : [one],
  );
  const fix = `Write ${known.map((one) => `{${one}}`).join(", ")}, each in braces of its own`;
  if (unknown.length > 0) return [fault("path", `{${unknown[0] ?? ""}} stands for nothing`, fix)];
  return /[{}]/.test(path.replace(/\{\w+\}/g, ""))
    ? [fault("path", "has a brace without its other", fix)]
    : [];
}

/** Also where a field is left as it is: another may have been put upon it. */
function requestFaults(
  name: OutboundName,
  request: NonNullable<OutboundOperation["request"]>,
  fault: MakeFault,
): OutboundFault[] {
  const fields = OUTBOUND_FIELDS[name];
  const unknown = Object.keys(request)
    .filter((field) => !fields.includes(field))
    .map((field) =>
      fault(
        `request.${field}`,
        "this message has no such field",
        fields.length === 0 ? "Take it out" : `Name one of ${fields.join(", ")}`,
      ),
    );
  const places = fields.flatMap((field): [string, string][] => {
    const path = Object.hasOwn(request, field) ? request[field] : field;
    return path === null || path === undefined ? [] : [[field, path]];
  });
  const broken = places.flatMap(([field, path]) => {
    const reason = pathFault(path);
    return reason === null ? [] : [fault(`request.${field}`, reason, "Write a name, or a pointer like /a/b")];
  });
  if (broken.length > 0) return [...unknown, ...broken];
  const clashes = places.flatMap(([field, path], index) =>
    places
      .slice(0, index)
      .filter(([, other]) => pathsClash(other, path))
      .map(([other]) =>
        fault(
          `request.${Object.hasOwn(request, field) ? field : other}`,
          `${field} and ${other} would stand in one place`,
          "Give each a place of its own, or leave one out with null",
        ),
      ),
  );
  return [...unknown, ...clashes];
}

const replyFaults = (reply: NonNullable<OutboundOperation["reply"]>, fault: MakeFault): OutboundFault[] =>
  Object.entries(reply).flatMap(([field, path]) => {
    const reason = path === undefined ? null : pathFault(path);
    return reason === null ? [] : [fault(`reply.${field}`, reason, "Write a name, or a pointer like /a/b")];
  });
