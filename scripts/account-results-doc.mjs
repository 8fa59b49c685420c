// Writes docs/account-results.md from the matrix that the build left in dist; `--check` only compares.
import "./lib/node-version.mjs";
import { ACCOUNT_RESULTS } from "../dist/src/core/account-matrix.js";
import { ACCOUNT_RESULT_KINDS } from "../dist/src/core/account-result.js";
import { grid, named } from "./lib/markdown.mjs";
import { keepGenerated } from "./lib/generated.mjs";

const ROWS = {
  activate: "`activate`",
  eligibility: "`eligibility`",
  link: "`link` (relink)",
  suspend: "`suspend`",
  resume: "`resume`",
  change: "`change`",
  endAtPeriod: "`endAtPeriod`",
  reinstate: "`reinstate`",
  revoke: "`revoke`",
};
const WORDS = {
  takesEffect: "in effect",
  waits: "waits",
  signUp: "sign-up",
  declined: "declined",
  nothingDone: "nothing done",
  alarm: "nothing done, alarm",
  held: "held",
};

const INTRODUCTION = `# What an answer of the account system comes to

Each row is a method of your account system, each column a result that it may give, and the cell says what the caller hears, Bango in most cases, and what is done.
Throwing, silence until the deadline and an answer of no known shape are \`unknown\`.

- **in effect**: the move is made and written.
- **waits**: 202, and the state is kept until the operation is completed; a new entitlement is PENDING without a URL.
- **sign-up**: 202 with \`activationUrl\`; said of a customer who has just signed up it is 503, and nothing was done.
- **declined**: nothing was done. It is kept as the answer to this request id, but for a customer's sign-up, who may try once more.
- **nothing done**: nothing is stored; the same call again is a new attempt. **Alarm**: \`account_system.refused_to_end_access\` in the log.
- **held**: the entitlement waits until the outcome is looked up, or asked for again, in the background; a repeat hears what came of it.

`;

const table = [
  ["", ...ACCOUNT_RESULT_KINDS.map((kind) => `\`${kind}\``)],
  ...Object.entries(ACCOUNT_RESULTS).map(([operation, row]) => [
    named(ROWS, operation),
    ...ACCOUNT_RESULT_KINDS.map((kind) => `${String(row[kind].status)} ${named(WORDS, row[kind].comes)}`),
  ]),
];

keepGenerated("docs/account-results.md", INTRODUCTION + grid(table), "node scripts/account-results-doc.mjs");
