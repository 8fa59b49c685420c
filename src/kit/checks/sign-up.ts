import type { SignUpResult } from "../../ports/account-system.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { newWho } from "../subject.js";
import { json } from "../texts.js";

const isRefusedSignIn = ({ kind }: SignUpResult): boolean => kind === "wrongPassword" || kind === "refused";

export const authenticate: Check = {
  id: "authenticate",
  title: "signs in who has the password, to the account that is theirs, and nobody else",
  needs: ["register", "authenticate"],
  async run(subject) {
    const who = newWho(subject);
    const account = await subject.registered(who);
    const right = await subject.signUp("authenticate", who);
    must(
      right.kind === "done" && right.accountReference === account,
      `register made ${account}, and authenticate with its password answered ${json(right)}`,
      "the customer's entitlement would go to another account",
      "answer done with the accountReference that register answered",
    );
    const other = newWho(subject);
    await subject.registered(other);
    for (const [title, wrong] of [
      ["the password of another account", { ...who, password: other.password }],
      ["an address that has no account", newWho(subject)],
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
    const who = { ...newWho(subject), password: `Kit ${crypto.randomUUID()}${crypto.randomUUID()} Zoë-Ende` };
    await subject.registered(who);
    const { password } = who;
    for (const [title, typed] of [
      ["in other case", password.toLowerCase()],
      ["without its last letter", password.slice(0, -1)],
      ["with a space more", `${password} `],
      ["left empty", ""],
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
