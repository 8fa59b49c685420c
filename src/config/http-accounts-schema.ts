import jsonata from "jsonata";
import { z } from "zod";
import { plain } from "./bango-schema.js";
import { accountHooks, forcedResults } from "./module-accounts-schema.js";

const describe = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  schema.meta({ description });

/** Where the text is wrong, and JSONata's code for it; never the text, which a reference may have filled in. */
function expressionFault(text: string): string | null {
  try {
    jsonata(text);
    return null;
  } catch (error) {
    const { code, position } = Object(error) as { readonly code?: string; readonly position?: number };
    return `no JSONata expression: ${code ?? "faulty"} at sign ${String(position ?? 0)}`;
  }
}

const refuse = (context: z.RefinementCtx, fault: string | null, path: PropertyKey[] = []): void => {
  if (fault !== null) context.addIssue({ code: "custom", message: fault, path });
};

const templateFault = (text: string): string | null =>
  text.startsWith("=") ? expressionFault(text.slice(1)) : null;

const template = z.string().superRefine((text, context) => {
  refuse(context, templateFault(text));
});
/** What can only come from the reply. */
const mapped = z.string().superRefine((text, context) => {
  refuse(
    context,
    text.startsWith("=") ? templateFault(text) : "must begin with =, as it is read from the reply",
  );
});
const condition = z.string().superRefine((text, context) => {
  refuse(context, expressionFault(text.replace(/^=/, "")));
});

const path = z.string().superRefine((text, context) => {
  if (text.startsWith("=")) {
    refuse(context, templateFault(text));
    return;
  }
  if (!text.startsWith("/")) refuse(context, "begins with neither / nor =");
  for (const [, hole = ""] of text.matchAll(/\{=([^}]*)\}/g)) refuse(context, expressionFault(hole));
  if (/[{}]/.test(text.replace(/\{=[^}]*\}/g, "")))
    refuse(context, "has a brace that begins or ends no {=expression}");
});

/** Every text in it, however deep. */
const body = z.json().superRefine((value, context) => {
  const walk = (inner: unknown, at: PropertyKey[]): void => {
    if (typeof inner === "string") refuse(context, templateFault(inner), at);
    else if (typeof inner === "object" && inner !== null)
      for (const [name, deeper] of Object.entries(inner))
        walk(deeper, [...at, Array.isArray(inner) ? Number(name) : name]);
  };
  walk(value, []);
});

const status = z.int().min(100).max(599);
const statuses = z.union(
  [
    status,
    z.string().regex(/^[1-5]xx$/),
    z.tuple([status, status]).refine(([from, to]) => from <= to, { error: "ends before it begins" }),
  ],
  { error: "expected a status from 100 to 599, a range [from, to] of them in that order, or one like 2xx" },
);

const ms = z.int().min(0).max(2_147_483_647);
const positive = ms.min(1);
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "no name of a header" });
const headers = describe(
  z.record(headerName, template),
  "Headers: texts, or =expressions; one that comes to nothing is left out",
);

const rule = <const Kind extends string>(kinds: readonly Kind[]) =>
  z
    .strictObject({
      status: describe(statuses, "200, 2xx or [400, 499]"),
      when: describe(condition.optional(), "JSONata: the rule fits where it is true"),
      kind: describe(z.enum(kinds), "What the reply means"),
      anyBody: describe(z.boolean().optional(), "true: also with a body that is no JSON. Default false"),
      accountReference: describe(mapped.optional(), "=expression: the account, as you name it"),
      periodEndsAt: describe(mapped.optional(), "=expression: when the paid period ends, ISO 8601 or ms"),
      activationCode: describe(mapped.optional(), "=expression: what the customer types in"),
      reason: describe(template.optional(), "Why not: a short name of yours"),
      text: describe(template.optional(), "The same in words"),
      afterMs: describe(z.union([ms, mapped]).optional(), "When to ask again; default: Retry-After"),
      items: describe(
        mapped.optional(),
        "=expression: list of merchantEntitlementId, accountReference, access",
      ),
      next: describe(mapped.optional(), "=expression: cursor of the next page; nothing on the last one"),
    })
    .meta({ description: "The first rule that fits decides" });

const CHANGE_KINDS = ["done", "alreadySo", "accepted", "refused", "retryLater", "unknown"] as const;
const SIGN_UP_KINDS = ["done", "refused", "retryLater", "unknown"] as const;

