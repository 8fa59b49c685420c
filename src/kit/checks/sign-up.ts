import type { SignUpResult } from "../../ports/account-system.js";
import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { json } from "../same-result.js";
import type { Subject } from "../subject.js";

const AT_ONCE = 4;

export const newCustomer = () => ({
  email: `kit-${crypto.randomUUID()}@example.com`,
  password: `Kit-Pass word-${crypto.randomUUID()}`,
});

async function registered(
  { signUp }: Subject,
  who: ReturnType<typeof newCustomer>,
  key = newKey(),
): Promise<string> {
  const result = await signUp("register", who, key);
  must(
    result.kind === "done" && typeof result.accountReference === "string" && result.accountReference !== "",
    `register of a new address answered ${json(result)}`,
    "the customer has filled in the form and is waiting",
    'answer {kind: "done", accountReference}',
  );
  return result.accountReference;
}

export const registerRepeat: Check = {
  id: "register-repeat",
  title: "makes one account of a registration, however often its key comes",
  needs: ["register"],
  async run(subject) {
    const [who, key] = [newCustomer(), newKey()];
    const first = await registered(subject, who, key);
    const again = await Promise.all(
      Array.from({ length: AT_ONCE }, () => subject.signUp("register", who, key)),
    );
    for (const result of again)
      must(
        result.kind === "done" && result.accountReference === first,
        `register made ${first}, and answered ${json(result)} to the same key again`,
        "a customer whose form was sent twice would be told that somebody has the address, or have two accounts",
        "store the key with the account, and look for it first",
      );
  },
};

export const registerExists: Check = {
  id: "register-exists",
  title: "does not touch an account of the same address",
  needs: ["register"],
  async run(subject) {
    const who = newCustomer();
    await registered(subject, who);
    const stranger = { ...who, password: `${who.password}-of-somebody-else` };
    const result = await subject.signUp("register", stranger);
    must(
      result.kind === "emailExists",
      `register of an address that has an account answered ${json(result)}`,
      "whoever knows an address would have a second account, or somebody else's",
      "let a unique index on the address decide, and answer emailExists",
    );
    if (!subject.system.authenticate) return;
    const { kind } = await subject.signUp("authenticate", stranger);
    must(
      kind === "wrongPassword",
      `after that, authenticate with the second password answered ${kind}`,
      "somebody else's account was taken over",
      "write nothing where the address exists",
    );
  },
};

const isRefusedSignIn = ({ kind }: SignUpResult): boolean => kind === "wrongPassword" || kind === "refused";

export const authenticate: Check = {
  id: "authenticate",
  title: "signs in who has the password, to the account that is theirs, and nobody else",
  needs: ["register", "authenticate"],
  async run(subject) {
    const who = newCustomer();
    const account = await registered(subject, who);
    const right = await subject.signUp("authenticate", who);
    must(
      right.kind === "done" && right.accountReference === account,
      `register made ${account}, and authenticate with its password answered ${json(right)}`,
      "the customer's entitlement would go to another account",
      "answer done with the accountReference that register answered",
    );
    const other = newCustomer();
    await registered(subject, other);
    for (const [title, wrong] of [
      ["the password of another account", { ...who, password: other.password }],
      ["an address that has no account", newCustomer()],
    ] as const) {
      const result = await subject.signUp("authenticate", wrong);
      must(
        isRefusedSignIn(result),
        `authenticate with ${title} answered ${json(result)}`,
        "accounts would stand open",
        "compare the hash of the password, and answer wrongPassword",
      );
    }
  },
};

export const passwordExact: Check = {
  id: "password-exact",
  title: "takes a password as it was typed: its case, its spaces, all of it",
  needs: ["register", "authenticate"],
  async run(subject) {
    // 80 bytes and more: bcrypt looks at the first 72.
    const who = { ...newCustomer(), password: `Kit ${crypto.randomUUID()}${crypto.randomUUID()} Zoë-Ende` };
    await registered(subject, who);
    const { password } = who;
    for (const [title, typed] of [
      ["in other case", password.toLowerCase()],
      ["without its last letter", password.slice(0, -1)],
      ["with a space more", `${password} `],
    ] as const) {
      const result = await subject.signUp("authenticate", { ...who, password: typed });
      must(
        isRefusedSignIn(result),
        `authenticate with the password ${title} answered ${json(result)}`,
        "what is cut or folded makes passwords easier to guess, and surprises their owners",
        "hash the password as it comes (NFKC at most); hash with SHA-256 before bcrypt, or use scrypt or Argon2",
      );
    }
  },
};

export const link: Check = {
  id: "link",
  title: "ties an entitlement to the account that the customer chose",
  needs: ["link"],
  async run(subject) {
    const accountReference = await accountOf(subject);
    const entitlement = { ...subject.newEntitlement(), accountReference };
    const key = newKey();
    await subject.inEffect("link", entitlement, { key, access: "none" });
    await subject.inEffect("link", entitlement, { key, access: "none" });
    const result = await subject.inEffect("activate", entitlement);
    const given = "accountReference" in result ? result.accountReference : undefined;
    must(
      given === undefined || given === accountReference,
      `after a link to ${accountReference}, activate answered the account ${String(given)}`,
      "the customer signed in to one account and would watch on another",
      "activate the account that entitlement.accountReference names",
    );
  },
};

async function accountOf(subject: Subject): Promise<string> {
  if (subject.system.register) return registered(subject, newCustomer());
  const result = await subject.inEffect("activate", subject.newEntitlement());
  const reference = "accountReference" in result ? result.accountReference : undefined;
  must(
    reference !== undefined,
    "activate answered no accountReference, so there is none to link to",
    "link ties an entitlement to an account that it names",
    "answer the accountReference with done",
  );
  return reference;
}
