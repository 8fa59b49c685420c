import type { Json } from "../../core/entitlement.js";
import type { CallInput, ReplyInput } from "./call-input.js";
import { MappingFailed, compileExpression, compileTemplate } from "./expression.js";
import type { Evaluate } from "./expression.js";
import type { ResultRule, StatusMatch } from "./options.js";
import { instantOf, isRounded } from "./reply-values.js";
import type { WireReply } from "./send.js";

/** What the first rule that fits makes of a reply. */
export interface Heard {
  readonly kind: string;
  readonly fields: Readonly<Partial<Record<Field, Json>>>;
}

const FIELDS = [
  "accountReference",
  "periodEndsAt",
  "activationCode",
  "reason",
  "text",
  "afterMs",
  "items",
  "next",
] as const;
type Field = (typeof FIELDS)[number];

/** Null where no rule fits. Throws MappingFailed where the rule cannot be applied to what came. */
export type ReadReply = (reply: WireReply, input: CallInput) => Promise<Heard | null>;

/** Of these nothing follows that a page of some proxy could wrongly claim. */
const CLAIMS_NOTHING: ReadonlySet<string> = new Set(["retryLater", "unknown", "unsure", "failing", "ok"]);

export function compileReply(rules: readonly ResultRule[], place: string): ReadReply {
  const compiled = rules.map((rule, index) => compileRule(rule, `${place}.results[${String(index)}]`));
  return async (reply, input) => {
    const { body, isJson } = parse(reply.text);
    const seen: ReplyInput = { ...input, status: reply.status, headers: reply.headers, body };
    for (const { rule, fits, fields, place: where } of compiled) {
      if (!matches(rule.status, reply.status)) continue;
      const needsJson = rule.when !== undefined || !(rule.anyBody === true || CLAIMS_NOTHING.has(rule.kind));
      if (needsJson && !isJson) throw new MappingFailed(where, "the body is no JSON");
      if (rule.kind === "page" && body === undefined) throw new MappingFailed(where, "the body is empty");
      if (fits !== null && (await fits(seen)) !== true) continue;
      return { kind: rule.kind, fields: await fieldsOf(fields, seen, where) };
    }
    return null;
  };
}

function compileRule(rule: ResultRule, place: string) {
  const fields = FIELDS.flatMap((name): (readonly [Field, Evaluate])[] => {
    const template = rule[name];
    return template === undefined ? [] : [[name, compileTemplate(template, `${place}.${name}`)]];
  });
  const fits =
    rule.when === undefined ? null : compileExpression(rule.when.replace(/^=/, ""), `${place}.when`);
  return { rule, fits, fields, place };
}

/** What would be taken for something else than the API has said. */
function faultOf(name: Field, value: Json | undefined): string | null {
  if (isRounded(value)) return "a number too long to be exact";
  // An end that cannot be read must not become an end at once.
  return name === "periodEndsAt" && value !== null && Number.isNaN(instantOf(value))
    ? "neither ISO 8601 with its offset nor milliseconds"
    : null;
}

/** What comes to nothing, or to null, is as if it were not mapped. */
async function fieldsOf(
  fields: readonly (readonly [Field, Evaluate])[],
  seen: ReplyInput,
  place: string,
): Promise<Heard["fields"]> {
  const values: Partial<Record<Field, Json>> = {};
  for (const [name, evaluate] of fields) {
    const value = await evaluate(seen);
    const fault = faultOf(name, value);
    if (fault !== null) throw new MappingFailed(`${place}.${name}`, fault);
    if (value !== undefined && value !== null) values[name] = value;
  }
  return values;
}

/** An empty body is JSON of nothing. */
function parse(text: string): { readonly body: unknown; readonly isJson: boolean } {
  if (text.trim() === "") return { body: undefined, isJson: true };
  try {
    return { body: JSON.parse(text) as unknown, isJson: true };
  } catch {
    return { body: undefined, isJson: false };
  }
}

/** No range speaks of 401: what merely says that we are not let in must not become an answer about a customer. */
function matches(wanted: StatusMatch, status: number): boolean {
  if (typeof wanted === "number") return wanted === status;
  if (status === 401) return false;
  if (typeof wanted === "string") return wanted.startsWith(String(Math.floor(status / 100)));
  const [from, to] = wanted;
  return from <= status && status <= to;
}
