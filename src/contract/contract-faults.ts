import type { Contract, ContractOperation } from "./contract.js";
import { pathFault, pathsClash } from "./pointer.js";
import { FIELDS } from "./request-schemas.js";
import { paramsOf, overlap } from "./route-path.js";
import { REPLY_FIELDS } from "./reply-fields.js";

/** Something that no contract can be. Paths are keys below `contract`. */
export interface ContractFault {
  readonly path: string;
  readonly reason: string;
  readonly fix: string;
}

/** What the public port answers itself: a route of the contract must not stand in its way. */
const OWN_PATHS: readonly { readonly path: string; readonly what: string }[] = [
  { path: "/activate/{token}", what: "the sign-up pages" },
  { path: "/activate/{a}/{b}", what: "the sign-up pages" },
  { path: "/welcome", what: "the sign-up pages" },
  { path: "/livez", what: "the health checks" },
  { path: "/readyz", what: "the health checks" },
  { path: "/oauth2/token", what: "the token endpoint" },
  { path: "/.well-known/{name}", what: "published keys" },
];

/** Every reason why this contract cannot be served; empty where it can. */
export function contractFaults(contract: Contract): ContractFault[] {
  const all = Object.values(contract.operations);
  return [
    ...all.flatMap((operation) => [
      ...routeFaults(operation),
      ...nameFaults(operation),
      ...requestFaults(operation),
      ...replyFaults(operation),
    ]),
    ...shadowFaults(all.filter(({ path }) => path !== null)),
    ...idempotencyFaults(contract),
  ];
}

const keyOf = ({ operation }: ContractOperation, key: string): string =>
  `contract.operations.${operation}.${key}`;

function routeFaults(operation: ContractOperation): ContractFault[] {
  const { path, method, enabled, changes } = operation;
  const at = keyOf(operation, "path");
  if (path === null)
    return enabled
      ? [
          {
            path: at,
            reason: "there is no path, yet the operation is on",
            fix: "Give it a path, or set enabled: false",
          },
        ]
      : [];
  const faults: ContractFault[] = [];
  if (!/^(\/(\{\w+\}|[\w.~@$&',;=-]+))+$/.test(path))
    faults.push({
      path: at,
      reason: "not a path of literal segments and {parameters}",
      fix: "Write it like /bango/v1/entitlement/{merchantEntitlementId}/suspend",
    });
  const params = paramsOf(path);
  for (const name of params)
    if (!FIELDS[operation.operation].includes(name))
      faults.push({
        path: at,
        reason: `{${name}} is no field that ${operation.operation} knows`,
        fix: `Use one of ${FIELDS[operation.operation].join(", ")}`,
      });
  if (new Set(params).size !== params.length)
    faults.push({ path: at, reason: "a parameter stands in it twice", fix: "Keep one" });
  if (changes && method === "GET")
    faults.push({
      path: keyOf(operation, "method"),
      reason: "GET must change nothing, and may be sent by anybody's prefetch",
      fix: "Use POST, PUT, PATCH or DELETE",
    });
  return faults;
}

function nameFaults(operation: ContractOperation): ContractFault[] {
  const known = FIELDS[operation.operation];
  const unknown = (key: string, names: readonly string[]): ContractFault[] =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: keyOf(operation, key),
        reason: `${name} is no field that ${operation.operation} knows`,
        fix: `Use ${known.join(", ")}`,
      }));
  const missing = ["resellerId", "productKey"].filter(
    (name) => operation.operation === "activate" && !operation.required.includes(name),
  );
  return [
    ...unknown("request", Object.keys(operation.request)),
    ...unknown("query", Object.values(operation.query)),
    ...unknown("required", operation.required),
    ...missing.map((name) => ({
      path: keyOf(operation, "required"),
      reason: `nothing can be sold without ${name}`,
      fix: `Add ${name}; where Bango calls it otherwise, name it under request`,
    })),
    ...Object.keys(operation.reply)
      .filter((name) => !REPLY_FIELDS.includes(name))
      .map((name) => ({
        path: keyOf(operation, "reply"),
        reason: `${name} is in no reply`,
        fix: `Use ${REPLY_FIELDS.join(", ")}`,
      })),
  ];
}

function requestFaults(operation: ContractOperation): ContractFault[] {
  const places = Object.entries(operation.request).flatMap(([name, all]) =>
    all.map((place) => ({ name, place })),
  );
  return [
    ...places.flatMap(({ name, place }) => placeFaults(keyOf(operation, `request.${name}`), place)),
    ...places.flatMap(({ name, place }, index) =>
      places
        .slice(0, index)
        .filter((other) => other.name !== name && pathsClash(place, other.place))
        .map((other) => ({
          path: keyOf(operation, `request.${name}`),
          reason: `${place} would be read as ${other.name} too`,
          fix: "Give each field a place of its own",
        })),
    ),
  ];
}

function replyFaults(operation: ContractOperation): ContractFault[] {
  const places = REPLY_FIELDS.flatMap((name) => {
    const place = Object.hasOwn(operation.reply, name) ? operation.reply[name] : name;
    return place === null || place === undefined ? [] : [{ name, place }];
  });
  const renamed = places.filter(({ name, place }) => name !== place);
  return [
    ...renamed.flatMap(({ name, place }) => placeFaults(keyOf(operation, `reply.${name}`), place)),
    ...renamed.flatMap(({ name, place }) =>
      places
        .filter((other) => other.name !== name && pathsClash(place, other.place))
        .slice(0, 1)
        .map((other) => ({
          path: keyOf(operation, `reply.${name}`),
          reason: `${place} is where ${other.name} goes`,
          fix: "Give each field a place of its own, or leave one out with null",
        })),
    ),
  ];
}

function placeFaults(path: string, place: string): ContractFault[] {
  const reason = pathFault(place);
  return reason === null
    ? []
    : [{ path, reason: `${place}: ${reason}`, fix: "Use another name or JSON pointer" }];
}

/** Two routes that one call could mean; Express would silently take the first. */
function shadowFaults(routes: readonly ContractOperation[]): ContractFault[] {
  const withOthers = routes.flatMap((route, index) =>
    routes
      .slice(0, index)
      .filter((other) => other.method === route.method && overlap(other.path ?? "", route.path ?? ""))
      .map((other) => ({
        path: keyOf(route, "path"),
        reason: `${route.method} ${String(route.path)} and ${other.operation}'s ${String(other.path)} may be the same call`,
        fix: "Make them differ in a literal segment or in their method",
      })),
  );
  const withOwn = routes.flatMap((route) =>
    OWN_PATHS.filter(({ path }) => overlap(path, route.path ?? ""))
      .slice(0, 1)
      .map(({ path, what }) => ({
        path: keyOf(route, "path"),
        reason: `${path} is ours, for ${what}`,
        fix: "Choose a path that begins otherwise",
      })),
  );
  return [...withOthers, ...withOwn];
}

function idempotencyFaults({ operations, idempotency }: Contract): ContractFault[] {
  const named = operations.activate.required.includes("entitlementId");
  return !named && idempotency.source === "none"
    ? [
        {
          path: "contract.idempotency.source",
          reason:
            "without request ids and without a required entitlementId, a repeated activate cannot be told from a new one",
          fix: "Take the request id from body or header, or require entitlementId of activate",
        },
      ]
    : [];
}
