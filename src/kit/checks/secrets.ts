import { DEADLINE_MS, textOf } from "../subject.js";
import { within } from "../bounded.js";
import { newCall, newKey, newSignUp } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { json } from "../same-result.js";
import type { Subject } from "../subject.js";
import { newCustomer } from "./sign-up.js";

/** Calls that are likely to go wrong, and what each of them answered or threw, as text. */
async function provoke(subject: Subject, who: ReturnType<typeof newCustomer>): Promise<string[]> {
  const { system, settings, newEntitlement } = subject;
  const deadlineMs = settings.deadlineMs ?? DEADLINE_MS;
  const parts = (signal: AbortSignal) => ({ key: newKey(), signal, deadlineAt: Date.now() + deadlineMs });
  const calls: (() => Promise<unknown>)[] = [() => system.health()];
  for (const signal of [
    AbortSignal.abort(new Error("the deadline has passed")),
    AbortSignal.timeout(deadlineMs),
  ]) {
    const { activate, revoke, register, authenticate } = system;
    const odd = newEntitlement({
      plan: null,
      sharedCustomerId: null,
      bangoUserId: null,
      customerIdentifier: null,
    });
    calls.push(() => activate(newCall("activate", odd, parts(signal))));
    calls.push(() => revoke(newCall("revoke", odd, parts(signal))));
    const long = { ...who, email: `${"long".repeat(100)}@example.com` };
    for (const typed of [who, long])
      for (const step of [register, authenticate])
        if (step) calls.push(() => step(newSignUp(newEntitlement(), typed, parts(signal))));
  }
  const said: string[] = [];
  for (const call of calls) {
    const came = await within(deadlineMs, call);
    if (came.kind === "answered") said.push(json(came.answer));
    if (came.kind === "threw") said.push(everythingOf(came.error));
  }
  return said;
}

/** What a log may show of an error: message, stack, its own fields, and the same of its causes. */
function everythingOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return safely(error);
  const fields = Object.values(error).map((value) => (typeof value === "string" ? value : safely(value)));
  const cause = error.cause === undefined || depth > 3 ? "" : everythingOf(error.cause, depth + 1);
  return [textOf(error), error.stack ?? "", ...fields, cause].join("\n");
}

function safely(value: unknown): string {
  try {
    return json(value);
  } catch {
    return "";
  }
}

const base64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

export const secrets: Check = {
  id: "secrets",
  title: "shows no password and no token, in no error, answer or state of health",
  needs: [],
  async run(subject) {
    const who = newCustomer();
    const said = await provoke(subject, who);
    for (const secret of [who.password, ...(subject.settings.secrets ?? [])])
      for (const form of [secret, encodeURIComponent(secret), base64(secret)])
        must(
          !said.some((text) => text.includes(form)),
          secret === who.password
            ? "an error or answer shows the customer's password"
            : "an error, an answer or the state of health shows a secret that your system was configured with",
          "errors go into logs, and logs go to people and other systems",
          "build messages from what you know to be harmless; do not quote the request, the connection string or the headers",
        );
  },
};