const operation = <Results extends z.ZodType>(results: Results) =>
  z.strictObject({
    method: describe(z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]), "HTTP method"),
    path: describe(path, "Behind baseUrl; {=expression} fills in one segment"),
    query: describe(
      z.record(z.string(), z.union([template, z.number(), z.boolean()])).optional(),
      "Parameters: values, or =expressions; one that comes to nothing is left out",
    ),
    headers: headers.optional(),
    body: describe(body.optional(), "JSON in which texts may be =expressions; or one as a whole"),
    safe: describe(
      z.boolean().optional(),
      "true: another attempt does no harm, even where the first arrived. Default: for questions, and where idempotent",
    ),
    results,
  });

const rules = <const Kind extends string>(kinds: readonly Kind[]) => z.array(rule(kinds)).min(1);
const step = operation(rules(CHANGE_KINDS)).optional();

const operations = z.strictObject({
  activate: operation(rules([...CHANGE_KINDS, "signUpRequired"])),
  revoke: operation(rules(CHANGE_KINDS)),
  suspend: step,
  resume: step,
  change: step,
  endAtPeriod: step,
  reinstate: step,
  link: step,
  eligibility: step,
  register: operation(rules([...SIGN_UP_KINDS, "emailExists"])).optional(),
  authenticate: operation(rules([...SIGN_UP_KINDS, "wrongPassword"])).optional(),
  lookup: operation(
    rules(["done", "alreadySo", "accepted", "signUpRequired", "refused", "absent", "unsure"]),
  ).optional(),
  list: operation(rules(["page"])).optional(),
  health: operation(rules(["ok", "failing"]).optional()),
});

const address = z.url({ protocol: /^https?$/ }).refine((text) => !/[?#]|\/\/[^/]*@/.test(text), {
  error: "takes no ? and no #, and no user or secret before the host",
});

const auth = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({
    type: z.literal("basic"),
    username: plain.refine((name) => !name.includes(":"), { error: "holds a colon" }),
    password: plain,
  }),
  z.strictObject({
    type: z.literal("apiKey"),
    header: describe(headerName.default("Authorization"), "Name of the header. Default Authorization"),
    prefix: describe(z.string().optional(), 'What stands before the key, "Bearer " say'),
    value: plain,
  }),
  z.strictObject({
    type: z.literal("oauth2"),
    tokenUrl: address,
    clientId: plain,
    clientSecret: plain,
    scope: plain.optional(),
    audience: plain.optional(),
    clientAuth: describe(
      z.enum(["basic", "body"]).default("basic"),
      "How the client names itself to the token endpoint. Default basic",
    ),
  }),
]);

/** `accountSystem` of type http (docs/http-accounts.md). */
export const httpAccounts = z.strictObject({
  type: z.literal("http"),
  hooks: accountHooks.optional(),
  forcedResults: forcedResults.optional(),
  baseUrl: describe(address, "Where the API begins; https outside the sandbox"),
  auth: describe(auth.prefault({ type: "none" }), "How we prove who we are; secrets as env: or file:"),
  tls: describe(
    z
      .strictObject({ cert: plain.optional(), key: plain.optional(), ca: plain.optional() })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
        error: "cert and key belong together",
      })
      .optional(),
    "PEM, as file:PATH: a certificate and key of ours, and who may have signed theirs",
  ),
  timeoutMs: describe(positive.default(4000), "For one request. Default 4000"),
  connections: describe(
    positive.max(1000).default(16),
    "For the effects of one reseller, and as many for its look-ups. Default 16",
  ),
  idempotent: describe(
    z.boolean().default(false),
    "true: the same idempotency key never takes effect twice, so it may be sent again. Default false",
  ),
  lagMs: describe(
    ms.optional(),
    "How long after a request lookup may not show its effect yet; needed with lookup",
  ),
  breaker: describe(
    z.strictObject({ failures: positive.default(10), restMs: positive.default(5000) }).prefault({}),
    "After so many failures in a row of one reseller nothing of its is sent for restMs. Default 10 and 5000",
  ),
  retries: describe(
    z.strictObject({ max: z.int().min(0).max(10).default(2), pauseMs: positive.default(100) }).prefault({}),
    "Further attempts where they are safe, after up to pauseMs, doubled each time. Default 2 and 100",
  ),
  headers: describe(headers.optional(), "Headers of every operation"),
  operations: describe(operations, "What is not there is not offered"),
});

export type HttpAccountsConfig = z.output<typeof httpAccounts>;
