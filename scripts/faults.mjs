// `npm run faults`: an account system that misbehaves for one reseller; see --help.
import "./lib/node-version.mjs";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./lib/build.mjs";
import { cleanUp, cleanUpOnSignals } from "./lib/clean-up.mjs";
import { tell } from "./lib/fault.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { secondsSince } from "./lib/run.mjs";

const HELP = `Usage: npm run faults [-- options]     or: node scripts/faults.mjs [options]

Starts a service of its own on loopback, whose account system is examples/ott behind a proxy that loses, breaks, garbles
and stalls what one reseller asks for, while another reseller's calls go on. Unknown outcomes settle by themselves, the
account system's ledger has each effect once, and the other reseller's p99 stays within 1.5 times what it is without.

  --quick         about a minute in place of six; the p99 is shown and not judged
  --seed S        the dice of an earlier run, which fall where its timing lets them; without it, those of the day
  --mysql URL     in a database of its own on this server, in place of a SQLite file:
                  mysql://user:password@host:port/database of a user who may create databases
  --help          this text

Example: npm run faults -- --quick --seed 7`;

const MINUTES_MAX = 10;
const FULL = { pairs: 8, phaseSeconds: 18 };
const QUICK = { pairs: 1, phaseSeconds: 12 };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    seed: { type: "string" },
    mysql: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000));
if (values.help) {
  console.log(HELP);
} else if (!Number.isSafeInteger(seed)) {
  console.error(`--seed is a whole number\n\n${HELP}`);
  process.exitCode = 2;
} else {
  cleanUpOnSignals();
  const missed = await withinLimit(faults).catch((error) => {
    tell(error);
    return 1;
  });
  await cleanUp();
  process.exit(missed > 0 ? 1 : 0);
}

async function faults() {
  await ensureInstalled();
  await ensureBuilt();
  const { runFaults } = await import("./faults/run.mjs");
  const startedAt = Date.now();
  console.log(`faults: seed ${seed}`);
  const missed = await runFaults({
    ...(values.quick ? QUICK : FULL),
    seed,
    mysql: values.mysql ?? null,
  });
  console.log(
    `faults: ${missed === 0 ? "every bar held" : `${missed} bars missed`} (${secondsSince(startedAt)})`,
  );
  return missed;
}

function withinLimit(act) {
  const late = new Promise((_resolve, reject) =>
    setTimeout(
      () => reject(new Error(`not done within ${MINUTES_MAX} minutes`)),
      MINUTES_MAX * 60_000,
    ).unref(),
  );
  return Promise.race([act(), late]);
}
