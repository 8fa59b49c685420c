import type { Json, JsonObject } from "../core/entitlement.js";

/**
 * Where a field stands in a body: a name at its top, or, where it begins with "/", a JSON pointer (RFC 6901). All
 * three verbs below leave the prototypes of objects alone, whatever they are given.
 */
export type FieldPath = string;

/** Names through which JavaScript reaches behind an object. */
const UNSAFE: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const PATH_CHARACTERS_MAX = 255;
const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The steps from the body to the field. */
export const stepsOf = (path: FieldPath): readonly string[] =>
  path.startsWith("/")
    ? path
        .slice(1)
        .split("/")
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    : [path];

/** Steps as they are written: a plain name where one step is enough. */
export const pathOf = (steps: readonly string[]): FieldPath => {
  const [only] = steps;
  return steps.length === 1 && only !== undefined && !only.startsWith("/")
    ? only
    : steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
};

/** Why a configuration must not use this path; null where it may. */
export function pathFault(path: FieldPath): string | null {
  if (path.length > PATH_CHARACTERS_MAX) return `longer than ${String(PATH_CHARACTERS_MAX)} characters`;
  if (path.startsWith("/") && /~(?![01])/.test(path)) return "~ stands for nothing: write ~0 for ~, ~1 for /";
  const steps = stepsOf(path);
  if (steps.includes("")) return path === "" ? "names nothing" : "has an empty step";
  const unsafe = steps.find((step) => UNSAFE.has(step));
  return unsafe === undefined ? null : `${unsafe} is no name of a field`;
}

/** Whether one of two paths is the other, or leads through it: both cannot be written. */
export function pathsClash(left: FieldPath, right: FieldPath): boolean {
  const [one, other] = [stepsOf(left), stepsOf(right)];
  return Array.from({ length: Math.min(one.length, other.length) }).every(
    (_, index) => one[index] === other[index],
  );
}

/** The value that stands there; undefined where nothing does. */
export function readAt(value: Json | undefined, path: FieldPath): Json | undefined {
  let here = value;
  for (const step of stepsOf(path)) {
    if (!isContainer(here) || !hasStep(here, step)) return undefined;
    here = childOf(here, step);
  }
  return here;
}

/**
 * Puts a value there and returns `target`, which it changes and which must be the caller's own. Objects on the way
 * are made where there are none; a list is only ever written at an index that it has, or one past its end.
 */
export function writeAt<Target extends JsonObject>(target: Target, path: FieldPath, value: Json): Target {
  const fault = pathFault(path);
  if (fault !== null) throw new Error(`${path} cannot be written: ${fault}`);
  const steps = stepsOf(path);
  let here: Container = target;
  for (const step of steps.slice(0, -1)) {
    const next: Json | undefined = hasStep(here, step) ? childOf(here, step) : undefined;
    if (next !== undefined && !isContainer(next))
      throw new Error(`${path} cannot be written: there is a value on the way`);
    const child: Container = next ?? {};
    if (next === undefined) put(here, step, child, path);
    here = child;
  }
  put(here, steps.at(-1) ?? "", value, path);
  return target;
}

/**
 * Takes the value there out and returns `target`, which it changes and which must be the caller's own. Objects that
 * it leaves empty go too. In a list null takes its place, so that other paths into the list stay right.
 */
export function removeAt<Target extends JsonObject>(target: Target, path: FieldPath): Target {
  const steps = stepsOf(path);
  const trail: [Container, string][] = [];
  let here: Json | undefined = target;
  for (const step of steps) {
    if (!isContainer(here) || !hasStep(here, step)) return target;
    trail.push([here, step]);
    here = childOf(here, step);
  }
  for (const [container, step] of trail.reverse()) {
    if (Array.isArray(container)) {
      (container as Json[])[Number(step)] = null;
      return target;
    }
    Reflect.deleteProperty(container, step);
    if (Object.keys(container).length > 0) return target;
  }
  return target;
}

type Container = JsonObject | readonly Json[];

const isContainer = (value: Json | undefined): value is Container =>
  typeof value === "object" && value !== null;

const hasStep = (container: Container, step: string): boolean =>
  Array.isArray(container)
    ? INDEX.test(step) && Number(step) < container.length
    : !UNSAFE.has(step) && Object.hasOwn(container, step);

// hasStep has been asked: an own property of an object, or an index of a list.
const childOf = (container: Container, step: string): Json | undefined => (container as JsonObject)[step];

function put(container: Container, step: string, value: Json, path: FieldPath): void {
  if (Array.isArray(container)) {
    const index = step === "-" ? container.length : INDEX.test(step) ? Number(step) : Infinity;
    if (index > container.length) throw new Error(`${path} cannot be written: the list has no such place`);
    (container as Json[])[index] = value;
  } else (container as Record<string, Json>)[step] = value;
}
