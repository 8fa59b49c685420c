import type { Check } from "../check.js";
import { must } from "../finding.js";
import type { EntitlementPart } from "../kit-types.js";
import type { Subject } from "../subject.js";

const ID_MAX = 255;
const WHY = "Bango's ids are opaque, and two customers who share an account see and pay for each other's";

const named = (id: string): EntitlementPart => ({
  sharedCustomerId: id,
  bangoUserId: id,
  customerIdentifier: id,
});

/** Ids that are not equal are two customers: each is activated for itself, has its own account, and is revoked alone. */
async function keepsApart(
  subject: Subject,
  ids: readonly string[],
  difference: string,
  fix: string,
): Promise<void> {
  const accounts = new Map<string, string>();
  for (const id of ids) {
    const entitlement = subject.newEntitlement(named(id));
    const result = await subject.inEffect("activate", entitlement);
    must(
      result.kind !== "alreadySo",
      `two customers whose ids differ ${difference} were taken for one`,
      WHY,
      fix,
    );
    const reference = "accountReference" in result ? result.accountReference : undefined;
    if (reference === undefined) continue;
    const other = accounts.get(reference);
    must(
      other === undefined,
      `two customers whose ids differ ${difference} were given one account, ${reference}`,
      WHY,
      fix,
    );
    accounts.set(reference, id);
  }
}

const fresh = (): string => crypto.randomUUID();
const filled = (end: string): string => fresh().padEnd(ID_MAX - end.length, "x") + end;
const FIX_COLUMN =
  "keep ids in columns that compare bytes (VARBINARY, or a binary NO PAD collation), and change nothing in them";

const ids = (id: string, title: string, difference: string, fix: string, make: () => string[]): Check => ({
  id,
  title,
  needs: [],
  run: (subject) => keepsApart(subject, make(), difference, fix),
});

export const idsCase = ids(
  "ids-case",
  "keeps ids apart that differ in case",
  "in case alone",
  FIX_COLUMN,
  () => {
    const id = fresh();
    return [`Kit-${id}-Ab`, `kit-${id}-ab`, `KIT-${id.toUpperCase()}-AB`];
  },
);

export const idsSpaces = ids(
  "ids-spaces",
  "keeps ids apart that differ in spaces",
  "in a space at an end",
  FIX_COLUMN,
  () => {
    const id = fresh();
    return [`kit-${id}`, `kit-${id} `, ` kit-${id}`];
  },
);

export const idsLength = ids(
  "ids-length",
  `keeps ids of ${String(ID_MAX)} characters apart that differ in the last one`,
  `in the last of ${String(ID_MAX)} characters`,
  `make room for ${String(ID_MAX)} characters of up to four bytes each, or index a SHA-256 of them`,
  () => {
    const id = filled("");
    return [`${id.slice(0, -1)}1`, `${id.slice(0, -1)}2`];
  },
);

export const idsUnicode = ids(
  "ids-unicode",
  "takes ids in any script, and keeps apart what only looks alike",
  "in a letter with an accent, composed or not",
  FIX_COLUMN,
  () => {
    const id = fresh();
    return [
      `josé-${id}`,
      `jose\u0301-${id}`,
      `jose-${id}`,
      `\u{1f3b5}-日本語-עברית-${id}`,
      `\u{1f3b6}-日本語-עברית-${id}`,
    ];
  },
);

export const idsOdd = ids(
  "ids-odd",
  "takes ids that look like paths, SQL, HTML and URLs for the ids that they are",
  "in characters that mean something elsewhere",
  "bind values instead of joining text: encodeURIComponent in paths, parameters in SQL, escaping in HTML",
  () => {
    const id = fresh();
    return [
      `../../${id}`,
      `${id}/../x`,
      `${id}'; DROP TABLE accounts; --`,
      `${id}" OR "1"="1`,
      `<script>${id}</script>`,
      `${id}?a=b&c=d#e`,
      `${id}%2F%00`,
      `${id}\\n$\{x}`,
    ];
  },
);
