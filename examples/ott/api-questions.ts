import { z } from "zod";
import { presentAccount } from "./accounts.js";
import type { AccountRow } from "./accounts.js";
import { answer, refusal, retryLater } from "./answers.js";
import type { Answer } from "./answers.js";
import type { Question } from "./api-operation.js";
import * as bodies from "./bodies.js";
import { listPlans } from "./database.js";
import { checkEligibility } from "./eligibility.js";
import { findEffect, findSeen, listSeen, presentOperation } from "./ledger.js";
import { presentMembership } from "./membership-row.js";
import { PAGE_MAX } from "./operator-switch.js";
import { signIn } from "./sign-in.js";

const answerSignedIn = (account: AccountRow): Answer =>
  account.isBlocked === 1
    ? refusal(403, "account_blocked", "closed by the house")
    : answer(200, { account: presentAccount(account) });

const signInQuestion: Question = {
  name: "account.sign_in",
  method: "post",
  path: "/sign-ins",
  isEffect: false,
  read({ body }) {
    const { email, password } = bodies.signInBody.parse(body);
    return async (world) => {
      const signedIn = await signIn(world, email, password);
      if ("account" in signedIn) return answerSignedIn(signedIn.account);
      return signedIn.refused === "tooMany"
        ? retryLater(429, "too_many_sign_ins", "try again later", world.signInLimit.waitSeconds(email))
        : refusal(422, "credentials_wrong", "no such account, or not its password");
    };
  },
};

const eligibility: Question = {
  name: "eligibility.check",
  method: "post",
  path: "/eligibility-checks",
  isEffect: false,
  read({ body }) {
    const asked = bodies.eligibilityBody.parse(body);
    return ({ books, now }) => checkEligibility(books, asked, now());
  },
};

const findOperation: Question = {
  name: "operation.find",
  method: "get",
  path: "/operations/:key",
  isEffect: false,
  read({ params }) {
    const key = params.key ?? "";
    return async ({ books, once, operatorSwitch, now }) => {
      const seenAt = now() - operatorSwitch.settings().lagMs;
      const effect = await findEffect(books, key);
      if (effect && effect.at <= seenAt) return answer(200, presentOperation(effect, now()));
      const startedAt = effect?.startedAt ?? once.workingSince(key);
      return startedAt !== null && startedAt <= seenAt
        ? answer(202, { operation: { key, state: "working" } })
        : refusal(404, "operation_unknown", "nothing was done for this key");
    };
  },
};

const findMembership: Question = {
  name: "membership.find",
  method: "get",
  path: "/memberships/:reference",
  isEffect: false,
  read({ params }) {
    const reference = params.reference ?? "";
    return async ({ books, operatorSwitch, now }) => {
      const row = await findSeen(books, reference, now() - operatorSwitch.settings().lagMs);
      return row
        ? answer(200, { membership: presentMembership(row, now()) })
        : refusal(404, "membership_unknown", `there is no membership ${reference}`);
    };
  },
};

const LIMIT_USUAL = 50;
const cursorSchema = z
  .string()
  .transform((cursor) => Buffer.from(cursor, "base64url").toString())
  .pipe(z.string().regex(/^after:\d{1,15}$/, "is none of ours"))
  .transform((text) => Number(text.slice("after:".length)));
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(LIMIT_USUAL),
  cursor: cursorSchema.optional(),
});
const cursorOf = (after: number): string => Buffer.from(`after:${after}`).toString("base64url");

const listMemberships: Question = {
  name: "membership.list",
  method: "get",
  path: "/memberships",
  isEffect: false,
  read({ query }) {
    const { limit, cursor } = pageQuery.parse(query);
    return async ({ books, operatorSwitch, now }) => {
      const { lagMs, pageMax } = operatorSwitch.settings();
      const page = { after: cursor ?? 0, limit: Math.min(limit, pageMax) };
      const { memberships: rows, nextAfter } = await listSeen(books, now() - lagMs, page);
      return answer(200, {
        memberships: rows.map((row) => presentMembership(row, now())),
        next_cursor: nextAfter === null ? null : cursorOf(nextAfter),
      });
    };
  },
};

const health: Question = {
  name: "health",
  method: "get",
  path: "/health",
  isEffect: false,
  read:
    () =>
    async ({ books }) =>
      answer(200, { status: "ok", plans: (await listPlans(books)).map(({ code }) => code) }),
};

export const QUESTIONS: readonly Question[] = [
  findMembership,
  listMemberships,
  eligibility,
  signInQuestion,
  findOperation,
  health,
];
