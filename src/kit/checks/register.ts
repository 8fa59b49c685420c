import { newKey } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { newWho } from "../subject.js";
import type { Subject } from "../subject.js";
import type { Who } from "../asking.js";
import { json } from "../texts.js";

const AT_ONCE = 4;
/** In its very tick, and as a network would have it. */
const INTERRUPTED_AFTER_MS = [0, 3];

export const registerRepeat: Check = {
  id: "register-repeat",
  title: "makes one account of a registration, however often its key comes",
  needs: ["register"],
  async run(subject) {
    const [who, key] = [newWho(subject), newKey()];
    const sent = await Promise.all(Array.from({ length: AT_ONCE }, () => subject.registered(who, key)));
    must(
      new Set(sent).size === 1,
      `register made ${String(new Set(sent).size)} accounts of one form that was sent ${String(AT_ONCE)} times at once`,
      "the customer would have two accounts, and pay on one",
      "let a unique index on the key, and on the address, decide",
    );
    const [first = ""] = sent;
    const again = await subject.signUp("register", who, key);
    mustKnow(again, again.kind === "done" && again.accountReference === first, `made ${first}`);
    for (const ms of INTERRUPTED_AFTER_MS) await interruptOne(subject, ms);
  },
};

const mustKnow = (again: unknown, holds: boolean, before: string): void => {
  must(
    holds,
    `register ${before}, and answered ${json(again)} to the same key again`,
    "a customer whose form was sent twice would be told that somebody has the address, or have two accounts",
    "store the key with the account, and look for it first",
  );
};

/** Whether or not it was in time, the same key makes the account or finds it. */
async function interruptOne(subject: Subject, afterMs: number): Promise<void> {
  const who: Who = newWho(subject);
  const [key, controller] = [newKey(), new AbortController()];
  const abort = (): void => {
    controller.abort(new Error("the deadline has passed"));
  };
  const call = subject.interruptRegister(who, { key, signal: controller.signal });
  const timer = afterMs > 0 ? setTimeout(abort, afterMs) : undefined;
  if (afterMs === 0) abort();
  await call;
  clearTimeout(timer);
  const again = await subject.signUp("register", who, key);
  mustKnow(again, again.kind === "done", "was interrupted");
}

export const registerExists: Check = {
  id: "register-exists",
  title: "does not touch an account of the same address",
  needs: ["register"],
  async run(subject) {
    const who = newWho(subject);
    await subject.registered(who);
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
