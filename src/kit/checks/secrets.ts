import { within } from "../bounded.js";
import { newCall, newCustomer, newEntitlement, newKey, newSignUp } from "../calls.js";
import type { Check } from "../check.js";
import { must } from "../finding.js";
import { everyTextOf, shows } from "../said.js";
import type { Subject } from "../subject.js";

type Form = ReturnType<typeof newCustomer>;
type Call = () => Promise<unknown>;

const STEPS = ["suspend", "resume", "change", "endAtPeriod", "reinstate", "eligibility", "link"] as const;

/** Calls that are likely to go wrong, and what each of them answered or threw, as texts. */
async function provoke(subject: Subject, who: Form): Promise<string[]> {
  const { system, deadlineMs } = subject;
  const aborted = AbortSignal.abort(new Error("the deadline has passed"));
  const said: string[] = [];
  for (const call of [
    () => system.health(),
    ...callsOf(subject, who, aborted),
    ...callsOf(subject, who, AbortSignal.timeout(deadlineMs)),
    ...questionsOf(subject, AbortSignal.timeout(deadlineMs)),
  ]) {
    const came = await within(deadlineMs, call);
    if (came.kind === "answered") said.push(...everyTextOf(came.answer));
    if (came.kind === "threw") said.push(...everyTextOf(came.error));
  }
  return said;
}

/** One that nobody can be served for. */
const oddOf = ({ settings }: Subject) =>
  newEntitlement(settings, {
    plan: null,
    sharedCustomerId: null,
    bangoUserId: null,
    customerIdentifier: null,
  });

const partsOf = ({ deadlineMs }: Subject, signal: AbortSignal) => ({
  key: newKey(),
  signal,
  deadlineAt: Date.now() + deadlineMs,
});

function callsOf(subject: Subject, who: Form, signal: AbortSignal): Call[] {
  const { system, settings } = subject;
  const odd = oddOf(subject);
  const calls: Call[] = (["activate", "revoke"] as const).map(
    (operation) => () => subject.stepOf(operation)(newCall(operation, odd, partsOf(subject, signal))),
  );
  const long = { ...who, email: `${"long".repeat(100)}@example.com` };
  for (const typed of [who, long])
    for (const step of [system.register, system.authenticate])
      if (step) calls.push(() => step(newSignUp(newEntitlement(settings), typed, partsOf(subject, signal))));
  return calls;
}

/** What is asked about things that are not there. */
function questionsOf(subject: Subject, signal: AbortSignal): Call[] {
  const { system, stepOf, deadlineMs } = subject;
  const { lookup, list } = system;
  const odd = oddOf(subject);
  const times = { signal, deadlineAt: Date.now() + deadlineMs };
  return [
    ...STEPS.filter((operation) => system[operation]).map(
      (operation) => () => stepOf(operation)(newCall(operation, odd, partsOf(subject, signal))),
    ),
    ...(lookup ? [() => lookup(newKey(), times)] : []),
    ...(list ? [() => list({ cursor: null, limit: 1, ...times })] : []),
  ];
}

export const secrets: Check = {
  id: "secrets",
  title: "shows no password and no token, in no error, answer or state of health",
  needs: [],
  async run(subject) {
    const who = newCustomer();
    const said = await provoke(subject, who);
    for (const secret of [who.password, ...(subject.settings.secrets ?? [])])
      must(
        !shows(said, secret),
        secret === who.password
          ? "an error or answer shows the customer's password"
          : "an error, an answer or the state of health shows a secret that your system was configured with",
        "errors go into logs, and logs go to people and other systems",
        "build messages from what you know to be harmless; do not quote the request, the connection string or the headers",
      );
  },
};
