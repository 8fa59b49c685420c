// `mia serve` that kills itself at one step of the data path: node crashing-serve.mjs STEP. It wraps the two ports
// that the steps lie at, the database and the account system, and leaves the code between them as it is.
import { demoAccountSystem } from "../../dist/src/accounts/demo/demo-account-system.js";
import { loadConfig } from "../../dist/src/config/load-config.js";
import { pinoLogger } from "../../dist/src/logger.js";
import { startService } from "../../dist/src/serve.js";

const [, , step] = process.argv;

const dieAt = (here) => {
  if (here === step) process.kill(process.pid, "SIGKILL");
};

const kindOf = (sql) =>
  sql.startsWith("INSERT INTO journal")
    ? "begin"
    : sql.startsWith("SELECT journalKey, attemptToken")
      ? "apply"
      : "other";

const wrapDatabase = (database) => ({
  ...database,
  async transaction(script) {
    let kind = "other";
    const value = await database.transaction(function* () {
      const statements = script();
      let next = statements.next();
      kind = next.done ? "other" : kindOf(next.value.sql);
      dieAt(`before ${kind}`);
      while (!next.done) {
        const { sql } = next.value;
        if (sql.startsWith("UPDATE journal SET command")) {
          kind = "note";
          dieAt("before note");
        }
        const result = yield next.value;
        if (sql.startsWith("INSERT INTO history")) dieAt(`during ${kind}`);
        next = statements.next(result);
      }
      return next.value;
    });
    dieAt(`after ${kind}`);
    return value;
  },
});

const wrapStep = (name, accountStep) => async (call) => {
  dieAt(`before ${name}`);
  if (ASKED_BY_BANGO.includes(name)) dieAt("during the account call");
  const result = await accountStep(call);
  if (ASKED_BY_BANGO.includes(name)) dieAt("after its effect");
  dieAt(`after ${name}`);
  return result;
};

const ASKED_BY_BANGO = ["activate", "suspend", "resume", "endAtPeriod", "revoke"];
const ASKED_AT_SIGN_UP = ["eligibility", "register", "authenticate", "link"];

const accounts = ({ knex }) =>
  Object.fromEntries(
    Object.entries(demoAccountSystem(knex)).map(([name, member]) => [
      name,
      [...ASKED_BY_BANGO, ...ASKED_AT_SIGN_UP].includes(name) ? wrapStep(name, member) : member,
    ]),
  );

const config = loadConfig(process.env, process.cwd());
await startService(config, { log: pinoLogger(config.logLevel), migrate: false, accounts, wrapDatabase });
