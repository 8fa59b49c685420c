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

const wrapStep = (accountStep) => async (call) => {
  dieAt("during the account call");
  const result = await accountStep(call);
  dieAt("after its effect");
  return result;
};

const accounts = ({ knex }) =>
  Object.fromEntries(
    Object.entries(demoAccountSystem(knex)).map(([name, member]) => [
      name,
      ["activate", "suspend", "resume", "endAtPeriod", "revoke"].includes(name) ? wrapStep(member) : member,
    ]),
  );

const config = loadConfig(process.env, process.cwd());
await startService(config, { log: pinoLogger(config.logLevel), migrate: false, accounts, wrapDatabase });
