import { pathFault, pathOf } from "../pointer.js";
import type { FieldPath } from "../pointer.js";
import type { ForeignField } from "./foreign-schema.js";
import { fits } from "./words.js";

export interface MatchedFields {
  /** Ours to theirs. */
  readonly matched: ReadonlyMap<string, ForeignField>;
  /** What is left of theirs, without what stands within or around a field that was matched. */
  readonly left: readonly ForeignField[];
}

/** `known`: where each field of ours is looked for already. What is found there is not guessed. */
export function matchFields(
  fields: readonly ForeignField[],
  known: Readonly<Record<string, readonly FieldPath[]>>,
): MatchedFields {
  const usable = fields.filter(({ steps }) => pathFault(pathOf(steps)) === null);
  const matched = new Map<string, ForeignField>();
  const taken = new Set<ForeignField>();
  const take = (name: string, field: ForeignField): void => {
    matched.set(name, field);
    taken.add(field);
  };
  for (const [name, paths] of Object.entries(known)) {
    const there = paths.flatMap((path) => usable.filter(({ steps }) => pathOf(steps) === path))[0];
    if (there) take(name, there);
  }
  const guesses = Object.keys(known)
    .filter((name) => !matched.has(name))
    .flatMap((name) => usable.map((field) => ({ name, field, score: fits(field.steps, name) })))
    .filter(({ field, score }) => score > 0 && (score >= SAME_NAME || !holdsOthers(field, usable)))
    .sort((left, right) => right.score - left.score);
  for (const { name, field } of guesses)
    if (!matched.has(name) && ![...taken].some((other) => leadsThrough(other, field))) take(name, field);
  return {
    matched,
    left: usable.filter((field) => ![...taken].some((other) => leadsThrough(other, field))),
  };
}

/** From here on `fits` has found our own name. */
const SAME_NAME = 3;

/** A part of a body is ours as a whole only where it has our name: else something within it may be. */
const holdsOthers = (field: ForeignField, fields: readonly ForeignField[]): boolean =>
  fields.some((other) => other.steps.length > field.steps.length && leadsThrough(field, other));

/** Whether one of two places is the other, or holds it. */
const leadsThrough = ({ steps: one }: ForeignField, { steps: other }: ForeignField): boolean =>
  Array.from({ length: Math.min(one.length, other.length) }).every((_, index) => one[index] === other[index]);
