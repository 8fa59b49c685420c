import type { AccountEntitlement } from "../../ports/account-system.js";
import { accountChosen, asHeld } from "../answers.js";
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
  parts: readonly EntitlementPart[],
  difference: string,
  fix: string,
): Promise<void> {
  const accounts = new Set<string>();
  const held: AccountEntitlement[] = [];
  for (const part of parts) {
    const entitlement = await subject.newEntitlement(part);
    const result = await subject.inEffect("activate", entitlement);
    const who = `two customers ${difference}`;
    must(result.kind !== "alreadySo", `${who} were taken for one`, WHY, fix);
    held.push(asHeld(entitlement, result));
    const account = accountChosen(entitlement, result);
    if (account === undefined) continue;
    must(!accounts.has(account), `${who} were given one account, ${account}`, WHY, fix);
    accounts.add(account);
  }
  await revokesOne(subject, held, `a revoke of one of two customers ${difference} ended the other's`, fix);
}

async function revokesOne(
  subject: Subject,
  [first, ...others]: readonly AccountEntitlement[],
  what: string,
  fix: string,
): Promise<void> {
  if (!first) return;
  await subject.inEffect("revoke", first);
  await subject.settle();
  const seen = await subject.look(others.map(({ merchantEntitlementId }) => merchantEntitlementId));
  must(![...seen.values()].includes("none"), what, WHY, fix);
}

const fresh = (): string => crypto.randomUUID();
const filled = (end: string): string => fresh().padEnd(ID_MAX - end.length, "x") + end;
const FIX_COLUMN =
  "keep ids in columns that compare bytes (VARBINARY, or a binary NO PAD collation), and change nothing in them";

const ids = (id: string, title: string, difference: string, fix: string, make: () => string[]): Check => ({
  id,
  title,
  needs: [],
  run: (subject) => keepsApart(subject, make().map(named), `whose ids differ ${difference}`, fix),
});

const NO_ID: EntitlementPart = { sharedCustomerId: null, bangoUserId: null, customerIdentifier: null };

export const idsAlone: Check = {
  id: "ids-alone",
  title: "keeps customers apart who are known by one id alone, and apart what one customer has twice",
  needs: [],
  async run(subject) {
    const fix =
      "the customer is the first of sharedCustomerId, bangoUserId and customerIdentifier that is not null";
    // Bango sends one of the three at least.
    for (const name of ["sharedCustomerId", "bangoUserId", "customerIdentifier"] as const) {
      const parts = [fresh(), fresh()].map((id) => ({ ...NO_ID, [name]: id }));
      await keepsApart(subject, parts, `known by ${name} alone`, fix);
    }
    const twice = named(fresh());
    const held = [await subject.active(twice), await subject.active(twice)];
    const what = "a revoke of one of two entitlements of a customer ended both";
    await revokesOne(subject, held, what, "end what merchantEntitlementId names, and nothing else");
  },
};

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
