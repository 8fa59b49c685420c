import type { ForeignOperation } from "./foreign-document.js";
import { folded, operationOfWord } from "./words.js";

/** A call of the document, and which of ours it is. */
export interface Match<Name extends string> {
  readonly name: Name;
  readonly foreign: ForeignOperation;
}

/** Something on one side that has nothing on the other, and why. */
export interface Unmatched {
  readonly side: "document" | "ours";
  readonly what: string;
  readonly reason: string;
}

export interface Matches<Name extends string> {
  readonly matched: readonly Match<Name>[];
  readonly unmatched: readonly Unmatched[];
}

export const titleOf = ({ method, path }: Pick<ForeignOperation, "method" | "path">): string =>
  `${method} ${path}`;

/** What we call on Bango: its address, or the name of its API for merchants, says so. */
export const isOutbound = ({ path, host }: ForeignOperation): boolean =>
  /(^|\/)merchant-api(-v\d+)?(\/|$)/i.test(path) || /(^|\.)resale\.api\./i.test(host);

type Guess = (foreign: ForeignOperation, names: readonly string[]) => string | null;

/** The surest first: each finds what those before it have left over. */
const GUESSES: readonly Guess[] = [
  ({ operationId }, names) => operationOfWord(operationId ?? "", names),
  ({ path }, names) => operationOfWord(lastWordOf(path), names),
  shapeOf,
];

/** Each call of the document to the one of ours that it most surely is; none of ours twice. */
export function matchOperations<Name extends string>(
  foreign: readonly ForeignOperation[],
  names: readonly Name[],
  present: (name: Name) => { readonly method: string; readonly path: string },
): Matches<Name> {
  const taken = new Map<Name, ForeignOperation>();
  const left = new Set(foreign);
  const take = (guess: (one: ForeignOperation) => string | null): void => {
    for (const one of [...left]) {
      const name = guess(one) as Name | null;
      if (name === null || taken.has(name)) continue;
      taken.set(name, one);
      left.delete(one);
    }
  };
  take((one) => names.find((name) => isSame(one, present(name))) ?? null);
  for (const guess of GUESSES) take((one) => guess(one, names));
  return {
    matched: names.flatMap((name) => {
      const one = taken.get(name);
      return one === undefined ? [] : [{ name, foreign: one }];
    }),
    unmatched: [
      ...[...left].map((one): Unmatched => ({
        side: "document",
        what: titleOf(one),
        reason: whyLeft(one, names, taken),
      })),
      ...names
        .filter((name) => !taken.has(name))
        .map((name): Unmatched => ({ side: "ours", what: name, reason: "the document has no such call" })),
    ],
  };
}

/** Method and path as ours are, whatever the parameters are called. */
const isSame = (one: ForeignOperation, ours: { readonly method: string; readonly path: string }): boolean =>
  one.method === ours.method && bare(one.path) === bare(ours.path);
const bare = (path: string): string => path.replace(/\{[^}]*\}/g, "{}").toLowerCase();

function whyLeft(
  one: ForeignOperation,
  names: readonly string[],
  taken: ReadonlyMap<string, ForeignOperation>,
): string {
  const [name = ""] = GUESSES.flatMap((guess) => guess(one, names) ?? []);
  const other = taken.get(name);
  return other
    ? `it looks like ${name}, which ${titleOf(other)} is already`
    : "neither its operationId, nor its path, nor its shape looks like one of ours";
}

const literalsOf = (path: string): string[] =>
  path.split("/").filter((segment) => segment !== "" && !segment.includes("{"));
const lastWordOf = (path: string): string => literalsOf(path).at(-1) ?? "";

/** By method, and by whether it names one entitlement. */
function shapeOf({ method, path, query }: ForeignOperation, names: readonly string[]): string | null {
  const among = (name: string): string | null => (names.includes(name) ? name : null);
  const namesOne =
    path.includes("{") ||
    query.some(({ steps: [name = ""] }) => /(id|identifier|ref|reference)$/.test(folded(name)));
  const endsInId = /\}\/?$/.test(path) || !path.includes("{");
  if (literalsOf(path).some((word) => folded(word) === "echo")) return among("echo");
  if (!endsInId) return null;
  switch (method) {
    case "POST":
      return namesOne ? null : among("activate");
    case "GET":
      return namesOne ? among("read") : null;
    case "DELETE":
      return namesOne ? among("terminate") : null;
    default:
      return among("update");
  }
}
