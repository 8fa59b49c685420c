import type { Knex } from "knex";
import * as accounts from "./accounts.js";
import { answer, canonicalJson, refusal } from "./answers.js";
import type { Effect } from "./api-operation.js";
import * as bodies from "./bodies.js";
import type { Outcome } from "./ledger.js";
import { setLink } from "./links.js";
import * as memberships from "./memberships.js";
import type { StepCall } from "./memberships.js";
import type { OperationName } from "./operator-switch.js";
import { hashPassword } from "./passwords.js";
import { faultOfSignUp } from "./sign-up.js";
import type { SignUpFault } from "./sign-up.js";

const contentOf = (reference: string, body: Readonly<Record<string, unknown>>): string =>
  canonicalJson([reference, { ...body, as_of: undefined, password: undefined }]);

function step(
  name: OperationName,
  method: Effect["method"],
  path: string,
  act: (books: Knex, call: StepCall, now: number) => Promise<Outcome>,
): Effect {
  return {
    name,
    method,
    path,
    isEffect: true,
    read({ params, body }) {
      const call = { reference: params.reference ?? "", body: bodies.stepBody.parse(body) };
      return {
        content: contentOf(call.reference, call.body),
        act: (books, now) => act(books, call, now),
      };
    },
  };
}

const createMembership: Effect = {
  name: "membership.create",
  method: "post",
  path: "/memberships",
  isEffect: true,
  read({ body }) {
    const asked = bodies.newMembershipBody.parse(body);
    return {
      content: contentOf(asked.reference, asked),
      act: (books, now) => memberships.createMembership(books, asked, now),
    };
  },
};

const changeMembership: Effect = {
  name: "membership.change",
  method: "patch",
  path: "/memberships/:reference",
  isEffect: true,
  read({ params, body }) {
    const call = { reference: params.reference ?? "", body: bodies.changeBody.parse(body) };
    return {
      content: contentOf(call.reference, call.body),
      act: (books, now) => memberships.changeMembership(books, call, now),
    };
  },
};

const link: Effect = {
  name: "link.set",
  method: "put",
  path: "/links/:reference",
  isEffect: true,
  read({ params, body }) {
    const asked = bodies.linkBody.parse(body);
    const reference = params.reference ?? "";
    return {
      content: contentOf(reference, asked),
      act: (books) => setLink(books, { reference, accountNumber: asked.account_number }),
    };
  },
};

const SIGN_UP_FAULTS: Readonly<Record<SignUpFault, string>> = {
  email_invalid: "this is no email address",
  password_too_weak: "a password has at least 8 signs",
  password_too_long: "a password has at most 1024 signs",
};

const register: Effect = {
  name: "account.register",
  method: "post",
  path: "/accounts",
  isEffect: true,
  read({ body }) {
    const { email, password, display_name: displayName } = bodies.accountBody.parse(body);
    return {
      // The same key finds the account that it made, whatever password is typed this time.
      content: contentOf(email.toLowerCase(), {}),
      async act(books, now) {
        const fault = faultOfSignUp(email, password);
        if (fault !== null) return { refused: refusal(422, fault, SIGN_UP_FAULTS[fault]) };
        const passwordHash = await hashPassword(password);
        const person = { email, passwordHash, displayName: displayName ?? email.toLowerCase() };
        const row = await accounts.openAccount(books, person, now);
        return row
          ? { answer: answer(201, { account: accounts.presentAccount(row) }), reference: null, changed: true }
          : { refused: refusal(409, "email_taken", "there is an account of this address") };
      },
    };
  },
};

export const EFFECTS: readonly Effect[] = [
  createMembership,
  step("membership.pause", "post", "/memberships/:reference/pause", memberships.pause),
  step("membership.unpause", "post", "/memberships/:reference/unpause", memberships.unpause),
  changeMembership,
  step("membership.end_at_period", "post", "/memberships/:reference/end-at-period", memberships.endAtPeriod),
  step("membership.undo_end", "post", "/memberships/:reference/undo-end", memberships.undoEnd),
  step("membership.end", "delete", "/memberships/:reference", memberships.endNow),
  link,
  register,
];
